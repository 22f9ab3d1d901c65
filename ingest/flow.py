"""`kb pubmed flow`: from the hits of the searches to the papers taken, as PRISMA counts them."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field

import click

from ingest import screening, table
from ingest.hits import Hits
from ingest.search import CHOICE, choose
from ingest.terminal import STORE, one_line, open_store
from kb.documents import KnowledgeBase
from kb.records import Search
from kb.terminal import DATA, read_data
from kb.vocabulary import ScreeningDecision


@dataclass
class Flow:
    """Counts of papers for one claim; `searches` are the hits of each of its searches, None where it never ran here.

    identified = duplicates + screened + waiting, and screened = taken + all that were left. `studies` are those
    taken that are studies with evidence on the claim already, `elsewhere` such studies that no search found.
    """

    claim: str
    searches: dict[str, int | None] = field(default_factory=dict)
    outdated: list[str] = field(default_factory=list)
    identified: int = 0
    duplicates: int = 0
    screened: int = 0
    left: dict[str, int] = field(default_factory=dict)
    taken: int = 0
    studies: int = 0
    elsewhere: int = 0
    waiting: int = 0

    def lines(self) -> list[str]:
        """The counts for the terminal."""
        hits = ", ".join(f"{search} {'not run here' if n is None else n}" for search, n in self.searches.items())
        left = ", ".join(f"{n} {reason}" for reason, n in self.left.items())
        rows = [
            ("identified", self.identified, hits),
            ("duplicates", self.duplicates, ""),
            ("screened", self.screened, ""),
            ("  left", sum(self.left.values()), left),
            ("  taken", self.taken, f"{self.studies} of them studies here" * bool(self.studies)),
            ("waiting", self.waiting, ""),
            ("elsewhere", self.elsewhere, "studies on the claim that the searches did not find" * bool(self.elsewhere)),
        ]
        lines = [self.claim, *(f"  {name:<10} {number:>7,}  {more}".rstrip() for name, number, more in rows)]
        return lines + [f"  {search}: the query is another since it ran; run it again" for search in self.outdated]


def flow(kb: KnowledgeBase, hits: Hits, rows: Iterable[Mapping[str, str]], searches: Iterable[Search]) -> list[Flow]:
    """The flow of each claim that has one of the `searches`; `rows` are those of `screening.csv`.

    A paper that was screened and is not found any more counts as identified by the search it was screened for.
    """
    rows = list(rows)
    decisions, studies = screening.decided(kb, rows), screening.studied(kb)
    found: dict[str, dict[str, set[str]]] = {}
    for search in searches:
        once = {row["pmid"] for row in rows if row["search"] == search.id}
        found.setdefault(search.claim, {})[search.id] = hits.of(search.id) | once
    return [_flow(kb, hits, claim, of, decisions, studies) for claim, of in found.items()]


def _flow(kb: KnowledgeBase, hits: Hits, claim: str, found: dict[str, set[str]], decisions, studies) -> Flow:
    counts, papers = Flow(claim), set().union(*found.values())
    for search, pmids in found.items():
        run = hits.last_run(search)
        counts.searches[search] = len(pmids) if run else None
        if run and run.query != kb.searches[search].query:
            counts.outdated.append(search)
    counts.identified = sum(map(len, found.values()))
    counts.duplicates = counts.identified - len(papers)
    left: Counter[str] = Counter()
    for pmid in papers:
        decision = decisions.get((claim, pmid))
        if (claim, pmid) in studies:
            counts.studies += 1
        elif decision is None:
            counts.waiting += 1
        elif decision["decision"] == ScreeningDecision.LEFT:
            left[decision["reason"]] += 1
        else:
            counts.taken += 1
    counts.taken += counts.studies
    counts.left = dict(left.most_common())
    counts.screened = len(papers) - counts.waiting
    on_claim = (s for s in kb.studies.values() if any(e.claim == claim for f in s.findings for e in f.evidence))
    counts.elsewhere = sum(study.source.pmid not in papers for study in on_claim)
    return counts


@click.command("flow")
@CHOICE
@DATA
@STORE
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def flow_command(chosen, data, store, as_json):
    """Count papers from search to screening, for all claims or those named, as a PRISMA flow.

    identified (hits of each search of the claim), duplicates (found by several of its searches), screened,
    left (by reason), taken (by decision, or because it is a study with evidence on the claim), waiting,
    and studies that came from elsewhere. Hits are those of the last runs on this machine.
    """
    with one_line():
        kb = read_data(data)
        searches = choose(kb, chosen)
        with open_store(store, data) as local:
            flows = flow(kb, Hits(local), table.read(data / "screening.csv", screening.COLUMNS), searches)
    if as_json:
        click.echo(json.dumps([asdict(counts) for counts in flows], indent=2))
        return
    for counts in flows:
        click.echo("\n".join(counts.lines()))
    identified, waiting = sum(c.identified for c in flows), sum(c.waiting for c in flows)
    click.echo(f"{len(flows)} claims, {len(searches)} searches: {identified:,} identified, {waiting:,} waiting")
