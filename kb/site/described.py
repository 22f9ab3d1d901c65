"""What each page's JSON is: one sentence, and its shape. A test holds every page to it, another every answer."""

from typing import NamedTuple

from kb.site.shapes import COUNT, FLAG, NUMBER, TEXT, TRUTH, Each, Maybe, Row


class Description(NamedTuple):
    """`shape` is None for a page that only leads to another. `query` are arguments that are no filters."""

    summary: str
    shape: Row | None
    query: tuple[str, ...] = ()


ABOUT = Each(TEXT, "key, of the knowledge base as a whole: name, disclaimer, date, content hash")
#: What a reader filtered by, null where not.
ASKED = {"type": ["string", "null"]}
LABELS = Each(TEXT, "key of a study that a text refers to as [@key]: its label")


def page(**parts) -> Row:
    return Row(about=ABOUT, **parts)


CONDITION_WORD = Row("condition.id,label").named("ConditionWord")
HORIZON_WORD = Row("horizon.id,label").named("HorizonWord")
STUDY_WORD = Row("study.key,label").named("StudyWord")
CLAIM, CLAIM_SUMMARY = Row("claim.*").named("Claim"), Row("claim_summary.*").named("ClaimSummary")
CLAIM_LINE = Row("claim.id,statement,verdict,certainty,answer").named("ClaimLine")
CONDITION = Row(
    "condition.id,label,description claim=claim.id? claim.verdict? claim.certainty? claim.answer?", studies=COUNT
).named("Condition")
COUNTS = Row(claims=COUNT, studies=COUNT, findings=COUNT, evidence=COUNT, contrary=COUNT, pmids=COUNT).named("Counts")
ARTICLE_LINE = Row("article.slug,title,publisher", statements=COUNT, accurate=COUNT, omissions=COUNT).named(
    "ArticleLine"
)
RATINGS = [Row("rating.id,label", statements=COUNT)]

EVIDENCE = Row("evidence_table.* finding.measure,low design_rank=design.rank design.review").named("Evidence")
CONTRAST = Row(
    treated={"type": "string", "description": "The result with the treatment."},
    compared={"type": "string", "description": "The result without it."},
    of={
        "type": "array",
        "items": {"type": ["string", "null"]},
        "minItems": 2,
        "maxItems": 2,
        "description": "What each of the two is of.",
    },
    difference={"type": ["string", "null"], "description": "How many more or fewer in 100, where both are shares."},
).named("Contrast")
FIGURES = EVIDENCE.but(
    contrast=Maybe(CONTRAST),
    estimate={"type": "string", "description": "The result without what contrast repeats."},
    bare={"type": "boolean", "description": "Whether the result is nothing but a P value."},
).named("Figures")
HARM = Row("finding.text,result,study study_label=study.label").named("Harm")
RATING = Row(
    "certainty.* outcome_label=outcome.label outcome_group=outcome.grouping horizon_label=horizon.label?"
    " horizon_rank=horizon.rank? study_label=study.label?",
    reasons=[Row("certainty_reason.*")],
).named("Rating")
SUMMARY = [
    Row(
        "outcome=outcome.id outcome_label=outcome.label outcome_group=outcome.grouping horizon=horizon.id?"
        " horizon_label=horizon.label? horizon_rank=horizon.rank?",
        studies=COUNT,
        reviews=COUNT,
        participants=COUNT | {"type": ["integer", "null"]},
        supporting=COUNT,
        no_effect=COUNT,
        contradicting=COUNT,
        ratings=[RATING],
        figures=Maybe(FIGURES),
        decisive=TRUTH,
    )
]
SIDE = Row(studies=COUNT, direct=COUNT, people=COUNT)
DESIGNS = [Row("design=design.id design.label design.rank", sides=Each(SIDE, "stance"))]
LOCATED = Row("located_sentence.finding,figures abstract_section.label", sentence={"type": ["string", "null"]})
OVERLAP = Row(
    reviews=Each(TEXT, "key of a review: its label"),
    studies=Each(TEXT, "key of a study: its label"),
    counts=Each([TEXT], "key of a review: the keys of the studies it counts"),
).named("Overlap")
FINDING_ROUTES = {"type": ["string", "null"], "description": "Labels of the routes, separated by commas."}
CONDITION_FINDING = Row(
    "finding.* outcome_label=outcome.label outcome.system horizon_label=horizon.label? study_label=study.label"
    " study.size,n_studies,design design_label=design.label design.tier standing=study_standing.kind",
    routes=FINDING_ROUTES,
).named("FindingOfCondition")
HARM_FINDING = Row(
    "finding.id,text,result,time,direction,study outcome=outcome.id outcome_label=outcome.label outcome.system"
    " finding.horizon horizon_label=horizon.label? horizon_rank=horizon.rank? study_label=study.label"
    " study.design design_label=design.label study.size,n_studies standing=study_standing.kind"
    " setting_label=setting.label study.setting",
    routes=FINDING_ROUTES,
    compared=FLAG,
).named("FindingOfHarm")
REGIMEN = Row(
    "route=route.label study.key,label,size,dose,schedule design_label=design.label",
    forms={"type": ["string", "null"]},
)
STATEMENT = Row("appearance.* claim.statement,verdict,certainty,answer,safer_wording,decided_on").named("Statement")
WHY = {"type": "string", "description": "The words around what matched, which U+E000 and U+E001 enclose."}
SYSTEM = Row("outcome.system")

