"""A result as SARIF 2.1.0, which editors and code hosts show beside the lines."""

import json
from urllib.parse import quote

from kb.check.report import words

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
LEVELS = {"contradicts": "error", "overstates": "warning"}


def render(result: dict) -> str:
    found = [entry for draft in result["drafts"] for entry in _results(draft)]
    rules = sorted({entry["ruleId"] for entry in found})
    driver = {
        "name": "kb check",
        "semanticVersion": "0.1.0",
        "rules": [{"id": rule, "shortDescription": {"text": rule.replace("-", " ")}} for rule in rules],
    }
    run = {"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": found}
    log = {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}
    return json.dumps(log, ensure_ascii=False, indent=1) + "\n"


def _results(draft: dict):
    uri = quote(draft["path"])
    for entry in words.problems(draft):
        rule = entry["flags"][0]["kind"] if entry["flags"] else entry["relation"]
        region = {
            "startLine": entry["line"],
            "startColumn": entry["column"],
            "charOffset": entry["start"],
            "charLength": entry["end"] - entry["start"],
        }
        place = {"physicalLocation": {"artifactLocation": {"uri": uri}, "region": region}}
        message = " ".join(words.advice(entry)) or entry["relation"]
        level = LEVELS.get(entry["relation"], "note")
        yield {"ruleId": rule, "level": level, "message": {"text": message}, "locations": [place]}
    for absent in draft["missing"]:
        place = {"physicalLocation": {"artifactLocation": {"uri": uri}, "region": {"startLine": 1}}}
        message = {"text": f"Missing: {absent['claim']}. {absent['why']}"}
        yield {"ruleId": "missing", "level": "warning", "message": message, "locations": [place]}
    for paper in draft["cited"]:
        if paper["standing"].startswith("retracted"):
            place = {"physicalLocation": {"artifactLocation": {"uri": uri}, "region": {"startLine": 1}}}
            message = {"text": f"Cites the retracted paper {paper['pmid']}."}
            yield {"ruleId": "retracted", "level": "error", "message": message, "locations": [place]}
