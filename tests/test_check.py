"""The check of drafts: readers, rules, judgement, reports and the command, on the real data and on hostile input."""

import io
import json
import zipfile

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from kb import database
from kb.check import breaks, document, evaluate, knowledge, match, patterns, read, report
from kb.check.commands import check as command
from kb.check.commands import evaluate as eval_command
from kb.check.judge import judge, wording
from kb.check.words import Lexicon, plain, tokens
from tests.conftest import DATA, ROOT


@pytest.fixture(scope="module")
def connection(real_path):
    return database.connect(real_path)


@pytest.fixture(scope="module")
def known(connection):
    return knowledge.read(connection)


def judged(text, known, connection):
    sentence = match.read(text, known)
    return judge(sentence, match.candidates(sentence, False, known), False, known)


def checked(content, kind, known, connection):
    return document.check("draft", read.read(content, kind), [], known, connection)


# --- words and patterns ---------------------------------------------------------------------


@given(st.text())
def test_plain_text_keeps_its_length(text):
    assert len(plain(text)) == len(text)


def test_a_pattern_reaches_as_far_as_it_says():
    classes = {"no": ["no", "never"], "harm": ["harm~", "urinary tract"]}
    pattern = patterns.compile("<no> ..2 <harm>", classes)
    lexicon = Lexicon(classes)

    def found(text):
        words = tokens(text)
        return patterns.find(pattern, lexicon.spans(words), words)

    assert found("It never once harms you") == (1, 4)
    assert found("no effect on urinary tract") == (0, 5)
    assert found("never in all of these cases harm") is None
    assert found("No. Harm is rare") is None


# --- lexicon and rules: every entry with its examples -----------------------------------------


def test_every_overclaim_shows_in_its_example_and_not_in_its_counter_example(real, known):
    for entry in real.overclaims.values():
        flagged = {flag.kind for flag in wording(match.read(entry.example, known), known)}
        assert entry.kind in flagged, entry.example
        clean = {flag.kind for flag in wording(match.read(entry.counter_example, known), known)}
        assert entry.kind not in clean, entry.counter_example


def test_every_nonclaim_rule_holds_for_its_example_alone(real, known):
    for entry in real.nonclaims.values():
        said = [match.read(text, known) for text in (entry.example, entry.counter_example)]
        some = [*known.firm, *known.loose]
        example, counter = ([bool(patterns.find(p, s.spans, s.tokens)) for p in some] for s in said)
        assert any(example), entry.example
        assert not any(counter), entry.counter_example


def test_every_claim_is_recognised_in_its_own_statement(real, known, connection):
    for claim in real.claims.values():
        sentence = match.read(claim.statement, known)
        best = match.candidates(sentence, True, known)[:3]
        assert claim.id in [found.claim for found in best], (claim.statement, best)


@pytest.mark.parametrize(
    "text, claim, relation, kinds",
    [
        ("Ketamine never harms the bladder.", "bladder-harm", "contradicts", {"safety-denial"}),
        ("Ketamine may harm the bladder.", "bladder-harm", "matches", set()),
        ("Ketamine cures complex regional pain syndrome.", "crps", "overstates", {"cure"}),
        ("Ketamine isn’t a cure for complex regional pain syndrome.", "crps", "matches", set()),
        ("The FDA has not approved ketamine for pain.", "off-label", "matches", set()),
        ("Ketamine is FDA-approved for pain.", "off-label", "contradicts", {"regulatory"}),
    ],
)
def test_what_a_sentence_does_to_a_claim(text, claim, relation, kinds, known, connection):
    found = judged(text, known, connection)
    assert (found.matches[0].claim, found.relation) == (claim, relation)
    assert {flag.kind for flag in found.flags} == kinds


# --- readers: offsets point into the writer's own file ----------------------------------------

MARKDOWN = (
    "# A *title*\r\n\r\nOne **bold** word &amp; a [link](http://x.y/one) here.\r\nSoft break."
    "\n\n- item\n\n|a|b|\n|-|-|\n|c|d|\n"
)
HTML = "<title>T</title><p>One <b>bold</b> word &amp; more.</p><script>no()</script><ul><li><a href=x>Menu</a></ul>"


@pytest.mark.parametrize("text, kind", [(MARKDOWN, "markdown"), (HTML, "html"), ("Head\n\nOne. Two.\n", "text")])
def test_every_letter_of_a_block_is_where_its_offset_says(text, kind):
    draft = read.read(text.encode(), kind)
    assert draft.blocks
    for block in draft.blocks:
        assert len(block.text) == len(block.offsets)
        for letter, offset in zip(block.text, block.offsets, strict=True):
            assert draft.source[offset] == letter or letter in "& "


LETTERS = st.sampled_from("ab .!?*_#[]()<>&;\n\r-|`~\\\"'é\u200f🙂/=")


