"""Rules across records: references, and what a record must hold beside others."""

import re
from collections.abc import Iterator

from kb import records as r
from kb import vocabulary as v
from kb import wording_rules
from kb.documents import Fault, KnowledgeBase

#: A number in prose, with thousands separators and decimals: what must be traceable to a finding.
NUMBER = re.compile(r"(?<![\w.])\d+(?:,\d{3})*(?:\.\d+)?(?![\w]*\d)")


def check(kb: KnowledgeBase) -> Iterator[Fault]:
    """Every fault that shows only when records are seen together."""
    yield from _all_known(kb.documents["kb.yaml"], ("safety_claims",), kb.about.safety_claims, kb.claims, "claim")
    yield from _vocabulary(kb)
    yield from _claims(kb)
    yield from _studies(kb)
    yield from _articles(kb)
    yield from _searches(kb)
    yield from _tables(kb)
    yield from wording_rules.check(kb)


def unlogged(kb: KnowledgeBase) -> list[r.Claim]:
    """Claims whose verdict is not the last one of the verdict log; none where no log is kept."""
    if "verdict_log.csv" not in kb.documents:
        return []
    last = {entry.claim: (entry.verdict, entry.certainty) for entry in kb.verdict_log}
    return [c for c in kb.claims.values() if last.get(c.id) != (c.verdict.value, c.verdict.certainty)]


def check_log(kb: KnowledgeBase) -> Iterator[Fault]:
    """Every change of a verdict is in the log."""
    for claim in unlogged(kb):
        document = kb.documents[f"claims/{claim.id}.yaml"]
        yield document.fault(("verdict", "value"), "expected this verdict as the last in verdict_log.csv; run kb log")


def _known(document, place, id, records, what) -> Iterator[Fault]:
    if id not in records:
        yield document.fault(place, f"found {id!r}, expected the id of a {what}")


def _all_known(document, place, ids, records, what) -> Iterator[Fault]:
    for i, id in enumerate(ids):
        yield from _known(document, (*place, i), id, records, what)
        if id in ids[:i]:
            yield document.fault((*place, i), f"found {id!r} twice, expected it once")


def _unique(document, place, values, what) -> Iterator[Fault]:
    seen = set()
    for i, value in enumerate(values):
        if value in seen:
            yield document.fault((*place, i), f"{what} {value!r} occurs twice, expected it once")
        seen.add(value)


def _intervention(document, place, intervention: r.Intervention, kb) -> Iterator[Fault]:
    yield from _all_known(document, (*place, "forms"), intervention.forms, kb.forms, "form")
    yield from _all_known(document, (*place, "routes"), intervention.routes, kb.routes, "route")


def _vocabulary(kb: KnowledgeBase) -> Iterator[Fault]:
    for i, condition in enumerate(kb.conditions.values()):
        if condition.summary_claim:
            document = kb.documents["vocabulary/conditions.yaml"]
            yield from _known(document, (i, "summary_claim"), condition.summary_claim, kb.claims, "claim")


def _claims(kb: KnowledgeBase) -> Iterator[Fault]:
    horizons = {h.id for h in kb.about.horizons}
    codes: dict[str, str] = {}
    for claim in kb.claims.values():
        document = kb.documents[f"claims/{claim.id}.yaml"]
        if claim.code in codes:
            yield document.fault(
                ("code",), f"found {claim.code!r}, which {codes[claim.code]!r} has, expected a code of its own"
            )
        codes[claim.code] = claim.id
        yield from _all_known(document, ("conditions",), claim.conditions, kb.conditions, "condition")
        yield from _intervention(document, ("pico", "intervention"), claim.pico.intervention, kb)
        yield from _unique(document, ("paraphrases",), [p.casefold() for p in claim.paraphrases], "paraphrase")
        for i, rating in enumerate(claim.certainty):
            place = ("certainty", i)
            yield from _known(document, (*place, "outcome"), rating.outcome, kb.outcomes, "outcome")
            if rating.horizon:
                yield from _known(document, (*place, "horizon"), rating.horizon, horizons, "horizon")
            if rating.study:
                yield from _known(document, (*place, "study"), rating.study, kb.studies, "study")
        yield from _unique(
            document, ("certainty",), [(c.outcome, c.horizon, c.rater, c.study) for c in claim.certainty], "rating of"
        )
        if claim.certainty and not any(c.decisive for c in claim.certainty):
            yield document.fault(("certainty", 0, "decisive"), "expected at least one rating that decides the claim")
        lowest = [rating.level for rating in claim.certainty if rating.decisive and rating.rater == v.Rater.OURS]
        if lowest and claim.verdict.certainty != max(lowest, key=list(v.Certainty).index):
            yield document.fault(
                ("verdict", "certainty"), f"found {claim.verdict.certainty}, expected the lowest decisive certainty"
            )
        yield from _texts(kb, document, claim)


