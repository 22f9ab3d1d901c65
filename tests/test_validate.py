"""`kb validate` over the real records, broken one field at a time: the file and the line are named."""

import random
import re
import shutil
from pathlib import Path

import pytest
import yaml

from kb import records as r
from kb.documents import BadData, Document, Fault
from kb.load import count, load, parse_yaml, validate
from kb.vocabulary import VOCABULARIES
from tests.conftest import DATA, TINY

FOLDERS = {folder: sorted((DATA / folder).glob("*.yaml")) for folder in r.FOLDERS}
FILES = [*(path for paths in FOLDERS.values() for path in paths), DATA / "kb.yaml", *(DATA / path for path in r.LISTS)]
WORDS = {term.value for vocabulary in VOCABULARIES.values() for term in vocabulary}
#: Fields whose value is one of a vocabulary's terms.
WORD_FIELDS = {
    "type", "verdict", "value", "certainty", "level", "rater", "domain", "concern", "design", "blinding", "stance",
    "directness", "direction", "measure", "better", "arm", "anchor", "unit", "depth", "pmid_status", "strength",
    "rating", "group", "outcome", "purpose",
}  # fmt: skip


def leaves(document: Document, value=None, place=()):
    """Every scalar of a document, as (place, value)."""
    value = document.value if value is None and not place else value
    if isinstance(value, dict):
        for key, item in value.items():
            yield from leaves(document, item, (*place, key)) if item is not None else ()
    elif isinstance(value, list):
        for i, item in enumerate(value):
            yield from leaves(document, item, (*place, i))
    else:
        yield place, value


def document_of(path: Path) -> Document:
    faults: list[Fault] = []
    document = parse_yaml(path.read_text(encoding="utf-8"), path.relative_to(DATA).as_posix(), faults)
    assert not faults
    return document


def replaced(value, place, new):
    """A copy of `value` with another value at `place`."""
    if not place:
        return new
    head, *rest = place
    if isinstance(value, dict):
        return {k: replaced(v, rest, new) if k == head else v for k, v in value.items()}
    return [replaced(v, rest, new) if i == head else v for i, v in enumerate(value)]


def renamed(value, place):
    """A copy of `value` with the key at the end of `place` misspelt."""
    head, *rest = place
    if isinstance(value, dict):
        return {
            (f"{k}x" if k == head and not rest else k): renamed(v, rest) if k == head and rest else v
            for k, v in value.items()
        }
    return [renamed(v, rest) if i == head else v for i, v in enumerate(value)]


def check(path: Path, document: Document, value) -> list[Fault]:
    """The faults of one file's records by themselves."""
    faults: list[Fault] = []
    name = path.relative_to(DATA).as_posix()
    if name in r.LISTS:
        for i, item in enumerate(value):
            validate(r.LISTS[name], document, (i,), item, faults)
    else:
        validate(r.Knowledgebase if name == "kb.yaml" else r.FOLDERS[path.parent.name], document, (), value, faults)
    return faults


def one_of_each_kind(paths: list[Path]):
    """For every field there is, one real record that has it."""
    seen = {}
    for path in paths:
        document = document_of(path)
        for place, value in leaves(document):
            kind = (path.parent.name, tuple("*" if isinstance(part, int) else part for part in place))
            seen.setdefault(kind, (path, document, place, value))
    return list(seen.values())


KINDS = one_of_each_kind(FILES)


def describe(case):
    path, _, place, _ = case
    return f"{path.stem}:{'.'.join(map(str, place))}"


@pytest.mark.parametrize("case", KINDS, ids=describe)
def test_a_broken_type_is_found_on_its_line(case):
    path, document, place, _ = case
    faults = check(path, document, replaced(document.value, place, {"not": "this"}))
    assert any(fault.line == document.lines[place] for fault in faults), faults


@pytest.mark.parametrize("case", [case for case in KINDS if isinstance(case[2][-1], str)], ids=describe)
def test_a_misspelt_key_is_found(case):
    path, document, place, _ = case
    text = renamed(document.value, place)
    wrong = (*place[:-1], f"{place[-1]}x")
    document = Document(document.file, text, {**document.lines, wrong: document.lines[place]})
    faults = check(path, document, text)
    assert any(f"{place[-1]}x" in fault.message and fault.line == document.lines[wrong] for fault in faults), faults


