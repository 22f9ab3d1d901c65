"""The site for programs: who may read it from where, and whether it answers as it says of itself."""

import shutil

import pytest

from tests.conftest import Site

ANYONE = "access-control-allow-origin"


@pytest.mark.parametrize(
    "path",
    [
        "/index.json",
        "/claims.json",
        "/claims/hawthorn.json",
        "/pmid/1.json",
        "/nothing.json",
        "/changes.atom",
        "/studies.bib",
        "/studies.ris",
        "/studies.csl.json",
        "/kb.json",
        "/kb/claim.json",
        "/kb/claim.csv",
        "/kb/study.bib",
        "/index.json?" + "a=1&" * 61,
    ],
)
def test_a_script_on_another_site_may_read_it(tiny_site, path):
    response = tiny_site.get(path, headers={"origin": "https://elsewhere.example"})
    assert response.headers.get_list(ANYONE) == ["*"], response.status_code
    assert "etag" in response.headers["access-control-expose-headers"].lower()
    assert "access-control-allow-credentials" not in response.headers
    again = tiny_site.get(path, headers={"if-none-match": response.headers.get("etag", '"none"')})
    assert again.headers[ANYONE] == "*"


def test_a_page_for_people_is_not_marked(tiny_site):
    assert ANYONE not in tiny_site.get("/claims").headers


def test_a_browser_that_asks_first_is_told_what_it_may_send(tiny_site):
    def options(**headers):
        return tiny_site.loop.run_until_complete(
            tiny_site.datasette.client.request("OPTIONS", "/claims.json", headers=headers)
        )

    asked = options(**{"origin": "https://elsewhere.example", "access-control-request-method": "GET"})
    assert (asked.status_code, asked.headers[ANYONE], asked.content) == (204, "*", b"")
    assert "Content-Type" in asked.headers["access-control-allow-headers"]
    assert options(origin="https://elsewhere.example").status_code == 405


def test_the_twin_of_a_page_that_leads_on_leads_to_a_twin(site, db):
    pmid, key = db.execute("SELECT pmid, key FROM study JOIN citation ON citation.id = citation LIMIT 1").fetchone()
    for path in (f"/pmid/{pmid}.json", f"/search.json?q={pmid}"):
        assert site.get(path).headers["location"] == f"/studies/{key}.json"


def test_a_database_of_any_name_is_served(tiny_path, tmp_path):
    path = tmp_path / "another-copy.db"
    shutil.copy(tiny_path, path)
    site = Site(path)
    assert [name for name in site.datasette.databases if name != "_internal"] == ["kb"]
    for address in ("/", "/claims", "/claims.json", "/kb", "/kb/claim.json", "/kb/one_study_claims", "/kb.db"):
        assert site.get(address).status_code == 200, address
    assert site.get("/another-copy").status_code == 404
