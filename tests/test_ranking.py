"""Bounded ranking: the same as ranking everything where that is few, and what matters where it is much."""

import random
import sqlite3

import pytest

from kb import ranking
from kb.ranking import any_of, bounded, ranked

WEIGHTS = (2.0, 1.0)


def table(records):
    connection = sqlite3.connect(":memory:")
    connection.execute("CREATE VIRTUAL TABLE paper USING fts5(title, abstract, tokenize='porter')")
    connection.executemany("INSERT INTO paper VALUES (?, ?)", records)
    return connection


def everything(connection, terms, limit):
    sql = "SELECT rowid FROM paper WHERE paper MATCH ? ORDER BY bm25(paper, 2.0, 1.0), rowid DESC LIMIT ?"
    return [row[0] for row in connection.execute(sql, (any_of(terms), limit))]


@pytest.fixture(scope="module")
def many():
    """5,000 papers: all have `common`, half have `frequent`, and the first but ten has `rare`."""
    draw = random.Random(1)
    filler = [f"word{i}" for i in range(300)]

    def paper(i):
        half = "frequent" if i % 2 else "other"
        return f"common {' '.join(draw.choices(filler, k=5))}", f"{half} {'rare' if i == 10 else 'plain'}"

    return table([paper(i) for i in range(5000)])


def test_few_records_are_ranked_as_without_a_bound(many):
    draw = random.Random(2)
    for _ in range(50):
        terms = [f"word{i}" for i in draw.sample(range(300), 3)]
        assert ranked(many, "paper", terms, WEIGHTS, 20) == everything(many, terms, 20)


def test_one_rare_word_among_common_ones_is_found_first(many):
    assert ranked(many, "paper", ["common", "frequent", "rare"], WEIGHTS, 20)[0] == 11
    assert ranked(many, "paper", ["rare", "absent"], WEIGHTS, 20) == [11]


def test_common_words_count_in_the_order():
    """Of the records with the rarer word, those with the common one as well come first."""
    connection = table([("seldom else", ""), ("seldom usual", ""), *[("usual", "")] * 1500, *[("else", "")] * 2500])
    assert ranked(connection, "paper", ["usual", "seldom"], WEIGHTS, 2) == [2, 1]


def test_common_words_only_are_looked_for_together(many):
    best = ranked(many, "paper", ["common", "frequent"], WEIGHTS, 20)
    assert len(best) == 20
    assert set(best) <= {row[0] for row in many.execute("SELECT rowid FROM paper WHERE paper MATCH 'frequent'")}


def test_no_more_than_the_bound_is_scored(many, monkeypatch):
    monkeypatch.setattr(ranking, "BOUND", 100)
    assert min(ranked(many, "paper", ["common"], WEIGHTS, 5000)) == 4901, "the last hundred"


@pytest.mark.parametrize("terms", [[], ["absent"], ["absent", "missing"]])
def test_nothing_is_found_where_nothing_is(many, terms):
    assert ranked(many, "paper", terms, WEIGHTS, 20) == []
    assert bounded(many, "paper", terms, 20) is None


def test_phrases_are_looked_for_as_phrases():
    connection = table([("complex regional pain", ""), ("regional complex pain", "")])
    assert ranked(connection, "paper", ["complex regional"], WEIGHTS, 5) == [1]