#: Not these: an outcome is a word of the topic, and a claim's is prose.
VOCABULARY_FIELDS = [c for c in KINDS if c[3] in WORDS and c[2][-1] in WORD_FIELDS and c[2][-1] != "outcome"]


@pytest.mark.parametrize("case", VOCABULARY_FIELDS, ids=describe)
def test_a_word_outside_the_vocabulary_is_found_on_its_line(case):
    path, document, place, value = case
    faults = check(path, document, replaced(document.value, place, f"{value}-ish"))
    assert any(fault.line == document.lines[place] for fault in faults), faults


def test_vocabulary_fields_are_really_covered():
    assert len(VOCABULARY_FIELDS) >= 15


NUMBERS = [case for case in KINDS if isinstance(case[3], int | float) and not isinstance(case[3], bool)]


@pytest.mark.parametrize("case", NUMBERS, ids=describe)
def test_a_number_written_as_text_is_found(case):
    path, document, place, value = case
    faults = check(path, document, replaced(document.value, place, f"{value}"))
    assert any(fault.line == document.lines[place] for fault in faults), faults


IMPOSSIBLE = [
    ("source: {}", ("source", "year"), 2999, "year up to"),
    ("n", ("n", "randomised"), -1, "greater than or equal to 0"),
    ("percent", ("findings", 0, "groups", 0, "percent"), 150, "less than or equal to 100"),
    ("read", ("read", "date"), "soon", "date"),
]


@pytest.mark.parametrize("what, place, value, says", IMPOSSIBLE)
def test_an_impossible_value_is_found(what, place, value, says):
    path, document = next(
        (path, document) for path in FOLDERS["studies"] for document in [document_of(path)] if place in document.lines
    )
    faults = check(path, document, replaced(document.value, place, value))
    assert any(says in fault.message and fault.line == document.lines[place] for fault in faults), faults


def broken(tmp_path, file, old, new):
    """A copy of the tiny topic with one text replaced; returns the faults and the line changed."""
    data = tmp_path / "data"
    shutil.copytree(TINY, data)
    text = (data / file).read_text(encoding="utf-8")
    assert text.count(old) >= 1, old
    (data / file).write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(BadData) as caught:
        load(data)
    return caught.value.faults, text[: text.index(old)].count("\n") + 1


@pytest.mark.parametrize(
    "file, old, new, says",
    [
        ("studies/moss-2001.yaml", "analysed: 58", "analysed: 61", "at most the 60 randomised"),
        ("studies/moss-2001.yaml", "value: -3, low", "value: -9, low", "between low -5 and high -1"),
        ("studies/moss-2001.yaml", "events: 27, percent: 90", "events: 27, percent: 70", "about 90.0"),
        ("studies/moss-2001.yaml", "events: 27, percent: 90", "events: 31", "at most n = 30"),
        ("studies/moss-2001.yaml", "claim: stops-hiccups", "claim: stops-hickups", "the id of a claim"),
        ("studies/moss-2001.yaml", "outcome: hiccups-per-minute", "outcome: hiccups", "the id of a outcome"),
        ("studies/moss-2001.yaml", "conditions: [hiccups]", "conditions: [hiccup]", "the id of a condition"),
        ("studies/moss-2001.yaml", "routes: [drops]", "routes: [iv]", "the id of a route"),
        ("studies/moss-2001.yaml", "year: 2001", "year: 2001\n  year: 2002", "duplicate key"),
        ("studies/fern-2003.yaml", "findings:", "report_of: fern-2003\nfindings:", "the first report of the trial"),
        ("studies/moss-2001.yaml", "directness: direct}", "directness: indirect}", "why_indirect"),
        ("studies/moss-2001.yaml", "pmid: '99000001'", "pmid: 'PMID1'", "pattern"),
        ("studies/moss-2001.yaml", "key: moss-2001", "key: moss-2002", "the name of the file"),
        ("claims/stops-hiccups.yaml", "[@fern-2003]", "[@fern-2004]", "the id of a study"),
        ("claims/stops-hiccups.yaml", "found 3 fewer", "found 4 fewer", "only figures of studies"),
        ("claims/stops-hiccups.yaml", "horizon: soon", "horizon: never", "the id of a horizon"),
        ("claims/stops-hiccups.yaml", "decisive: true", "decisive: false", "at least one rating that decides"),
        ("claims/stops-hiccups.yaml", "certainty: low", "certainty: high", "the lowest decisive certainty"),
        ("claims/stops-hiccups.yaml", "code: HIC1", "code: GRN1", "a code of its own"),
        ("articles/leaflet.yaml", "sentence: 2, sha256", "sentence: 3, sha256", "sentence numbers up to 2"),
        ("articles/leaflet.yaml", "section: all", "section: some", "section of this article"),
        ("vocabulary/conditions.yaml", "summary_claim: stops-hiccups", "summary_claim: stop", "the id of a claim"),
        ("kb.yaml", "updated: 2026-01-02", "updated: 2999-01-02", "not in the future"),
        ("searches.yaml", "claim: stops-hiccups", "claim: stop", "the id of a claim"),
    ],
)  # fmt: skip
def test_a_fault_is_named_with_file_line_and_what_was_expected(tmp_path, file, old, new, says):
    faults, line = broken(tmp_path, file, old, new)
    assert any(fault.file == file and says in fault.message for fault in faults), faults
    near = [fault.line for fault in faults if fault.file == file and says in fault.message]
    assert min(abs(found - line) for found in near) <= 1, (near, line)


