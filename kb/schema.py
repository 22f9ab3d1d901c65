"""The tables, search indexes and views of `kb.db`, as data.

Column descriptions for readers are in `metadata.json`; a test keeps the two together.
"""

from importlib.resources import files

import sqlite_utils

from kb import vocabulary as v

#: Design → weight of a study for claims on benefit, on harm, and on facts (mechanism, practice, …).
#: Ours, explained on /method; anyone may change them in a copy of the database and rerun the views.
DESIGN_WEIGHTS = {
    v.Design.META_ANALYSIS: (4, 4, 4),
    v.Design.SYSTEMATIC_REVIEW: (3, 3, 4),
    v.Design.RCT: (3, 3, 2),
    v.Design.CROSSOVER_RCT: (2, 2, 2),
    v.Design.CONTROLLED_TRIAL: (1.5, 1.5, 1.5),
    v.Design.COHORT: (0.75, 2, 2),
    v.Design.CROSS_SECTIONAL: (0.25, 1, 2),
    v.Design.CASE_SERIES: (0.25, 1, 1),
    v.Design.CASE_REPORT: (0.1, 0.5, 0.5),
    v.Design.GUIDELINE: (1, 2, 4),
    v.Design.REGULATORY: (1, 3, 4),
    v.Design.NARRATIVE_REVIEW: (0.5, 1, 2),
    v.Design.LABORATORY: (0.1, 0.25, 2),
    v.Design.PROTOCOL: (0, 0, 2),
}

TEXT, NEEDED, YES_NO = "TEXT", "TEXT NOT NULL", "INTEGER NOT NULL CHECK ({column} IN (0, 1))"

#: Vocabulary → further columns of its table: definition, and the value for a term. SQL asks these, so that no
#: view and no page lists terms again.
FACTS = {
    v.Design: {
        "tier": ("INTEGER NOT NULL", v.TIER.__getitem__),
        "review": (YES_NO, lambda design: int(design in v.REVIEW_DESIGNS)),
        "weight_benefit": ("REAL NOT NULL", lambda design: DESIGN_WEIGHTS[design][0]),
        "weight_harm": ("REAL NOT NULL", lambda design: DESIGN_WEIGHTS[design][1]),
        "weight_fact": ("REAL NOT NULL", lambda design: DESIGN_WEIGHTS[design][2]),
    },
    v.StandingKind: {"withdrawn": (YES_NO, lambda kind: int(kind in v.WITHDRAWN))},
}


def word(vocabulary: str, null: bool = False) -> str:
    """A column that takes one term of a vocabulary: foreign key to its table, and a CHECK."""
    terms = ", ".join(f"'{term}'" for term in v.VOCABULARIES[vocabulary])
    return f"TEXT{'' if null else ' NOT NULL'} REFERENCES {vocabulary}(id) CHECK ({{column}} IN ({terms}))"


def ref(table: str, null: bool = False, column: str = "id") -> str:
    """A foreign key."""
    return f"TEXT{'' if null else ' NOT NULL'} REFERENCES {table}({column})"


TOPIC_WORD = {"id": "TEXT PRIMARY KEY", "label": NEEDED, "description": TEXT, "synonyms": TEXT, "codes": TEXT}

