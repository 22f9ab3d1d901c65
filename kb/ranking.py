"""BM25 over tables of any size: of a search for common words, only so many records are ranked.

FTS5 scores every record that has any of the words; in a million records, half a second for one common word. So the
rarest words choose whom to score: a record that has only words that thousands have could not come out first. Ranking
the first thousand that match instead would lose most of what is looked for.
"""

import sqlite3

#: Records scored. On SciFact, 1,000 of 5,183 give the same nDCG@10 as all (`python -m bench.run search`).
BOUND = 1000


def any_of(terms: list[str]) -> str:
    """A safe FTS5 query: any of the words or phrases, which are words and spaces."""
    return "(" + " OR ".join(f'"{term}"' for term in terms) + ")"


def ranked(
    connection: sqlite3.Connection, table: str, terms: list[str], weights: tuple[float, ...], limit: int
) -> list[int]:
    """Row ids of the records of `table` that fit the words best, at most `limit`.

    `table` is an FTS5 table, `weights` those of its columns for BM25. Where more than `BOUND` records have even the
    rarest word, the last ones in the table are ranked.
    """
    query = bounded(connection, table, terms, limit)
    if query is None:
        return []
    score = f"bm25({', '.join(map(str, (table, *weights)))})"
    sql = f"""
        SELECT id FROM (
          SELECT rowid AS id, {score} AS score FROM {table} WHERE {table} MATCH ? ORDER BY rowid DESC LIMIT ?
        ) ORDER BY score, id DESC LIMIT ?
    """
    return [row[0] for row in connection.execute(sql, (query, BOUND, limit))]


def bounded(connection: sqlite3.Connection, table: str, terms: list[str], limit: int) -> str | None:
    """The FTS5 query whose matches are worth a score; None if no record has any of the words."""
    hits = {term: _hits(connection, table, f'"{term}"', BOUND) for term in terms}
    found = sorted((term for term in terms if hits[term]), key=hits.__getitem__)
    if not found:
        return None
    if hits[found[0]] == BOUND:  # common words all of them: records with all of them, if there are enough
        together = " AND ".join(f'"{term}"' for term in found)
        if _hits(connection, table, together, limit) == limit:
            return together
    rare, total = [], 0
    for term in found:
        if rare and total + hits[term] > BOUND:
            break
        rare.append(term)
        total += hits[term]
    # The common words still count in the score of those that the rare ones chose.
    return any_of(found) if len(rare) == len(found) else f"{any_of(rare)} AND {any_of(found)}"


def _hits(connection: sqlite3.Connection, table: str, query: str, most: int) -> int:
    """How many records match, counted no further than `most`."""
    sql = f"SELECT count(*) FROM (SELECT 1 FROM {table} WHERE {table} MATCH ? LIMIT ?)"
    return connection.execute(sql, (query, most)).fetchone()[0]