def test_a_pmid_belongs_to_one_study(tmp_path):
    new = "pmid: '99000001'\n  pmid_status: confirmed"
    faults, _ = broken(tmp_path, "studies/fern-2003.yaml", "pmid_status: unconfirmed", new)
    assert [(f.file, f.line) for f in faults if "one study per PMID" in f.message] == [("studies/moss-2001.yaml", 7)]


def test_references_of_real_records_are_followed(tmp_path):
    """Any real reference that is bent is found, in the file and on the line where it stands."""
    data = tmp_path / "data"
    shutil.copytree(DATA, data)
    chosen = random.Random(7).sample(FOLDERS["studies"], 12)
    expected = set()
    for path in chosen:
        lines = path.read_text(encoding="utf-8").splitlines()
        i = next((i for i, line in enumerate(lines) if re.search(r"claim: [a-z0-9-]+,", line)), None)
        if i is not None:
            lines[i] = re.sub(r"claim: ([a-z0-9-]+),", r"claim: \1-bent,", lines[i])
            (data / path.relative_to(DATA)).write_text("\n".join(lines), encoding="utf-8")
            expected.add((path.relative_to(DATA).as_posix(), i + 1))
    with pytest.raises(BadData) as caught:
        load(data)
    assert expected
    assert expected <= {(fault.file, fault.line) for fault in caught.value.faults if "id of a claim" in fault.message}


@pytest.mark.parametrize(
    "content, says",
    [
        (b"", "empty file"),
        (b"key: [", "not readable as YAML"),
        (b"\xff\xfe", "not UTF-8"),
        (b"a: !!python/object/apply:os.getcwd []", "expected plain YAML"),
        (b"- 1", "expected"),
    ],
)
def test_a_file_that_is_no_record_is_one_fault(tmp_path, content, says):
    data = tmp_path / "data"
    shutil.copytree(TINY, data)
    (data / "studies" / "odd.yaml").write_bytes(content)
    with pytest.raises(BadData) as caught:
        load(data)
    assert [fault.file for fault in caught.value.faults] == ["studies/odd.yaml"]
    assert says in caught.value.faults[0].message


def test_a_misplaced_file_is_not_silently_ignored(tmp_path):
    data = tmp_path / "data"
    shutil.copytree(TINY, data)
    (data / "studies" / "moss.yml").write_text("key: moss")
    with pytest.raises(BadData, match="unknown file"):
        load(data)


def test_what_was_checked_is_counted(tiny):
    assert count(tiny).startswith("checked 11 files, no fault: 2 claims, 2 studies, 3 findings, 3 evidence rows")


def test_published_schemas_are_those_of_the_records():
    import json

    folder = DATA.parent / "docs" / "schema"
    for name, schema in r.json_schemas().items():
        assert json.loads((folder / f"{name}.schema.json").read_text()) == json.loads(json.dumps(schema)), (
            "run: kb schema docs/schema"
        )


def test_dates_and_numbers_survive_yaml_as_written():
    document = document_of(DATA / "kb.yaml")
    assert document.value == yaml.safe_load((DATA / "kb.yaml").read_text())