@settings(max_examples=60, deadline=None)
@given(st.text(alphabet=LETTERS), st.sampled_from(["markdown", "html", "text"]))
def test_no_text_breaks_a_reader(text, kind):
    draft = read.read(text.encode(), kind)
    for block in draft.blocks:
        assert all(0 <= offset < len(draft.source) for offset in block.offsets)


def word_file(xml: bytes, name="word/document.xml") -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, xml)
    return out.getvalue()


WORD = '<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body>{}</w:body></w:document>'
PARAGRAPH = "<w:p><w:r><w:t>{}</w:t></w:r></w:p>"


def test_a_wrapped_text_is_read_by_paragraphs():
    wrapped = "A HEADING\n\nIt was tried in some and in\nothers it was not.\nShort.\nNew.\n- one that is\n- two\n"
    assert [block.text for block in read.read(wrapped.encode(), "text").blocks] == [
        "A HEADING",
        "It was tried in some and in others it was not.",
        "Short.",
        "New.",
        "one that is",
        "two",
    ]
    long = f"A title\nFirst {'word ' * 40}\nSecond line."
    assert len(read.read(long.encode(), "text").blocks) == 3


def test_a_word_file_is_read_by_paragraphs():
    content = word_file(WORD.format(PARAGRAPH.format("One.") + PARAGRAPH.format("Two &lt;b&gt;.")).encode())
    assert read.read(content, "docx").source == "One.\nTwo <b>."


BOMB = word_file(b"<x>" + b"a" * 3_000_000 + b"</x>")
ENTITIES = word_file(b'<!DOCTYPE x [<!ENTITY a "aaaa">]><x>&a;</x>')
REFUSED = [
    (b"a" * 10_000_000, "text", "split it"),
    (b"\xff\xfe", "markdown", "not UTF-8"),
    (b"caf\xe9", "html", "not UTF-8"),
    (b"a\0b", "text", "NUL"),
    (BOMB, "docx", "unpacks"),
    (ENTITIES, "docx", "XML"),
    (b"PK\x03\x04", "docx", "not a Word file"),
    (b"", "docx", "not a Word file"),
    (word_file(b"<x>", "word/other.xml"), "docx", "not a Word file"),
    (word_file(b"<x>"), "docx", "XML"),
]


@pytest.mark.parametrize("content, kind, why", REFUSED, ids=[f"{k}-{w[:8]}-{i}" for i, (_, k, w) in enumerate(REFUSED)])
def test_what_cannot_be_read_is_refused_in_one_line(content, kind, why):
    with pytest.raises(read.Unreadable, match=why) as refused:
        read.read(content, kind)
    assert "\n" not in str(refused.value)


UNITS = [
    "", " ", "\n", "\ufeff", "\u202eabc", "🙂", "\u0301", "ﬁ", "İ", "a", "<", "<<", "<!--", "<!-- kb-ok:", "<script>",
    "</p>", "<p>", "&", "&amp", "&#0;", "&#x110000;", "](", "[", "![", "`", "```", "|", "|-|", "#", "> ", "- ", "1. ",
    "\\", "\t", "\r", "ketamine ", "no ", "not not ", "99% ", "١٢ ", "1e9999 ", "10.1/x ", "PMID: 1 ",
    "ketamine cures ", "no risk, ", "\u2028", "\x85", "\x0c", "\u200b", "ke\u00adtamine ", "Ｋetamine ",
]  # fmt: skip
HOSTILE = [(unit * many, kind) for unit in UNITS for many in (1, 300) for kind in ("markdown", "html", "text")]


@pytest.mark.parametrize("text, kind", HOSTILE)
def test_hostile_text_has_a_result_that_every_report_shows(text, kind, known, connection):
    whole = document.result([("x<b>.md", read.read(text.encode(), kind), [])], known, connection)
    draft = whole["drafts"][0]
    source = read.read(text.encode(), kind).source
    for entry in draft["sentences"]:
        assert 0 <= entry["start"] < entry["end"] <= len(source)
    for render in report.FORMATS.values():
        assert render(whole)