def _texts(kb: KnowledgeBase, document, claim: r.Claim) -> Iterator[Fault]:
    """References in a claim's prose exist, and its numbers are in the findings that bear on it."""
    texts = {("verdict", name): getattr(claim.verdict, name) for name in ("answer", "rationale", "safer_wording")}
    texts |= {("certainty", i, "summary"): c.summary for i, c in enumerate(claim.certainty)}
    texts |= {
        ("certainty", i, "reasons", j, "why"): x.why
        for i, c in enumerate(claim.certainty)
        for j, x in enumerate(c.reasons)
    }
    figures = printed_figures(kb, claim.id)
    for place, text in texts.items():
        for key in r.REFERENCE.findall(text):
            yield from _known(document, place, key, kb.studies, "study")
        for number in numbers_in(r.REFERENCE.sub("", text)):
            if number not in figures:
                yield document.fault(
                    place, f"found the number {number}, expected only figures of studies with evidence for this claim"
                )


def numbers_in(text: str) -> list[str]:
    """The numbers of a text, without thousands separators."""
    return [number.replace(",", "") for number in NUMBER.findall(text)]


def printed_figures(kb: KnowledgeBase, claim: str) -> set[str]:
    """Every number that a study with evidence on the claim, or the claim's own statement, prints."""
    figures = set(numbers_in(kb.claims[claim].statement))
    for study in kb.studies.values():
        findings = [f for f in study.findings if any(e.claim == claim for e in f.evidence)]
        if findings:
            texts = [str(study.source.year), study.population, study.follow_up or "", _printed(study.n)]
            texts += [study.intervention.description, study.intervention.dose or "", study.intervention.schedule or ""]
            texts += [part for f in findings for part in (f.text, *f.numbers, *_finding_figures(f))]
            figures.update(number for text in texts for number in numbers_in(text))
    return figures


def _finding_figures(finding: r.Finding) -> Iterator[str]:
    for part in (finding.time, finding.effect, *finding.groups):
        if part is not None:
            yield _printed(part)


def _printed(record: r.Record) -> str:
    """The numbers of a record as they are written, without sign: -1.5 is quoted as 1.5."""
    values = record.model_dump().values()
    return " ".join(f"{abs(x):g}" if isinstance(x, int | float) else str(x) for x in values if x is not None)


def _studies(kb: KnowledgeBase) -> Iterator[Fault]:
    pmids: dict[str, str] = {}
    for study in kb.studies.values():
        document = kb.documents[f"studies/{study.key}.yaml"]
        pmid = study.source.pmid
        if pmid in pmids:
            yield document.fault(
                ("source", "pmid"), f"found {pmid}, which {pmids[pmid]!r} has, expected one study per PMID"
            )
        if pmid:
            pmids[pmid] = study.key
        yield from _all_known(document, ("conditions",), study.conditions, kb.conditions, "condition")
        yield from _intervention(document, ("intervention",), study.intervention, kb)
        yield from _all_known(document, ("includes",), study.includes, kb.studies, "study")
        if study.design == v.Design.LABORATORY and study.setting != v.Setting.EXPERIMENT:
            yield document.fault(("setting",), f"found {study.setting}, expected experiment for a laboratory study")
        if study.report_of:
            yield from _known(document, ("report_of",), study.report_of, kb.studies, "study")
            if study.report_of == study.key or getattr(kb.studies.get(study.report_of), "report_of", None):
                yield document.fault(
                    ("report_of",), f"found {study.report_of!r}, expected the first report of the trial"
                )
        if study.includes and study.design not in v.REVIEW_DESIGNS:
            yield document.fault(
                ("includes",), f"expected for reviews and guidelines only, found design {study.design}"
            )
        yield from _unique(document, ("findings",), [f.id for f in study.findings], "finding")
        for i, finding in enumerate(study.findings):
            yield from _finding(kb, document, ("findings", i), finding, study)


