"""The commands `kb claims` and `kb show`: what the pages say, in the terminal, from the same queries."""

import json
import os
import shutil
import textwrap
from collections.abc import Iterable
from contextlib import closing
from difflib import get_close_matches

import click

from kb import vocabulary as v
from kb.terminal import DB, BadInput, read_database

JSON = click.option("--json", "as_json", is_flag=True, help="The JSON of the page, as the site gives it.")
WIDEST = 100
COLOURS = {
    v.Verdict.SUPPORTED: "green",
    v.Verdict.PARTLY_SUPPORTED: "yellow",
    v.Stance.SUPPORTS: "green",
    v.Stance.CONTRADICTS: "red",
}
NAMES = """
SELECT id FROM claim UNION ALL SELECT code FROM claim UNION ALL SELECT key FROM study
UNION ALL SELECT pmid FROM citation JOIN study ON study.citation = citation.id WHERE pmid IS NOT NULL
UNION ALL SELECT doi FROM citation JOIN study ON study.citation = citation.id WHERE doi IS NOT NULL
"""


def _words_of(vocabulary) -> click.Choice:
    return click.Choice([term.value for term in vocabulary])


@click.command("claims")
@DB
@click.option("--type", type=_words_of(v.ClaimType), help="Only claims of this type.")
@click.option("--verdict", type=_words_of(v.Verdict), help="Only claims with this verdict.")
@click.option("--certainty", type=_words_of(v.Certainty), help="Only claims of this certainty.")
@click.option("--condition", metavar="ID", help="Only claims on this condition, by its id.")
@JSON
def claims_command(db, as_json, **filters):
    """List the claims with verdict and certainty; all, or those that the filters leave."""
    from kb.site.pages import claims, twin

    with closing(read_database(db)) as connection:
        data = claims.index(connection, filters)
    known = [condition["id"] for condition in data["conditions"]]
    if filters["condition"] and filters["condition"] not in known:
        raise BadInput(
            f"{filters['condition']}: no condition of this knowledge base; {_near(filters['condition'], known)}"
        )
    if as_json:
        return _json(twin(data))
    lines = []
    for claim in data["claims"]:
        verdict = click.style(claim["verdict_label"], fg=COLOURS.get(claim["verdict"]), bold=True)
        certainty = f"{claim['certainty_label'].lower()} certainty"
        lines += [
            f"{claim['code']}  {verdict}, {certainty}, {_studies(claim['studies'])}",
            *_wrapped(claim["statement"], 5),
        ]
    number = len(data["claims"])
    _print([*lines, f"{number} claim{'' if number == 1 else 's'}"])


@click.command("show")
@click.argument("id")
@DB
@JSON
def show(id, db, as_json):
    """Show one claim (by id or code) or study (by key, PMID or DOI)."""
    from kb.site.pages import twin

    with closing(read_database(db)) as connection:
        found = find(connection, id.strip())
        if found is None:
            names = [row[0] for row in connection.execute(NAMES)]
            raise BadInput(f"{id}: no claim, study, PMID or DOI of this knowledge base; {_near(id.strip(), names)}")
    data = twin(found)
    if as_json:
        return _json(data)
    _print(claim_lines(data) if "claim" in data else study_lines(data))


def find(connection, name: str) -> dict | None:
    """What the page of a claim or study is made from; None where nothing has that name."""
    from kb.site.pages import claims, row, search, studies

    pmid, doi = search.PMID.fullmatch(name), search.DOI.fullmatch(name)
    if pmid or doi:
        page = studies.by_pmid(connection, {}, pmid[1]) if pmid else studies.by_doi(connection, doi[1])
        return page and studies.detail(connection, {}, page["redirect"].rpartition("/")[2])
    claim = row(connection, "SELECT id FROM claim WHERE id = ? OR code = upper(?)", name, name)
    if claim:
        return claims.detail(connection, {}, claim["id"])
    return studies.detail(connection, {}, name)


def claim_lines(data: dict) -> Iterable[str]:
    """A claim's page as lines: verdict, answer, each outcome with its figures, each finding by what it says."""
    claim, labels = data["claim"], data["labels"]
    verdict, certainty = v.Verdict(claim["verdict"]), v.Certainty(claim["certainty"])
    yield from _title(claim["statement"])
    yield f"{claim['code']}  {claim['id']}"
    yield (
        f"{click.style(verdict.label, fg=COLOURS.get(verdict), bold=True)}, {certainty.label.lower()} certainty,"
        f" decided {claim['decided_on']}"
    )
    yield ""
    yield from _text(claim["answer"], labels)
    if claim["type"] in (v.ClaimType.EFFICACY, v.ClaimType.INDICATION):
        yield from _balance(data["benefit"], data["harm"])
    if data["summary"]:
        yield from _heading("Outcomes")
    for place in data["summary"]:
        yield from _wrapped(_place(place), 2, 4)
        if place["figures"]:
            yield from _wrapped(f"{place['figures']['result']} ({place['figures']['study_label']})", 4)
    for stance in v.Stance:
        rows = [e for e in data["evidence"] if e["stance"] == stance]
        if rows:
            yield from _heading(
                f"{stance.label}: {len(rows)} finding{'' if len(rows) == 1 else 's'}", COLOURS.get(stance)
            )
        for e in rows:
            indirect = "" if e["directness"] == "direct" else ", indirect"
            withdrawn = f", {v.StandingKind(e['standing']).label.upper()}" if e["standing"] in v.WITHDRAWN else ""
            yield from _wrapped(f"{e['study_label']} ({_of(e)}{indirect}{withdrawn}): {_words(e)}", 2, 4)
    for title, words in (("Wording to use", "safer_wording"), ("What would change this", "would_change")):
        yield from _heading(title)
        yield from _text(claim[words], labels)
    yield ""
    yield "References: kb cite " + claim["id"]