DESCRIPTIONS = {
    "/": Description(
        "The knowledge base at a glance.",
        page(
            counts=COUNTS,
            verdicts=[Row("verdict.id,label", claims=COUNT)],
            conditions=[CONDITION],
            articles=[ARTICLE_LINE],
            ratings=RATINGS,
            lately=[Row("verdict_log.* claim.statement")],
        ),
    ),
    "/conditions": Description("All conditions, each with the verdict on its claim.", page(conditions=[CONDITION])),
    "/conditions/{id}": Description(
        "One condition: whether it works, how well, for how long, at what harm, how sure we are.",
        page(
            condition=CONDITION,
            claim=Maybe(CLAIM),
            claims=[Row("claim.id,code,type,statement,verdict,certainty,answer")],
            benefit=Maybe(FIGURES),
            harm=Maybe(HARM),
            summary=SUMMARY,
            harms=[CONDITION_FINDING],
            regimens=[Row("route=route.label", studies=COUNT, people=COUNT, regimens=[REGIMEN])],
            guidance=[CONDITION_FINDING],
            practice=[CONDITION_FINDING],
            safety=[CLAIM_LINE],
            studies=[Row("study.* design_label=design.label design.tier citation.pmid standing=study_standing.kind")],
            labels=LABELS,
        ),
    ),
    "/claims": Description(
        "Claims with verdict, certainty and the number of studies; all of them, or those that the filters leave.",
        page(
            chosen=Row(**dict.fromkeys(("type", "verdict", "certainty", "condition"), ASKED)),
            claims=[CLAIM_SUMMARY],
            conditions=[CONDITION_WORD],
        ),
    ),
    "/claims/{id}": Description(
        "One claim: verdict, certainty, summary of findings, every row of evidence, wording and history.",
        page(
            claim=CLAIM,
            benefit=Maybe(FIGURES),
            harm=Maybe(HARM),
            summary=SUMMARY,
            designs=DESIGNS,
            evidence=[EVIDENCE],
            located=Each([LOCATED], "finding: the sentences of the abstract with its figures"),
            overlap=Maybe(OVERLAP),
            conditions=[CONDITION_WORD],
            appearances=[
                Row(
                    "appearance.* article_title=article.title article_url=article.url article.publisher"
                    " section_title=section.title?"
                )
            ],
            log=[Row("verdict_log.*")],
            searches=[Row("search.* search_run.ran? search_run.hits?")],
            labels=LABELS,
        ),
    ),
    "/studies": Description(
        "Studies, newest first; all of them, or those that the filters leave.",
        page(
            chosen=Row(**dict.fromkeys(("design", "condition", "horizon"), ASKED)),
            studies=[
                Row(
                    "study.key,label,title,year,design design_label=design.label study.size,n_studies citation.pmid"
                    " standing=study_standing.kind",
                    conditions={"type": ["string", "null"], "description": "Labels, separated by semicolons."},
                )
            ],
            conditions=[CONDITION_WORD],
            horizons=[HORIZON_WORD],
        ),
    ),
    "/studies/{key}": Description(
        "One paper: what it did, what it found, what that means for which claim, and its standing.",
        page(
            study=Row("study.*"),
            citation=Row("citation.*"),
            standing=[Row("standing.*")],
            worst_standing={"type": "string", "description": "The worst standing over all sources asked."},
            conditions=[CONDITION_WORD],
            routes=[Row("route.id,label")],
            forms=[Row("form.id,label")],
            findings=[Row("finding.* outcome_label=outcome.label")],
            evidence=[Row("evidence.* claim.statement,verdict")],
            retraction=[Row("retraction_effect.* claim.statement")],
            first_report=Maybe(STUDY_WORD),
            reports=[STUDY_WORD],
            includes=[STUDY_WORD],
            included_in=[STUDY_WORD],
        ),
    ),
    "/pmid/{pmid}": Description("Leads to the study with this PMID.", None),
    "/articles": Description("All articles that were taken apart.", page(articles=[ARTICLE_LINE])),
    "/articles/{slug}": Description(
        "One article: each of its statements against the evidence, and what it leaves out.",
        page(
            article=Row("article.*"),
            sections=[Row("section.*")],
            statements=[STATEMENT],
            omissions=[STATEMENT],
            audit=[Row("section=section.title", counts=Each(COUNT, "rating: number of statements"))],
            ratings=RATINGS,
            labels=LABELS,
        ),
    ),
    "/harms": Description(
        "Harms: how often, in whom, when, by what they affect, and what is said on monitoring.",
        page(
            safety=[CLAIM_LINE],
            often=[HARM_FINDING],
            horizons=[HORIZON_WORD],
            by_time=[
                Row(
                    setting=TEXT,
                    harms=[
                        SYSTEM.but(
                            "harm=outcome.label",
                            cells=Each(Row(first=HARM_FINDING, studies=COUNT), "horizon, empty where no time is known"),
                        )
                    ],
                )
            ],
            systems=[
                SYSTEM.but(
                    claims=[Row("outcome.system claim.id,statement,verdict,certainty,answer")], findings=[HARM_FINDING]
                )
            ],
            monitoring=[Row("finding.text,study study_label=study.label design_label=design.label")],
        ),
    ),
    "/map": Description(
        "Conditions by time: how much evidence there is and which way it points.",
        page(
            conditions=[Row("condition.id,label claim.verdict,certainty")],
            horizons=[HORIZON_WORD],
            cells=[
                Row(
                    "condition=condition.id horizon=horizon.id",
                    counts=Each(COUNT, "what a study says: number of direct studies with a comparison group"),
                    others=COUNT,
                    participants=COUNT,
                )
            ],
        ),
    ),
    "/search": Description(
        "Records that share words with a text. A PMID or DOI of a study leads to the study.",
        page(
            q=TEXT,
            chosen=Row(**dict.fromkeys(("kind", "type", "verdict", "condition"), ASKED)),
            also={"type": "array", "items": TEXT, "description": "Other names that were looked for too."},
            screened=[Row("claim.id,statement decision=screening_decision.label screening.reason")],
            counts=COUNTS,
            conditions_known=[CONDITION_WORD],
            claims=[Row("claim.id,statement,verdict,certainty,answer", score=NUMBER, why=WHY)],
            conditions=[Row("condition.id,label,description,summary_claim", score=NUMBER, why=WHY)],
            findings=[Row("finding.id,text,result,study study_label=study.label", why=WHY)],
            studies=[Row("study.key,label,title,year design_label=design.label", why=WHY)],
            citations=[Row("citation.id,pmid,doi,url,title,journal,year", why=WHY)],
        ),
        ("q", "kind", "type", "verdict", "condition"),
    ),
    "/changes": Description(
        "The last 200 verdicts entered, with those they replace, and sources whose standing is not clear.",
        page(
            verdicts=[
                Row(
                    "verdict_log.* claim.statement,answer was=verdict_log.verdict? was_certainty=verdict_log.certainty?"
                )
            ],
            standing=[Row("standing.* study.label")],
        ),
    ),
    "/about": Description("What this is, who answers for it and under which licence.", page(counts=COUNTS)),
    "/method": Description(
        "The verdict function: its SQL, its weights, and what it says of each claim beside the verdict stored.",
        page(
            sql=TEXT,
            designs=[Row("design.*")],
            verdicts=[Row("claim_verdict.*")],
            example=Maybe(Row("claim_verdict.*")),
            example_rows=[
                Row("verdict_weight.* study_label=study.label outcome_label=outcome.label horizon_label=horizon.label?")
            ],
            second_read=Row(total=COUNT, done=COUNT),
        ),
    ),
}