#: Tables in the order in which they are filled, so that every foreign key has its row.
TABLES: dict[str, dict[str, str]] = {
    "about": {"key": "TEXT PRIMARY KEY", "value": NEEDED},
    "horizon": {"id": "TEXT PRIMARY KEY", "label": NEEDED, "rank": "INTEGER NOT NULL", "up_to_days": "REAL"},
    "outcome": TOPIC_WORD | {"grouping": word("outcome_group"), "system": TEXT},
    "route": TOPIC_WORD | {"injected": YES_NO},
    "form": TOPIC_WORD,
    "claim": {
        "id": "TEXT PRIMARY KEY",
        "code": "TEXT NOT NULL UNIQUE",
        "type": word("claim_type"),
        "statement": NEEDED,
        "population": NEEDED,
        "intervention": NEEDED,
        "comparator": TEXT,
        "outcome": NEEDED,
        "horizon": TEXT,
        "verdict": word("verdict"),
        "certainty": word("certainty_level"),
        "answer": NEEDED,
        "rationale": NEEDED,
        "safer_wording": NEEDED,
        "would_change": NEEDED,
        "decided_on": NEEDED,
        "override": TEXT,
        "computed": word("verdict", null=True),
        "weight": "REAL",
        "share_for": "REAL",
        "none_found_on": TEXT,
        "none_found": TEXT,
        "safety": YES_NO,
        "must_say": TEXT,
        "phrases": TEXT,
    },
    "verdict_log": {
        "claim": ref("claim"),
        "position": "INTEGER NOT NULL",
        "date": NEEDED,
        "verdict": word("verdict"),
        "certainty": word("certainty_level"),
        "reason": NEEDED,
        "PRIMARY KEY": "(claim, position)",
    },
    "condition": TOPIC_WORD | {"summary_claim": ref("claim", null=True)},
    "claim_condition": {"claim": ref("claim"), "condition": ref("condition"), "PRIMARY KEY": "(claim, condition)"},
    "claim_route": {"claim": ref("claim"), "route": ref("route"), "PRIMARY KEY": "(claim, route)"},
    "claim_form": {"claim": ref("claim"), "form": ref("form"), "PRIMARY KEY": "(claim, form)"},
    "claim_phrase": {
        "claim": ref("claim"),
        "kind": "TEXT NOT NULL CHECK (kind IN ('paraphrase', 'term'))",
        "phrase": NEEDED,
        "PRIMARY KEY": "(claim, kind, phrase)",
    },
    "word_class": {"id": "TEXT PRIMARY KEY", "terms": NEEDED},
    "claim_sign": {
        "claim": ref("claim"),
        "role": "TEXT NOT NULL CHECK (role IN ('sign', 'denied', 'affirmed'))",
        "pattern": NEEDED,
        "weight": "REAL",
        "PRIMARY KEY": "(claim, role, pattern)",
    },
    "overclaim": {
        "id": "TEXT PRIMARY KEY",
        "position": "INTEGER NOT NULL",
        "kind": word("flag_kind"),
        "relation": word("relation"),
        "patterns": NEEDED,
        "harmless": TEXT,
        "why": NEEDED,
        "suggestion": NEEDED,
    },
    "nonclaim": {"id": "TEXT PRIMARY KEY", "firm": YES_NO, "patterns": NEEDED},
    "check_weight": {"id": "TEXT PRIMARY KEY", "value": "REAL NOT NULL", "meaning": NEEDED},
    "citation": {
        "id": "TEXT PRIMARY KEY",
        "pmid": "TEXT UNIQUE",
        "doi": TEXT,
        "pmcid": TEXT,
        "url": TEXT,
        "title": NEEDED,
        "authors": TEXT,
        "journal": NEEDED,
        "year": "INTEGER",
        "date": TEXT,
        "volume": TEXT,
        "issue": TEXT,
        "pages": TEXT,
        "language": TEXT,
        "publication_types": TEXT,
        "mesh": TEXT,
        "links": TEXT,
        "status": "TEXT NOT NULL CHECK (status IN ('current', 'deleted'))",
        "source": NEEDED,
        "retrieved": NEEDED,
    },
    "abstract_section": {
        "id": "TEXT PRIMARY KEY",
        "citation": ref("citation"),
        "position": "INTEGER NOT NULL",
        "label": TEXT,
        "category": TEXT,
        "text": NEEDED,
    },
    "study": {
        "key": "TEXT PRIMARY KEY",
        "label": "TEXT NOT NULL UNIQUE",
        "citation": ref("citation"),
        "title": NEEDED,
        "year": "INTEGER NOT NULL",
        "pmid_status": word("pmid_status"),
        "design": word("design"),
        "report_of": ref("study", null=True, column="key"),
        "registration": TEXT,
        "n_randomised": "INTEGER",
        "n_analysed": "INTEGER",
        "n_participants": "INTEGER",
        "n_studies": "INTEGER",
        "size": "INTEGER",
        "setting": word("setting"),
        "population": NEEDED,
        "intervention": NEEDED,
        "dose": TEXT,
        "schedule": TEXT,
        "comparator_type": word("comparator_type"),
        "comparator": TEXT,
        "blinding": word("blinding"),
        "follow_up": TEXT,
        "funding": TEXT,
        "limits": TEXT,
        "read_depth": word("read_depth"),
        "read_on": NEEDED,
        "read_at": TEXT,
        "read_limits": TEXT,
    },
    "study_condition": {
        "study": ref("study", column="key"),
        "condition": ref("condition"),
        "PRIMARY KEY": "(study, condition)",
    },
    "study_route": {"study": ref("study", column="key"), "route": ref("route"), "PRIMARY KEY": "(study, route)"},
    "study_form": {"study": ref("study", column="key"), "form": ref("form"), "PRIMARY KEY": "(study, form)"},
    "review_includes": {
        "review": ref("study", column="key"),
        "study": ref("study", column="key"),
        "PRIMARY KEY": "(review, study)",
    },
    "standing": {
        "study": ref("study", column="key"),
        "kind": word("standing_kind"),
        "asked": NEEDED,
        "notice": TEXT,
        "checked": TEXT,
        "PRIMARY KEY": "(study, asked, kind)",
    },
    "retraction_effect": {
        "study": ref("study", column="key"),
        "claim": ref("claim"),
        "before": word("verdict"),
        "after": word("verdict"),
        "PRIMARY KEY": "(study, claim)",
    },
    "finding": {
        "id": "TEXT PRIMARY KEY",
        "study": ref("study", column="key"),
        "position": "INTEGER NOT NULL",
        "outcome": ref("outcome"),
        "horizon": ref("horizon", null=True),
        "days": "REAL",
        "time": TEXT,
        "population": TEXT,
        "text": NEEDED,
        "direction": word("direction"),
        "result": TEXT,
        "measure": word("measure", null=True),
        "value": "REAL",
        "low": "REAL",
        "high": "REAL",
        "level": "REAL",
        "p": TEXT,
        "unit": TEXT,
        "scale": TEXT,
        "better": word("better", null=True),
        "numbers": TEXT,
    },
    "located_sentence": {
        "finding": ref("finding"),
        "section": ref("abstract_section"),
        "start": "INTEGER NOT NULL",
        "stop": "INTEGER NOT NULL",
        "figures": NEEDED,
        "PRIMARY KEY": "(finding, section, start)",
    },
    "finding_group": {
        "finding": ref("finding"),
        "position": "INTEGER NOT NULL",
        "arm": word("arm"),
        "label": TEXT,
        "n": "INTEGER",
        "events": "INTEGER",
        "percent": "REAL",
        "value": "REAL",
        "unit": TEXT,
        "PRIMARY KEY": "(finding, position)",
    },
    "evidence": {
        "id": "TEXT PRIMARY KEY",
        "claim": ref("claim"),
        "finding": ref("finding"),
        "stance": word("stance"),
        "directness": word("directness"),
        "why_indirect": TEXT,
        "note": TEXT,
        "weight": "REAL",
        "second_read": word("second_read_outcome", null=True),
        "second_read_on": TEXT,
        "second_read_note": TEXT,
    },
    "certainty": {
        "id": "TEXT PRIMARY KEY",
        "claim": ref("claim"),
        "outcome": ref("outcome"),
        "horizon": ref("horizon", null=True),
        "level": word("certainty_level"),
        "rater": word("rater"),
        "study": ref("study", null=True, column="key"),
        "decisive": YES_NO,
        "summary": NEEDED,
    },
    "certainty_reason": {
        "certainty": ref("certainty"),
        "domain": word("domain"),
        "concern": word("concern"),
        "why": NEEDED,
        "PRIMARY KEY": "(certainty, domain)",
    },
    "article": {
        "slug": "TEXT PRIMARY KEY",
        "title": NEEDED,
        "publisher": NEEDED,
        "url": NEEDED,
        "published": TEXT,
        "accessed": NEEDED,
        "sha256": NEEDED,
        "sentences": "INTEGER NOT NULL",
    },
    "section": {
        "id": "TEXT PRIMARY KEY",
        "article": ref("article", column="slug"),
        "position": "INTEGER NOT NULL",
        "title": NEEDED,
    },
    "appearance": {
        "id": "TEXT PRIMARY KEY",
        "article": ref("article", column="slug"),
        "claim": ref("claim"),
        "section": ref("section", null=True),
        "sentence": "INTEGER",
        "sha256": TEXT,
        "omitted": YES_NO,
        "strength": word("strength", null=True),
        "rating": word("rating", null=True),
        "reason": NEEDED,
    },
    "search": {"id": "TEXT PRIMARY KEY", "claim": ref("claim"), "purpose": NEEDED, "query": NEEDED},
    "search_run": {"search": ref("search"), "ran": NEEDED, "hits": "INTEGER NOT NULL", "PRIMARY KEY": "(search, ran)"},
    "screening": {
        "search": ref("search"),
        "pmid": NEEDED,
        "decision": word("screening_decision"),
        "reason": NEEDED,
        "decided": NEEDED,
        "PRIMARY KEY": "(search, pmid)",
    },
}

