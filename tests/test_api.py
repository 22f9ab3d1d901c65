"""The site for programs: who may read it from where, and whether it answers as it says of itself."""

import shutil

import jsonschema
import pytest
from openapi_spec_validator import validate

from kb.site import PAGES
from kb.site.described import DESCRIPTIONS
from kb.site.openapi import VARIABLE, template, twin_address
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
    assert "If-None-Match" in asked.headers["access-control-allow-headers"]
    assert "POST" not in asked.headers["access-control-allow-methods"]
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


@pytest.fixture(scope="module", params=["site", "tiny_site"])
def described(request):
    """A site with its description."""
    site = request.getfixturevalue(request.param)
    response = site.get("/openapi.json")
    assert response.status_code == 200, response.text
    return site, response.json()


def answer_schema(description, page):
    """The JSON Schema of a page's twin, ready to be resolved."""
    answers = description["paths"][template(twin_address(page.address))]["get"]["responses"]
    return answers["200"]["content"]["application/json"]["schema"] | {"components": description["components"]}


def addresses(site, page):
    """Every address of a page's twin: one for each record, those with a filter for each value of it."""
    table = {"conditions": "id FROM condition", "claims": "id FROM claim", "studies": "key FROM study"}
    table |= {"articles": "slug FROM article"}
    twin = twin_address(page.address)
    with_variable = VARIABLE.search(twin)
    if not with_variable:
        filters = {"claims": ["type=efficacy", "verdict=supported"], "studies": ["design=rct"]}
        texts = ["q=pain", "q=moonwort", "q=39999999", "q=a&kind=studies", "q="]
        queries = {"/search": texts}.get(page.address, filters.get(page.address[1:], []))
        return [twin, *(f"{twin}?{query}" for query in queries)]
    database = site.datasette.get_database("kb")
    sql = f"SELECT {table[page.address.split('/')[1]]}"
    found = site.loop.run_until_complete(database.execute_fn(lambda connection: connection.execute(sql).fetchall()))
    return [VARIABLE.sub(row[0], twin) for row in found]


def test_every_page_is_described_and_nothing_else():
    assert {template(page.address) for page in PAGES} == set(DESCRIPTIONS)


@pytest.mark.parametrize("page", [p for p in PAGES if "pmid" not in p.address], ids=lambda page: page.address)
def test_every_answer_is_what_the_description_says(described, page):
    site, description = described
    validator = jsonschema.Draft202012Validator(answer_schema(description, page))
    for address in addresses(site, page):
        response = site.get(address)
        assert response.status_code == 200, address
        for error in validator.iter_errors(response.json()):
            pytest.fail(f"{address}: {error.json_path}: {error.message[:300]}")


@pytest.mark.parametrize(
    ("change", "where"),
    [
        (lambda claim: claim.pop("statement"), "claim"),
        (lambda claim: claim.update(verdict="perhaps"), "claim"),
        (lambda claim: claim.update(certainty=None), "claim"),
        (lambda claim: claim.update(new=1), "claim"),
    ],
)
def test_an_answer_that_is_not_so_does_not_pass(described, change, where):
    site, description = described
    page = next(page for page in PAGES if page.address.startswith("/claims/"))
    data = site.get(addresses(site, page)[0]).json()
    validator = jsonschema.Draft202012Validator(answer_schema(description, page))
    assert validator.is_valid(data)
    change(data[where])
    assert not validator.is_valid(data)


def test_the_description_is_openapi_and_its_examples_are_answered(described):
    site, description = described
    validate(description)
    for path, item in description["paths"].items():
        if "get" not in item:
            continue
        values = {p["name"]: p["example"] for p in item["get"]["parameters"] if p["in"] == "path" and "example" in p}
        if "{" in path and not values:
            continue  # a knowledge base without a PMID
        response = site.get(path.format(**values))
        assert str(response.status_code) in item["get"]["responses"], path
        assert response.status_code in (200, 302) or path.startswith("/pmid/"), path


@pytest.mark.parametrize("path", ["/claims/%C3%A4.json", "/claims/a%20b.json", "/%25.json", "/claims/a%2Fb.json"])
def test_an_encoded_address_that_is_nobodys_is_not_led_on(tiny_site, path):
    response = tiny_site.get(path)
    assert (response.status_code, response.json()["status"]) == (404, 404)
    page = tiny_site.get(path.removesuffix(".json"))
    assert page.status_code == 404 and "text/html" in page.headers["content-type"]


@pytest.mark.parametrize(
    ("name", "draft", "relations"),
    [
        (
            "site",
            "Ketamine is a miracle cure for CRPS pain. See PMID 30716769, 10.9999/none.",
            "overstates",
        ),
        ("tiny_site", "# Moonwort\n\nMoonwort stops hiccups.\n", ""),
    ],
)
def test_a_checked_draft_is_answered_as_described(request, name, draft, relations):
    site = request.getfixturevalue(name)
    description = site.get("/openapi.json").json()
    answers = description["paths"]["/check.json"]["post"]["responses"]
    response = site.loop.run_until_complete(site.datasette.client.post("/check.json", json={"text": draft}))
    schema = answers[str(response.status_code)]["content"]["application/json"]["schema"]
    data = response.json()
    jsonschema.validate(data, schema | {"components": description["components"]})
    assert relations in str(data)
