"""A topic whose every free text tries to run as script: the tiny one, with an attack in each field that takes text."""

import datetime as dt
import shutil
from pathlib import Path

import yaml

from kb import records as r
from kb.load import load

#: Each marks `window.hit` if it runs; between them they break out of text, attributes, script and comments.
ATTACKS = (
    "<script>window.hit=1</script>",
    '"><img src=x onerror="window.hit=1">',
    "'><svg onload='window.hit=1'>",
    "</script><script>window.hit=1</script>",
    "</title><body onload=window.hit=1>",
    "--><iframe srcdoc='<script>parent.hit=1</script>'>",
    "{{ ''.__class__ }}{% raw %}<b>",
    "&lt;script&gt;window.hit=1&lt;/script&gt;",
    "]]><a href=javascript:window.hit=1>",
    '" autofocus onfocus=window.hit=1 x="',
)
URL_ATTACK = "https://example.org/'\"><script>window.hit=1</script>"
#: Fields of free text whose value other records refer to, or that is read as a figure.
NOT_TEXT = {"pages", "volume", "issue"}


def _is_text(field) -> bool:
    """Whether a field takes any text, as its schema says: a string without pattern, list of terms or format."""
    return field.get("type") == "string" and not {"pattern", "enum", "format", "const"} & field.keys()


def _spoil(value, schema: dict, definitions: dict, count: list[int]):
    """`value` with an attack added to every free text in it; `count` goes up with each."""
    if "$ref" in schema:
        schema = definitions[schema["$ref"].rpartition("/")[2]]
    if "anyOf" in schema:
        schema = next(s for s in schema["anyOf"] if s.get("type") != "null")
        return _spoil(value, schema, definitions, count)
    if isinstance(value, dict):
        fields = schema.get("properties", {})
        more = schema.get("additionalProperties")
        return {
            k: _spoil(v, fields.get(k) or (more if isinstance(more, dict) else {}), definitions, count)
            for k, v in value.items()
        }
    if isinstance(value, list):
        return [_spoil(item, schema.get("items", {}), definitions, count) for item in value]
    if isinstance(value, str) and schema.get("pattern", "").startswith("^https?"):
        count[0] += 1
        return URL_ATTACK.replace(" ", "")
    if isinstance(value, str) and _is_text(schema):
        count[0] += 1
        return f"{value} {ATTACKS[count[0] % len(ATTACKS)]}"
    return value


#: Optional texts that the tiny topic leaves empty, so that they are attacked too: file → way to the record → fields.
FILLED = {
    "studies/moss-2001.yaml": {
        (): {"registration": "R", "funding": "F", "limits": "L", "follow_up": "U"},
        ("source",): {"volume": "1", "issue": "2", "pages": "3", "url": "https://example.org"},
        ("read",): {"limits": "L"},
        ("findings", 0): {"population": "P"},
        ("findings", 0, "effect"): {"scale": "S"},
        ("findings", 0, "evidence", 0): {"directness": "indirect", "why_indirect": "W", "note": "N"},
        ("findings", 1, "groups", 0): {"label": "G", "unit": "u"},
    },
    "claims/green-tongue.yaml": {
        (): {"paraphrases": ["P"], "terms": ["tongue"], "none_found": {"date": dt.date(2026, 1, 2), "statement": "S"}},
        ("pico",): {"comparator": "C", "horizon": "H"},
        ("pico", "intervention"): {"dose": "D", "schedule": "S"},
        ("verdict",): {"override": "O"},
    },
    "vocabulary/conditions.yaml": {(0,): {"description": "D", "codes": {"mesh": "M"}}},
    "vocabulary/outcomes.yaml": {(1,): {"description": "D", "synonyms": ["s"]}},
}


def folder(tiny: Path, data: Path) -> int:
    """Write the hostile topic into `data`, from the tiny one; the number of texts attacked."""
    shutil.copytree(tiny, data)
    schemas = r.json_schemas()
    count = [0]
    for path in sorted(data.rglob("*.yaml")):
        name = path.relative_to(data).as_posix()
        value = yaml.safe_load(path.read_text(encoding="utf-8"))
        for place, fields in FILLED.get(name, {}).items():
            record = value
            for step in place:
                record = record[step]
            record |= fields
        kind = {"claims": "claim", "studies": "study", "articles": "article"}.get(path.parent.name, path.stem)
        schema = schemas[kind]
        definitions = schema.get("$defs", {}) | schema.get("items", {}).get("$defs", {})
        path.write_text(yaml.safe_dump(_spoil(value, schema, definitions, count)), encoding="utf-8")
    return count[0]


def load_hostile(tiny: Path, data: Path):
    """The records of the hostile topic, and the number of texts attacked."""
    count = folder(tiny, data)
    return load(data, logged=False), count