def _finding(kb: KnowledgeBase, document, place, finding: r.Finding, study: r.Study) -> Iterator[Fault]:
    yield from _known(document, (*place, "outcome"), finding.outcome, kb.outcomes, "outcome")
    yield from _unique(document, (*place, "evidence"), [e.claim for e in finding.evidence], "evidence for")
    for j, row in enumerate(finding.evidence):
        here = (*place, "evidence", j)
        yield from _known(document, (*here, "claim"), row.claim, kb.claims, "claim")
        if study.design == v.Design.PROTOCOL and row.stance != v.Stance.CONTEXT:
            claim = kb.claims.get(row.claim)
            if claim and claim.type != v.ClaimType.RESEARCH:
                yield document.fault(
                    (*here, "stance"), f"found {row.stance}, expected context: a protocol has no results"
                )
    most = max((n for n in study.n.model_dump().values() if n is not None), default=None)
    for j, group in enumerate(finding.groups):
        if most is not None and group.n is not None and group.n > most:
            yield document.fault((*place, "groups", j, "n"), f"found {group.n}, expected at most the study's {most}")


def _articles(kb: KnowledgeBase) -> Iterator[Fault]:
    for article in kb.articles.values():
        document = kb.documents[f"articles/{article.slug}.yaml"]
        sections = {s.id for s in article.sections}
        for i, appearance in enumerate(article.appearances):
            yield from _known(document, ("appearances", i, "claim"), appearance.claim, kb.claims, "claim")
            yield from _known(
                document, ("appearances", i, "section"), appearance.section, sections, "section of this article"
            )
            if appearance.sentence > article.sentences:
                what = f"found {appearance.sentence}, expected sentence numbers up to {article.sentences}"
                yield document.fault(("appearances", i, "sentence"), what)
        yield from _unique(
            document, ("appearances",), [(a.claim, a.sentence) for a in article.appearances], "appearance of"
        )
        for i, omission in enumerate(article.omissions):
            yield from _known(document, ("omissions", i, "claim"), omission.claim, kb.claims, "claim")
        yield from _unique(document, ("omissions",), [o.claim for o in article.omissions], "omission of")


def _searches(kb: KnowledgeBase) -> Iterator[Fault]:
    for i, search in enumerate(kb.searches.values()):
        yield from _known(kb.documents["searches.yaml"], (i, "claim"), search.claim, kb.claims, "claim")


def _tables(kb: KnowledgeBase) -> Iterator[Fault]:
    keys = {
        "standing.csv": [(row.study, row.asked, row.kind) for row in kb.standing],
        "search_runs.csv": [(row.search, row.ran) for row in kb.search_runs],
        "screening.csv": [(row.search, row.pmid) for row in kb.screening],
    }
    for file, found in keys.items():
        if file in kb.documents:
            yield from _unique(kb.documents[file], (), [", ".join(map(str, key)) for key in found], "row")
    if "citations.csv" in kb.documents:
        yield from _unique(kb.documents["citations.csv"], (), [c.pmid for c in kb.citations], "pmid")
    for i, row in enumerate(kb.standing):
        yield from _known(kb.documents["standing.csv"], (i, "study"), row.study, kb.studies, "study")
    for i, run in enumerate(kb.search_runs):
        yield from _known(kb.documents["search_runs.csv"], (i, "search"), run.search, kb.searches, "search")
    for i, row in enumerate(kb.verdict_log):
        yield from _known(kb.documents["verdict_log.csv"], (i, "claim"), row.claim, kb.claims, "claim")
    for i, row in enumerate(kb.screening):
        yield from _known(kb.documents["screening.csv"], (i, "search"), row.search, kb.searches, "search")
