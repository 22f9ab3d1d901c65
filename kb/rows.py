"""Records → the rows of `kb.db`, one function per table or group of tables."""

from collections import Counter
from collections.abc import Iterator

from kb import phrases, wording_rows
from kb import records as r
from kb.documents import KnowledgeBase

Row = dict[str, object]
Tables = dict[str, list[Row]]


def tables(kb: KnowledgeBase) -> Tables:
    """Every row of every table, except the vocabularies."""
    out: Tables = {}
    for part in (_about, _topic, _claims, wording_rows.rows, _studies, _articles, _log, _fetched):
        for table, row in part(kb):
            out.setdefault(table, []).append(row)
    return out


def _joined(values) -> str | None:
    return "; ".join(values) or None


def _about(kb: KnowledgeBase) -> Iterator[tuple[str, Row]]:
    for key, value in kb.about.model_dump(exclude={"horizons", "safety_claims"}, exclude_none=True).items():
        yield "about", {"key": key, "value": str(value)}
    for rank, horizon in enumerate(kb.about.horizons, 1):
        yield "horizon", {"id": horizon.id, "label": horizon.label, "rank": rank, "up_to_days": horizon.up_to_days}


def _topic(kb: KnowledgeBase) -> Iterator[tuple[str, Row]]:
    for outcome in kb.outcomes.values():
        yield "outcome", _term(outcome) | {"grouping": outcome.group, "system": outcome.system}
    for route in kb.routes.values():
        yield "route", _term(route) | {"injected": int(route.injected)}
    for form in kb.forms.values():
        yield "form", _term(form)
    for condition in kb.conditions.values():
        yield "condition", _term(condition) | {"summary_claim": condition.summary_claim}


def _term(term: r.VocabularyTerm) -> Row:
    codes = _joined(f"{system}:{code}" for system, code in term.codes.items())
    row = {"id": term.id, "label": term.label, "description": term.description}
    return row | {"synonyms": _joined(term.synonyms), "codes": codes}


def _claims(kb: KnowledgeBase) -> Iterator[tuple[str, Row]]:
    for claim in kb.claims.values():
        yield "claim", _claim(claim, kb.about)
        yield from (("claim_condition", {"claim": claim.id, "condition": id}) for id in claim.conditions)
        yield from (("claim_route", {"claim": claim.id, "route": id}) for id in claim.pico.intervention.routes)
        yield from (("claim_form", {"claim": claim.id, "form": id}) for id in claim.pico.intervention.forms)
        yield from (("claim_phrase", {"claim": claim.id, "kind": "paraphrase", "phrase": x}) for x in claim.paraphrases)
        yield from (("claim_phrase", {"claim": claim.id, "kind": "term", "phrase": x}) for x in claim.terms)
        for rating in claim.certainty:
            yield from _certainty(claim.id, rating)


def _claim(claim: r.Claim, about: r.Knowledgebase) -> Row:
    verdict, none_found = claim.verdict, claim.none_found
    return {
        "id": claim.id,
        "code": claim.code,
        "type": claim.type,
        "statement": claim.statement,
        "population": claim.pico.population,
        "intervention": claim.pico.intervention.description,
        "comparator": claim.pico.comparator,
        "outcome": claim.pico.outcome,
        "horizon": claim.pico.horizon,
        "verdict": verdict.value,
        "certainty": verdict.certainty,
        "answer": verdict.answer,
        "rationale": verdict.rationale,
        "safer_wording": verdict.safer_wording,
        "would_change": verdict.would_change,
        "decided_on": verdict.decided_on.isoformat(),
        "override": verdict.override,
        "none_found_on": none_found and none_found.date.isoformat(),
        "none_found": none_found and none_found.statement,
        "safety": int(claim.id in about.safety_claims),
        "must_say": claim.must_say,
        "phrases": _joined([*claim.terms, *claim.paraphrases]),
    }


def _certainty(claim: str, rating: r.CertaintyRating) -> Iterator[tuple[str, Row]]:
    id = "/".join(filter(None, (claim, rating.outcome, rating.horizon, rating.study)))
    row = {"id": id, "claim": claim} | rating.model_dump(exclude={"reasons"})
    yield "certainty", row | {"decisive": int(rating.decisive)}
    for reason in rating.reasons:
        yield "certainty_reason", {"certainty": id} | reason.model_dump()


def _studies(kb: KnowledgeBase) -> Iterator[tuple[str, Row]]:
    labels = phrases.study_labels(kb.studies)
    fetched = {row.pmid: row for row in kb.citations}
    cited = {study.source.pmid for study in kb.studies.values()}
    for study in kb.studies.values():
        yield "citation", _citation(study, fetched.get(study.source.pmid))
        yield "study", _study(study, labels[study.key])
        yield from (("study_condition", {"study": study.key, "condition": id}) for id in study.conditions)
        yield from (("study_route", {"study": study.key, "route": id}) for id in study.intervention.routes)
        yield from (("study_form", {"study": study.key, "form": id}) for id in study.intervention.forms)
        yield from (("review_includes", {"review": study.key, "study": key}) for key in study.includes)
        for position, finding in enumerate(study.findings, 1):
            yield from _finding(kb, study, position, finding)
    for row in fetched.values():
        if row.pmid not in cited:
            yield "citation", {"id": f"PMID:{row.pmid}"} | _fetched_citation(row)