#: Full-text indexes (FTS5, porter stemming) by table.
SEARCHABLE = {
    "claim": ["statement", "answer", "phrases"],
    "claim_phrase": ["phrase"],
    "study": ["label", "title", "population", "intervention", "limits"],
    "finding": ["text", "population"],
    "citation": ["title", "authors", "journal", "mesh"],
    "condition": ["label", "description", "synonyms"],
}

#: Indexes beyond those on every foreign key.
INDEXES = {
    "evidence": [("claim", "stance")],
    "finding": [("outcome", "horizon")],
    "certainty": [("claim", "outcome", "horizon")],
}

VIEW_FILES = ("verdict.sql", "views.sql")

#: What the verdict function says, copied beside the rows for readers in a hurry; the views say it afresh.
COPIES = """
UPDATE evidence SET weight = computed.weight
FROM verdict_weight AS computed
WHERE computed.evidence = evidence.id;
UPDATE claim SET computed = now.computed, weight = now.weight, share_for = now.share_for
FROM claim_verdict AS now WHERE now.claim = claim.id;
"""


def columns(table: str) -> list[str]:
    """The columns of a table, without its key over several of them."""
    return [column for column in TABLES[table] if column != "PRIMARY KEY"]


def foreign_keys(table: str) -> list[tuple[str]]:
    """The columns of a table that refer to another, each alone."""
    return [(column,) for column, definition in TABLES[table].items() if "REFERENCES" in definition]


