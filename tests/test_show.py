"""`kb claims` and `kb show`: what the pages say, in the terminal."""

import json
import re

import pytest
from click.testing import CliRunner

from kb.cli import main
from tests.test_cli import one_clear_line, run

ANSI = "\x1b["


def show(path, *arguments, **options):
    return CliRunner().invoke(main, [*arguments, "--db", str(path)], **options)


def plain(result) -> str:
    """The text in one line, as the width of the terminal breaks it anywhere."""
    assert result.exit_code == 0, result.output
    return " ".join(result.stdout.split())


@pytest.mark.parametrize(
    "filters", [{}, {"type": "efficacy"}, {"verdict": "supported", "certainty": "high"}, {"condition": "crps"}]
)
def test_the_list_is_that_of_the_page(site, real_path, filters):
    query = "&".join(f"{name}={value}" for name, value in filters.items())
    page = site.get(f"/claims.json?{query}").json()
    options = [part for name, value in filters.items() for part in (f"--{name}", value)]
    assert json.loads(show(real_path, "claims", *options, "--json").stdout) == page
    text = plain(show(real_path, "claims", *options))
    assert page["claims"]
    for claim in page["claims"]:
        assert f"{claim['code']} {claim['verdict_label']}, {claim['certainty_label'].lower()} certainty" in text
        assert claim["statement"] in text
    assert re.search(rf"\b{len(page['claims'])} claims?$", text)


def test_every_claim_can_be_shown_and_says_what_its_page_says(real_path, site, db):
    for claim in list(db.query("SELECT * FROM claim_summary"))[::6]:
        data = site.get(f"/claims/{claim['id']}.json").json()
        assert json.loads(show(real_path, "show", claim["code"].lower(), "--json").stdout) == data
        text = plain(show(real_path, "show", claim["id"]))
        assert text.startswith(claim["statement"])
        assert f"{claim['verdict_label']}, {claim['certainty_label'].lower()} certainty" in text
        assert all(e["study_label"] in text and " ".join(e["text"].split()) in text for e in data["evidence"])
        if data["harm"] and data["claim"]["type"] in ("efficacy", "indication"):
            assert " ".join(data["harm"]["text"].split()) in text
        assert "[@" not in text


@pytest.mark.parametrize("name", ["key", "pmid", "PMID:pmid", "doi", "https://doi.org/doi"])
def test_a_study_is_found_by_each_of_its_names(real_path, site, db, name):
    sql = "SELECT key, pmid, doi FROM study JOIN citation ON citation.id = citation WHERE pmid <> '' AND doi <> ''"
    study = next(iter(db.query(f"{sql} AND report_of IS NULL LIMIT 1")))
    for part in ("key", "pmid", "doi"):
        name = re.sub(rf"\b{part}$", study[part], name) if name.endswith(part) else name
    data = site.get(f"/studies/{study['key']}.json").json()
    assert json.loads(show(real_path, "show", name, "--json").stdout) == data
    text = plain(show(real_path, "show", name))
    assert f"PMID {study['pmid']}, DOI {study['doi']}" in text
    assert all(" ".join(finding["text"].split()) in text for finding in data["findings"])


def test_a_withdrawn_paper_says_so_wherever_it_is_shown(real_path, site):
    found = [s for s in site.get("/studies.json").json()["studies"] if s["standing"] == "retracted"]
    assert found
    for study in found:
        assert "Standing: Retracted" in plain(show(real_path, "show", study["key"]))
        bearing = site.get(f"/studies/{study['key']}.json").json()["evidence"]
        for claim in {evidence["claim"] for evidence in bearing}:
            assert "RETRACTED" in plain(show(real_path, "show", claim))


@pytest.mark.parametrize("command", [["claims"], ["show", "MEC1"]])
def test_colour_goes_to_terminals_only(real_path, monkeypatch, command):
    assert ANSI not in show(real_path, *command).stdout
    assert ANSI in show(real_path, *command, color=True).stdout
    monkeypatch.setenv("NO_COLOR", "1")
    assert ANSI not in show(real_path, *command, color=True).stdout


@pytest.mark.parametrize("columns", ["20", "60", "300"])
def test_lines_fit_the_terminal(real_path, monkeypatch, columns):
    monkeypatch.setenv("COLUMNS", columns)
    lines = show(real_path, "show", "CON3").stdout.splitlines()
    assert max(map(len, lines)) <= max(min(int(columns), 100), 60)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["show", "MEC99"], "did you mean MEC"),
        (["show", "brutcher-2019"], "did you mean brutcher-2019-compounded-creams?"),
        (["show", "99999999"], "kb claims lists the claims"),
        (["show", ""], "kb claims lists the claims"),
        (["show", "10.1/x"], "no claim, study, PMID or DOI"),
        (["show", "x'; DROP TABLE claim"], "no claim, study, PMID or DOI"),
        (["claims", "--condition", "crp"], "did you mean crps?"),
        (["show", "MEC1", "--db", "no.db"], "run kb build"),
    ],
)
def test_what_is_not_there_is_said_in_one_line(real_path, arguments, says):
    arguments = arguments if "--db" in arguments else [*arguments, "--db", str(real_path)]
    done = run(*arguments)
    assert done.returncode == 2 and says in one_clear_line(done)