def citation_id(study: r.Study) -> str:
    """A CURIE: `PMID:…` where confirmed, else `DOI:…`, else `KEY:…` with the study's key."""
    source = study.source
    return f"PMID:{source.pmid}" if source.pmid else f"DOI:{source.doi}" if source.doi else f"KEY:{study.key}"


def _citation(study: r.Study, fetched: r.CitationRow | None) -> Row:
    source = study.source
    curated = {
        "id": citation_id(study),
        "pmid": source.pmid,
        "doi": source.doi,
        "url": source.url,
        "title": source.title,
        "authors": _joined(source.authors),
        "journal": source.journal,
        "year": source.year,
        "volume": source.volume,
        "issue": source.issue,
        "pages": source.pages,
        "status": "current",
        "source": "curated study record",
        "retrieved": study.read.date.isoformat(),
    }
    # What was fetched wins; what it leaves open stays as curated.
    return curated | ({k: x for k, x in _fetched_citation(fetched).items() if x is not None} if fetched else {})


def _fetched_citation(row: r.CitationRow) -> Row:
    return row.model_dump() | {"retrieved": row.retrieved.isoformat()}


def _study(study: r.Study, label: str) -> Row:
    n = study.n
    return {
        "key": study.key,
        "label": label,
        "citation": citation_id(study),
        "title": study.source.title,
        "year": study.source.year,
        "pmid_status": study.source.pmid_status,
        "design": study.design,
        "report_of": study.report_of,
        "registration": study.registration,
        "n_randomised": n.randomised,
        "n_analysed": n.analysed,
        "n_participants": n.participants,
        "n_studies": n.studies,
        "size": next((x for x in (n.randomised, n.participants, n.analysed) if x is not None), None),
        "setting": study.setting,
        "population": study.population,
        "intervention": study.intervention.description,
        "dose": study.intervention.dose,
        "schedule": study.intervention.schedule,
        "comparator_type": study.comparator.type,
        "comparator": study.comparator.description,
        "blinding": study.blinding,
        "follow_up": study.follow_up,
        "funding": study.funding,
        "limits": study.limits,
        "read_depth": study.read.depth,
        "read_on": study.read.date.isoformat(),
        "read_at": "\n".join(study.read.urls) or None,
        "read_limits": study.read.limits,
    }


def horizon_of(kb: KnowledgeBase, time: r.Time | None) -> str | None:
    """The id of the first horizon that holds a time; none for a finding without a time."""
    if time is None:
        return None
    return next(h.id for h in kb.about.horizons if h.up_to_days is None or time.days <= h.up_to_days)


def _finding(kb: KnowledgeBase, study: r.Study, position: int, finding: r.Finding) -> Iterator[tuple[str, Row]]:
    id = f"{study.key}/{finding.id}"
    effect = finding.effect.model_dump() if finding.effect else {}
    row = {
        "id": id,
        "study": study.key,
        "position": position,
        "outcome": finding.outcome,
        "horizon": horizon_of(kb, finding.time),
        "days": finding.time and round(finding.time.days, 4),
        "time": phrases.time(finding.time),
        "population": finding.population,
        "text": finding.text,
        "direction": finding.direction,
        "result": phrases.result(finding),
        "numbers": _joined(finding.numbers),
    }
    yield "finding", row | effect
    for i, group in enumerate(finding.groups, 1):
        yield "finding_group", {"finding": id, "position": i} | group.model_dump()
    for evidence in finding.evidence:
        second = evidence.second_read
        yield (
            "evidence",
            {
                "id": f"{id}/{evidence.claim}",
                "claim": evidence.claim,
                "finding": id,
                "stance": evidence.stance,
                "directness": evidence.directness,
                "why_indirect": evidence.why_indirect,
                "note": evidence.note,
                "second_read": second and second.outcome,
                "second_read_on": second and second.date.isoformat(),
                "second_read_note": second and second.note,
            },
        )


def _articles(kb: KnowledgeBase) -> Iterator[tuple[str, Row]]:
    for article in kb.articles.values():
        row = article.model_dump(exclude={"sections", "appearances", "omissions"})
        days = {key: row[key] and row[key].isoformat() for key in ("published", "accessed")}
        yield "article", row | days
        for position, section in enumerate(article.sections, 1):
            title = {"position": position, "title": section.title}
            yield "section", {"id": f"{article.slug}/{section.id}", "article": article.slug} | title
        for appearance in article.appearances:
            row = appearance.model_dump() | {"section": f"{article.slug}/{appearance.section}"}
            id = f"{article.slug}/{appearance.sentence}/{appearance.claim}"
            yield "appearance", {"id": id, "article": article.slug, "omitted": 0} | row
        for omission in article.omissions:
            id = f"{article.slug}/omitted/{omission.claim}"
            yield "appearance", {"id": id, "article": article.slug, "omitted": 1} | omission.model_dump()


def _log(kb: KnowledgeBase) -> Iterator[tuple[str, Row]]:
    positions: Counter[str] = Counter()
    for entry in kb.verdict_log:
        positions[entry.claim] += 1
        yield "verdict_log", entry.model_dump(mode="json") | {"position": positions[entry.claim]}


def _fetched(kb: KnowledgeBase) -> Iterator[tuple[str, Row]]:
    yield from (("search", search.model_dump()) for search in kb.searches.values())
    for table, rows in (("standing", kb.standing), ("search_run", kb.search_runs), ("screening", kb.screening)):
        yield from ((table, row.model_dump(mode="json")) for row in rows)