def create(db: sqlite_utils.Database):
    """All tables, empty but for the vocabularies."""
    for name, vocabulary in v.VOCABULARIES.items():
        _create_vocabulary(db, name, vocabulary)
    for name, columns in TABLES.items():
        db.execute(_create_table(name, columns))


def _create_vocabulary(db: sqlite_utils.Database, name: str, vocabulary: type[v.Term]):
    columns = {"id": "TEXT PRIMARY KEY", "label": NEEDED, "description": NEEDED, "rank": "INTEGER NOT NULL UNIQUE"}
    facts = FACTS.get(vocabulary, {})
    db.execute(_create_table(name, columns | {column: definition for column, (definition, _) in facts.items()}))
    db[name].insert_all(
        {"id": term.value, "label": term.label, "description": term.description, "rank": rank}
        | {column: of(term) for column, (_, of) in facts.items()}
        for rank, term in enumerate(vocabulary, 1)
    )


def _create_table(name: str, columns: dict[str, str]) -> str:
    parts = [
        f"[{column}] {definition.format(column=f'[{column}]')}"
        for column, definition in columns.items()
        if column != "PRIMARY KEY"
    ]
    if "PRIMARY KEY" in columns:
        parts.append(f"PRIMARY KEY {columns['PRIMARY KEY']}")
    return f"CREATE TABLE [{name}] (\n  " + ",\n  ".join(parts) + "\n) STRICT"


def finish(db: sqlite_utils.Database):
    """Indexes, full-text search, views and statistics, once the tables are filled."""
    for table in TABLES:
        for columns in [*foreign_keys(table), *INDEXES.get(table, [])]:
            names = ", ".join(f"[{column}]" for column in columns)
            db.execute(f"CREATE INDEX [{'_'.join(('idx', table, *columns))}] ON [{table}] ({names})")
    for table, columns in SEARCHABLE.items():
        db[table].enable_fts(columns, tokenize="porter")
    for file in VIEW_FILES:
        db.executescript(files("kb").joinpath(file).read_text(encoding="utf-8"))
    db.executescript(COPIES)
    db.analyze()