@pytest.mark.parametrize("unit", ["ketamine is safe ", "a", "<b>", "("])
def test_one_line_of_a_megabyte_ends_in_time(unit, known, connection):
    text = unit * (300_000 // len(unit))
    assert checked(text.encode(), "html", known, connection)["summary"]["sentences"] <= 1


def test_no_report_lets_markup_through(known, connection):
    text = "Ketamine never harms the bladder <img src=x onerror=alert(1)> **b** `x`."
    whole = document.result([("<script>.txt", read.read(text.encode(), "text"), [])], known, connection)
    page = report.FORMATS["html"](whole)
    assert "<img" not in page and "<script" not in page
    assert "<img" not in report.FORMATS["markdown"](whole).replace("\\<", "")


# --- documents ------------------------------------------------------------------------------


def test_a_dismissal_takes_the_flag_of_its_sentence_away(known, connection):
    text = "<!-- kb-ok: bladder-harm quoted from a leaflet -->\n\nKetamine never harms the bladder.\n"
    assert checked(text.encode(), "markdown", known, connection)["summary"]["contradicts"] == 0
    bare = checked(text.split("\n", 1)[1].encode(), "markdown", known, connection)
    assert bare["summary"]["contradicts"] == 1
    again = read.read(text.split("\n", 1)[1].encode(), "markdown")
    beside = document.check("d", again, ["bladder-harm quoted"], known, connection)
    assert beside["summary"]["flags"] == 0


def test_a_safety_fact_that_is_denied_is_still_missing(known, connection):
    draft = checked(b"Ketamine never harms the bladder. Ketamine raises blood pressure.", "text", known, connection)
    missing = {entry["claim"] for entry in draft["missing"]}
    assert "bladder-harm" in missing and "raises-blood-pressure" not in missing


def test_cited_papers_have_their_standing(known, connection):
    pmid, doi = connection.execute("SELECT pmid, doi FROM citation WHERE pmid NOT NULL AND doi NOT NULL").fetchone()
    draft = checked(f"See PMID {pmid}, https://doi.org/{doi} and PMID: 99999999.".encode(), "text", known, connection)
    assert {entry["pmid"]: entry["standing"] == "unknown" for entry in draft["cited"]} == {
        pmid: False,
        "99999999": True,
    }


def test_the_result_has_the_published_shape(known, connection):
    whole = document.result([("d", read.read(b"Ketamine cures CRPS.", "text"), [])], known, connection)
    assert list(whole) == ["schema", "kb", "drafts"] and whole["schema"] == "kb-check/1"
    entry = whole["drafts"][0]["sentences"][0]
    names = "index line column start end text is_claim claim_score matches relation flags citations"
    assert list(entry) == names.split()
    assert list(entry["flags"][0]) == "kind text start end why suggestion".split()
    assert list(entry["matches"][0]) == "claim score statement verdict certainty url".split()


# --- commands -------------------------------------------------------------------------------


def test_the_command_exits_by_what_it_found(real_path, tmp_path):
    def run(name, text, *options):
        path = tmp_path / name
        path.write_bytes(text)
        return CliRunner().invoke(command, [str(path), "--db", str(real_path), *options])

    assert run("a.md", b"Ketamine cures CRPS.").exit_code == 1
    assert run("a.md", b"Ketamine cures CRPS.", "--fail-on", "never").exit_code == 0
    assert run("b.md", b"Ketamine may raise blood pressure.").exit_code == 0
    assert run("b.md", b"Ketamine may raise blood pressure.", "--fail-on", "missing").exit_code == 1
    bad = run("c.txt", b"\xff")
    assert bad.exit_code == 2 and "not UTF-8 at byte 0" in bad.output
    assert run("d.pdf", b"x").exit_code == 2
    assert CliRunner().invoke(command, ["nowhere.md", "--db", str(real_path)]).exit_code == 2
    log = json.loads(run("a.md", b"Ketamine cures CRPS.", "--format", "sarif").output)
    assert log["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["region"]["startLine"] == 1
    assert {path.name for path in tmp_path.iterdir()} == {"a.md", "b.md", "c.txt", "d.pdf"}


def test_the_check_has_not_fallen_back(known, connection):
    baseline = json.loads((ROOT / "tests" / "check_baseline.json").read_text(encoding="utf-8"))
    table = {}
    for name, files in evaluate.sets(DATA / "eval").items():
        cases, safety = [], []
        for path, labels, *about in files:
            cases += (
                evaluate._draft(path, labels, known, connection, safety, about[0])
                if about
                else [evaluate._alone(label, known, connection) for label in labels]
            )
        table[name] = {k: [v] for k, v in evaluate.measures(cases, safety).items() if v is not None}
    assert set(baseline) <= set(table)
    assert evaluate.fallen(table, baseline) == []


def test_a_fall_is_noticed():
    assert evaluate.fallen({"s": {"claim first": [0.5]}}, {"s": {"claim first": [0.6]}})
    assert evaluate.fallen({"s": {"false alarms": [0.1]}}, {"s": {"false alarms": [0.02]}})


def test_the_table_of_eval(real_path):
    result = CliRunner().invoke(eval_command, ["--db", str(real_path), "--sets", "nowhere"])
    assert result.exit_code == 2 and "no labelled sets" in result.output


@pytest.mark.parametrize(
    "text, sentences",
    [
        ("It hurts in a leg. Doctors shrug.", ["It hurts in a leg.", "Doctors shrug."]),
        ("Some say so 🤷 Others do not. #pain #news", ["Some say so 🤷", "Others do not.", "#pain #news"]),
        ("Smith et al. Report, vs. Placebo, 0.5 mg.", ["Smith et al. Report, vs. Placebo, 0.5 mg."]),
    ],
)
def test_sentences_end_where_a_writer_ends_them(text, sentences):
    assert [text[start:end].strip() for start, end in breaks.spans(text)] == sentences
