"""The form of the labelled text in data/eval: what a label may say, and that each sentence stands in its draft."""

import json
import re
from collections import Counter
from html.parser import HTMLParser

import pytest
import yaml

from kb.sentences import split
from tests.conftest import DATA

EVAL = DATA / "eval"
DRAFTS = yaml.safe_load((EVAL / "drafts.yaml").read_text(encoding="utf-8"))
FIELDS = {
    "id", "sentence", "checkworthy", "claim_ids", "relation", "overclaim_terms", "overclaim", "kind", "note",
}  # fmt: skip
RELATIONS = {"matches", "overstates", "contradicts", "not-covered", "not-a-claim"}
#: Kinds that break a rule of wording, and kinds that are wrong without being an over-claim.
OVERCLAIMS = {
    "cure", "permanence", "certainty", "universal", "safety_denial", "magnitude", "regulatory", "addiction_denial",
    "wrong_route", "wrong_population", "wrong_horizon", "harm_exaggeration",
}  # fmt: skip
OTHER_FAULTS = {"cautious_negation", "wrong_fact"}


def labels(name: str) -> list[dict]:
    """The labels of one file, a line each."""
    return [json.loads(line) for line in (EVAL / name).read_text(encoding="utf-8").splitlines()]


LABELS = {f"{draft['name']}": labels(f"drafts/{draft['name']}.jsonl") for draft in DRAFTS} | {
    "sentences": labels("sentences.jsonl")
}


class Page(HTMLParser):
    """What a reader sees of a page."""

    def __init__(self):
        super().__init__()
        self.hidden, self.seen = 0, []

    def handle_starttag(self, tag, attrs):
        self.hidden += tag in ("head", "style", "script")

    def handle_endtag(self, tag):
        self.hidden -= tag in ("head", "style", "script")

    def handle_data(self, data):
        self.seen += [] if self.hidden else [data]


def visible(file: str) -> str:
    """The text of a draft as a reader sees it: white space folded, markup gone."""
    text = (EVAL / file).read_text(encoding="utf-8")
    if file.endswith(".html"):
        page = Page()
        page.feed(text)
        text = "".join(page.seen)
    if file.endswith(".md"):
        text = re.sub(r"\[([^]]+)\]\([^)]+\)", r"\1", text)
        text = re.sub(r"^(#+|-|\|[-|]*)\s|\s\|\s", " ", text.replace("*", ""), flags=re.MULTILINE)
    return " ".join(text.split())


@pytest.mark.parametrize("name", LABELS)
def test_every_label_keeps_to_the_vocabulary(real, name):
    place = {"split"} if name == "sentences" else {"heading"}
    for label in LABELS[name]:
        assert set(label) == FIELDS | place, label["id"]
        assert label["relation"] in RELATIONS and label["kind"] in OVERCLAIMS | OTHER_FAULTS | {""}, label
        assert set(label["claim_ids"]) <= set(real.claims), label
        assert len(label["claim_ids"]) == len(set(label["claim_ids"])), label
        assert all(term in label["sentence"] for term in label["overclaim_terms"]), label


@pytest.mark.parametrize("name", LABELS)
def test_the_fields_of_a_label_agree(name):
    for label in LABELS[name]:
        related = label["relation"] in ("matches", "overstates", "contradicts")
        assert bool(label["claim_ids"]) == related, label
        assert label["checkworthy"] == (label["relation"] != "not-a-claim"), label
        assert label["overclaim"] == (label["kind"] in OVERCLAIMS) == bool(label["overclaim_terms"]), label
        if label["relation"] in ("overstates", "contradicts"):
            assert label["kind"], label
        if label["relation"] in ("matches", "not-a-claim"):
            assert not label["kind"], label


def test_ids_and_sentences_are_used_once():
    ids = Counter(label["id"] for rows in LABELS.values() for label in rows)
    assert max(ids.values()) == 1
    sentences = Counter(label["sentence"] for label in LABELS["sentences"])
    assert max(sentences.values()) == 1


@pytest.mark.parametrize("draft", DRAFTS, ids=lambda draft: draft["name"])
def test_the_sentences_stand_in_the_draft_in_order(draft):
    """They also leave nothing out: what a reader sees is the sentences, one after the other."""
    rows = LABELS[draft["name"]]
    assert " ".join(label["sentence"] for label in rows) == visible(draft["file"])
    headings = {""}
    for label in rows:
        assert label["heading"] in headings, label
        headings.add(label["sentence"])


def test_a_sentence_is_one_sentence():
    for name, rows in LABELS.items():
        for label in rows:
            assert "\n" not in label["sentence"] and len(split(label["sentence"])) <= 2, (name, label["sentence"])


def test_the_drafts_are_listed_with_their_safety_facts(real):
    files = {path.relative_to(EVAL).as_posix() for path in (EVAL / "drafts").iterdir()}
    assert files == {draft["file"] for draft in DRAFTS} | {f"drafts/{draft['name']}.jsonl" for draft in DRAFTS}
    must = {claim for draft in DRAFTS for claim in draft["missing"]}
    for draft in DRAFTS:
        assert set(draft) == {"name", "file", "kind", "split", "stated", "missing"}, draft["name"]
        stated, missing = set(draft["stated"]), set(draft["missing"])
        assert all(real.claims[claim].code.startswith(("RIS", "OMI")) for claim in stated | missing), draft["name"]
        assert not stated & missing and must <= stated | missing, draft["name"]
        said = {
            claim for label in LABELS[draft["name"]] if label["relation"] == "matches" for claim in label["claim_ids"]
        }
        assert stated <= said, draft["name"]


def test_the_splits_are_balanced():
    assert Counter(draft["split"] for draft in DRAFTS) == {"tune": 6, "test": 6}
    halves = Counter(label["split"] for label in LABELS["sentences"])
    assert set(halves) == {"tune", "test"} and abs(halves["tune"] - halves["test"]) <= 2
    for relation in RELATIONS:
        of = Counter(label["split"] for label in LABELS["sentences"] if label["relation"] == relation)
        assert abs(of["tune"] - of["test"]) <= 4, relation


def test_every_claim_has_sentences(real):
    used = Counter(claim for label in LABELS["sentences"] for claim in label["claim_ids"])
    assert all(used[claim] >= 2 for claim in real.claims)