def study_lines(data: dict) -> Iterable[str]:
    """A study's page as lines: paper, standing, what was done, each finding, and the claims it bears on."""
    study, citation = data["study"], data["citation"]
    standing = v.StandingKind(data["worst_standing"])
    yield from _title(study["title"])
    yield f"{study['label']}  {study['key']}"
    yield from _wrapped(f"{citation['journal']} {citation['year'] or study['year']}")
    marks = [f"PMID {citation['pmid']}"] * bool(citation["pmid"]) + [f"DOI {citation['doi']}"] * bool(citation["doi"])
    yield ", ".join(marks or [citation["url"] or citation["id"]])
    yield click.style(f"Standing: {standing.label}", fg="red" if standing in v.WITHDRAWN else None)
    yield ""
    size = f", {study['size']:,} people" if study["size"] is not None else ""
    yield from _wrapped(f"{v.Design(study['design']).label}{size}. {study['population']}")
    for name in ("intervention", "dose", "schedule", "comparator", "follow_up", "funding", "limits"):
        if study[name]:
            yield from _wrapped(f"{name.replace('_', '-').capitalize()}: {study[name]}", 0, 2)
    if data["findings"]:
        yield from _heading("Findings")
    for finding in data["findings"]:
        time = f", {finding['time']}" if finding["time"] else ""
        yield from _wrapped(f"{finding['outcome_label']}{time}: {_words(finding)}", 2, 4)
    bearing = {(e["claim"], e["stance"]): e["statement"] for e in data["evidence"]}
    if bearing:
        yield from _heading("Claims it bears on")
    for (claim, stance), statement in bearing.items():
        said = v.Stance(stance)
        yield from _wrapped(f"{click.style(said.label, fg=COLOURS.get(said))}: {statement} [{claim}]", 2, 4)
    yield ""
    yield "References: kb cite " + study["key"]


def _balance(benefit: dict | None, harm: dict | None) -> Iterable[str]:
    """The strongest figures of a benefit with a harm beside them, each from one study."""
    if benefit:
        yield from _wrapped(
            f"Benefit: {benefit['outcome_label']}, {benefit['result']} ({benefit['study_label']})", 0, 2
        )
    if harm:
        yield from _wrapped(f"Harm: {_words(harm)} ({harm['study_label']})", 0, 2)


def _place(place: dict) -> str:
    """An outcome and its time, how many studies say what, and how sure we are."""
    horizon = f", {place['horizon_label']}" if place["horizon_label"] else ""
    ours = [rating["level"] for rating in place["ratings"] if rating["rater"] == "ours"]
    sure = f"; {v.Certainty(ours[0]).label.lower()} certainty" if ours else ""
    says = f"{place['supporting']} for, {place['no_effect']} without effect, {place['contradicting']} against"
    people = f", {place['participants']:,} people" if place["participants"] else ""
    return f"{place['outcome_label']}{horizon}: {_studies(place['studies'])}{people} ({says}){sure}"


def _words(finding: dict) -> str:
    """What was found, with the figures as printed unless the sentence has them."""
    result = finding["result"]
    return f"{finding['text']} {result}" if result and result not in finding["text"] else finding["text"]


def _of(evidence: dict) -> str:
    size = f", {evidence['size']:,} people" if evidence["size"] is not None else ""
    return f"{evidence['design_label']}{size}"


def _studies(number: int) -> str:
    return f"{number} stud{'y' if number == 1 else 'ies'}"


def _text(text: str, labels: dict[str, str]) -> list[str]:
    """Prose with the labels of the studies it refers to."""
    from kb.site.render import plain

    return _wrapped(plain(text, labels))


def _title(text: str) -> list[str]:
    return [click.style(line, bold=True) for line in _wrapped(text)]


def _heading(title: str, colour: str | None = None) -> list[str]:
    return ["", click.style(title, bold=True, fg=colour)]


def _wrapped(text: str, indent: int = 0, further: int | None = None) -> list[str]:
    """The text in lines that fit the terminal; further lines are indented by `further`."""
    width = min(shutil.get_terminal_size().columns, WIDEST)
    hanging = " " * (indent if further is None else further)
    return textwrap.wrap(
        text, max(width, 40), initial_indent=" " * indent, subsequent_indent=hanging, break_on_hyphens=False
    )


def _near(name: str, names: list[str]) -> str:
    """The name most like the one asked for; where none is, how to find one."""
    lowered = {known.lower(): known for known in names}
    # Numbers are all alike; only a slip of a digit is worth asking about.
    found = get_close_matches(name.lower(), lowered, n=1, cutoff=0.85 if name.isdigit() else 0.5)
    return f"did you mean {lowered[found[0]]}?" if found else "kb claims lists the claims"


def _json(data: dict):
    click.echo(json.dumps(data, indent=2, ensure_ascii=False))


def _print(lines: Iterable[str]):
    """Colour goes to terminals only, and to none where NO_COLOR is set (https://no-color.org)."""
    click.echo("\n".join(lines), color=False if os.environ.get("NO_COLOR") else None)
