"""The built site, page by page, asked in the same process."""

import itertools
import json
import re
import shutil
import xml.etree.ElementTree as ElementTree
from html.parser import HTMLParser

import pytest
import sqlite_utils

from kb.build import build
from kb.schema import TABLES, VIEW_FILES
from kb.vocabulary import VOCABULARIES
from tests.conftest import ROOT, Site

METADATA = json.loads((ROOT / "metadata.json").read_text(encoding="utf-8"))["databases"]["kb"]


class Reader(HTMLParser):
    """The links, headings, ids, title and text of a page."""

    def __init__(self, page: str):
        super().__init__()
        self.links, self.headings, self.ids, self.words, self.tags = [], [], [], [], []
        self.feed(page)
        self.text = " ".join(" ".join(self.words).split())

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        self.tags.append(tag)
        if tag == "a" and attributes.get("href"):
            self.links.append(attributes["href"])
        if re.fullmatch("h[1-6]", tag):
            self.headings.append(int(tag[1]))
        if "id" in attributes:
            self.ids.append(attributes["id"])

    def handle_data(self, data):
        self.words.append(data)


def read(site, path) -> Reader:
    response = site.get(path)
    assert response.status_code == 200, (path, response.status_code)
    return Reader(response.text)


def rows(db, sql):
    return list(db.query(sql))


def test_every_claim_page_says_what_sql_says(site, db):
    for claim in rows(db, "SELECT claim_summary.*, claim.safer_wording FROM claim_summary JOIN claim USING (id)"):
        text = read(site, f"/claims/{claim['id']}").text
        assert claim["statement"] in text
        assert claim["verdict_label"] in text
        assert f"{claim['certainty_label']} certainty" in text
        data = site.get(f"/claims/{claim['id']}.json").json()
        assert data["claim"]["verdict"] == claim["verdict"]
        assert len({e["study"] for e in data["evidence"]}) == claim["studies"]


def test_every_condition_page_says_what_sql_says(site, db):
    for condition in rows(
        db,
        "SELECT condition.*, claim.verdict, claim.certainty, claim.answer"
        " FROM condition LEFT JOIN claim ON claim.id = summary_claim",
    ):
        text = read(site, f"/conditions/{condition['id']}").text
        assert condition["label"][1:] in text
        if condition["verdict"]:
            assert VOCABULARIES["verdict"](condition["verdict"]).label in text
            assert f"{VOCABULARIES['certainty_level'](condition['certainty']).label} certainty" in text
            assert " ".join(condition["answer"].split()) in text


def test_every_study_page_says_what_sql_says(site, db):
    for study in rows(db, "SELECT study.*, citation.pmid FROM study JOIN citation ON citation.id = citation"):
        page = read(site, f"/studies/{study['key']}")
        assert " ".join(study["title"].split()) in page.text
        assert VOCABULARIES["design"](study["design"]).label in page.text
        assert not study["size"] or f"{study['size']:,}" in page.text
        findings = rows(db, f"SELECT text FROM finding WHERE study = '{study['key']}'")
        assert all(" ".join(finding["text"].split()) in page.text for finding in findings)
        if study["pmid"]:
            assert f"https://pubmed.ncbi.nlm.nih.gov/{study['pmid']}/" in page.links
            redirect = site.get(f"/pmid/{study['pmid']}")
            assert redirect.headers["location"] == f"/studies/{study['key']}"


def test_an_article_page_adds_up(site, db):
    for article in rows(db, "SELECT * FROM article"):
        data = site.get(f"/articles/{article['slug']}.json").json()
        assert sum(r["statements"] for r in data["ratings"]) == len(data["statements"])
        assert sum(n for s in data["audit"] for n in s["counts"].values()) == len(data["statements"])
        text, total = read(site, f"/articles/{article['slug']}").text, len(data["statements"])
        for rating in data["ratings"]:
            assert f"{rating['statements']} of {total} ({round(100 * rating['statements'] / total)}%)" in text


def test_home_shows_every_condition_that_has_an_answer(site, db):
    page = read(site, "/")
    for condition in rows(db, "SELECT id FROM condition WHERE summary_claim IS NOT NULL"):
        assert f"/conditions/{condition['id']}" in page.links


def test_no_internal_link_is_broken_and_external_ones_are_well_formed(site):
    queue, seen = ["/"], set()
    while queue:
        path = queue.pop()
        if path in seen:
            continue
        seen.add(path)
        response = site.get(path)
        assert response.status_code in (200, 302), path
        for link in Reader(response.text).links:
            address = link.partition("#")[0]
            if link.startswith("http"):
                assert re.fullmatch(r"https?://[\w.-]+(:\d+)?(/\S*)?(\?\S*)?", link), link
            elif address.startswith("/kb") or address.endswith(".json") or not address:
                continue  # Datasette's own pages crawl into every row and facet; they have a test of their own
            else:
                queue.append(address)
    assert len(seen) > 200


def test_pages_are_built_for_everyone(site):
    for path in ("/", "/claims", "/claims/crps", "/conditions/crps", "/studies", "/method", "/search?q=nerve"):
        response = site.get(path)
        page = Reader(response.text)
        assert '<html lang="en">' in response.text
        assert page.headings[0] == 1 and page.headings.count(1) == 1
        assert all(b - a <= 1 for a, b in zip(page.headings, page.headings[1:], strict=False)), (path, page.headings)
        assert len(page.ids) == len(set(page.ids)), path
        scripts = re.findall(r"<script[^>]*>", response.text)
        assert set(scripts) <= {'<script type="application/ld+json">'}  # data, not script
        assert "style=" not in response.text
        assert {"main", "nav", "header", "footer"} <= set(page.tags)


def test_headers_are_strict_on_our_pages_and_present_everywhere(site):
    for path in ("/", "/claims/crps", "/nothing", "/kb", "/kb/claim.json"):
        headers = site.get(path).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert "content-security-policy" in headers
    assert "unsafe-inline" not in site.get("/claims").headers["content-security-policy"]


@pytest.mark.parametrize(
    "path", ["/claims/nope", "/conditions/nope", "/studies/nope", "/pmid/1", "/articles/nope", "/nope"]
)
def test_what_is_not_there_is_said_with_a_way_on(site, path):
    response = site.get(path)
    assert response.status_code == 404
    assert "/conditions" in Reader(response.text).links
    assert site.get(f"{path}.json").json()["status"] == 404


@pytest.mark.parametrize(
    "query, expected",
    [
        ("complex regional pain", "/claims/crps"),
        ("RSD", "/claims/crps"),
        ("bladder", "/claims/bladder-harm"),
        ("Many people feel their migraine ease after an infusion", "/claims/migraine"),
        ("sigtermans", "/studies/sigtermans-2009-crps"),
    ],
)
def test_search_finds_it(site, query, expected):
    assert expected in read(site, f"/search?q={query}").links


@pytest.mark.parametrize(
    "query", ["", "   ", '"', "AND OR NOT (", "'; DROP TABLE claim; --", "*", "a" * 5000, "💉", "\x00"]
)
def test_search_survives_anything(site, query):
    response = site.get("/search", params={"q": query})
    assert response.status_code == 200
    assert "Search" in response.text


def test_search_says_why_a_result_matches(site):
    assert "<mark>bladder</mark>" in site.get("/search?q=bladder").text.lower()


def test_search_by_pmid_goes_to_the_study(site):
    for query in ("19604642", "PMID: 19604642", "pmid:19604642"):
        assert site.get("/search", params={"q": query}).headers["location"] == "/studies/sigtermans-2009-crps"


def test_nothing_found_says_what_was_searched(site):
    assert "says nothing about whether" in read(site, "/search?q=zzzzqqq").text


def test_nothing_found_counts_what_was_searched(site, db):
    text = read(site, "/search?q=zzzzqqq").text
    for table, what in [("claim", "claims"), ("study", "studies"), ("finding", "findings")]:
        assert f"{db[table].count:,} {what}" in text


@pytest.mark.parametrize(
    "query, name, expected",
    [
        ("hypertension", "blood pressure and heart rate", "/claims/raises-blood-pressure"),
        ("cystitis", "bladder and urinary tract", "/claims/bladder-harm"),
        ("algodystrophy", "reflex sympathetic dystrophy", "/claims/crps"),
        ("RSD", "reflex sympathetic dystrophy", "/claims/crps"),
    ],
)
def test_search_knows_other_names(site, query, name, expected):
    page = read(site, f"/search?q={query}")
    assert name in page.text and expected in page.links


def test_search_is_narrowed_by_kind_type_verdict_and_condition(site, db):
    data = site.get("/search.json?q=pain&verdict=contested").json()
    assert data["claims"] and {c["verdict"] for c in data["claims"]} == {"contested"}
    assert not data["studies"] and not data["findings"]
    data = site.get("/search.json?q=pain&kind=studies&condition=crps").json()
    keys = {r["study"] for r in rows(db, "SELECT study FROM study_condition WHERE condition = 'crps'")}
    assert data["studies"] and {s["key"] for s in data["studies"]} <= keys and not data["claims"]
    assert "with these filters" in read(site, "/search?q=bladder&verdict=refuted").text


def test_search_by_doi_goes_to_the_study(site, db):
    sql = "SELECT doi, key FROM citation JOIN study ON study.citation = citation.id WHERE doi IS NOT NULL LIMIT 3"
    for study in rows(db, sql):
        for query in (study["doi"], f"https://doi.org/{study['doi'].upper()}"):
            assert site.get("/search", params={"q": query}).headers["location"] == f"/studies/{study['key']}"


def test_citations_that_are_no_studies_are_found(tiny_path, tmp_path):
    path = tmp_path / "kb.db"
    shutil.copy(tiny_path, path)
    other = sqlite_utils.Database(path)
    record = {
        "id": "PMID:99000002",
        "pmid": "99000002",
        "title": "Sedge for bog ailments",
        "journal": "Bog",
        "year": 2011,
    }
    other["citation"].insert(record | {"status": "current", "source": "test", "retrieved": "2026-01-01"})
    other["citation"].populate_fts(["title", "authors", "journal", "mesh"])
    other.close()
    page = read(Site(path), "/search?q=sedge")
    assert "Sedge for bog ailments" in page.text and "https://pubmed.ncbi.nlm.nih.gov/99000002/" in page.links


def test_harms_by_time_count_what_sql_counts(site, db):
    sql = """
    SELECT setting.label AS setting, outcome.label AS harm, coalesce(horizon, '') AS horizon,
      count(DISTINCT finding.study) AS studies
    FROM finding JOIN outcome ON outcome.id = outcome JOIN study ON study.key = finding.study
    JOIN setting ON setting.id = study.setting JOIN study_standing ON study_standing.study = study.key
    WHERE grouping = 'harm' AND kind NOT IN (SELECT id FROM standing_kind WHERE withdrawn) GROUP BY 1, 2, 3
    """
    expected = {(r["setting"], r["harm"], r["horizon"]): r["studies"] for r in rows(db, sql)}
    data = site.get("/harms.json").json()["by_time"]
    shown = {
        (part["setting"], row["harm"], horizon): cell["studies"]
        for part in data
        for row in part["harms"]
        for horizon, cell in row["cells"].items()
    }
    assert shown == expected


def test_home_says_what_changed_and_who_has_not_reviewed_it(site, db):
    page = read(site, "/")
    about = {r["key"]: r["value"] for r in rows(db, "SELECT * FROM about")}
    assert " ".join(about["review_status"].split()) in page.text
    assert "What changed lately" in page.text
    assert any(link.startswith("/studies?condition=") for link in page.links)  # the map's cells
    tally = rows(db, "SELECT rating, count(*) AS n FROM appearance WHERE NOT omitted GROUP BY rating")
    data = site.get("/index.json").json()
    assert {r["id"]: r["statements"] for r in data["ratings"]} == {r["rating"]: r["n"] for r in tally}


@pytest.mark.parametrize("path", ["/kb", "/kb/claim", "/kb/claim/crps", "/kb?sql=select+1", "/kb/claim?_search=pain"])
def test_headings_of_the_stock_pages_skip_no_level(site, path):
    headings = Reader(site.get(path, follow_redirects=True).text).headings  # 1.0 has another address for SQL
    assert headings[0] == 1
    assert all(b - a <= 1 for a, b in itertools.pairwise(headings)), headings


def test_fields_of_the_stock_pages_have_names(site):
    page = site.get("/kb/claim?verdict__exact=contested").text
    for field in re.findall(r'<(?:select|textarea|input)\b[^>]*name="_filter[^>]*>', page):
        assert "aria-label=" in field
    assert 'aria-label="SQL query"' in site.get("/kb?sql=select+1").text


#: Words of the field that a first paragraph must not need.
JARGON = re.compile(r"\b(?:CI|SMD|MD|RR|OR|HR|NNT|NNH|RCT|GRADE|PICO|NRS|VAS|OCEBM|stance|heterogeneity)\b")


def test_the_first_paragraph_needs_no_words_of_the_field(site, db):
    claims = [f"/claims/{row['id']}" for row in db["claim"].rows]
    conditions = [f"/conditions/{row['id']}" for row in db["condition"].rows]
    lists = ["/conditions", "/claims", "/studies", "/articles", "/changes"]
    others = ["/", "/harms", "/map", "/method", "/about", "/articles/fmpm-ketamine-injections", *lists]
    for path in [*claims, *conditions, *others]:
        first = re.search(
            r'<p class="(?:answer|lead)">(.*?)</p>|<h1>.*?</h1>\s*<p>(.*?)</p>', site.get(path).text, re.S
        )
        assert first or path.startswith("/conditions/"), path
        if first:
            assert not JARGON.search(re.sub(r"<[^>]+>", "", first[0])), (path, first[0])


def test_a_p_value_never_stands_alone_as_a_figure(site, db):
    for claim in rows(db, "SELECT id FROM claim"):
        for row in site.get(f"/claims/{claim['id']}.json").json()["summary"]:
            figures = row["figures"]
            if figures and re.fullmatch(r"[Pp] ?[=<>] ?[0-9.]+", figures["result"]):
                assert figures["bare"]
                assert " ".join(figures["text"].split()) in read(site, f"/claims/{claim['id']}").text


def test_queries_do_not_grow_with_what_a_page_does_not_show(real_path, tiny_path):
    """The number of SQL statements of a page is the same for the tiny and the real database."""
    import sqlite3

    from kb.site import PAGES

    def statements(path, page, variables):
        seen = []
        connection = sqlite3.connect(path)
        connection.row_factory = sqlite3.Row
        connection.set_trace_callback(lambda sql: None if sql.lstrip().startswith("--") else seen.append(sql))
        page.load(connection, {}, **variables)
        connection.close()
        return len(seen)

    pages = {page.template: page for page in PAGES if page.what != "PMID"}
    for template, real_variables, tiny_variables in [
        ("home.html", {}, {}),
        ("claim.html", {"id": "crps"}, {"id": "stops-hiccups"}),
        ("condition.html", {"id": "crps"}, {"id": "hiccups"}),
        ("study.html", {"key": "sigtermans-2009-crps"}, {"key": "moss-2001"}),
    ]:
        real = statements(real_path, pages[template], real_variables)
        assert real == statements(tiny_path, pages[template], tiny_variables) <= 20


def test_harms_are_all_shown_with_medical_and_other_use_apart(site, db):
    data = site.get("/harms.json").json()
    shown = {f["id"] for part in data["systems"] for f in part["findings"]}
    sql = (
        "SELECT finding.id FROM finding JOIN outcome ON outcome.id = outcome JOIN study_standing USING (study)"
        " WHERE grouping = 'harm' AND kind <> 'retracted'"
    )
    assert shown == {row["id"] for row in rows(db, sql)}
    page = read(site, "/harms").text
    assert "Use outside medicine" in page and "Patients under treatment" in page


def test_the_map_counts_what_sql_counts_and_shows_gaps(site, db):
    data = site.get("/map.json").json()
    crps = {cell["horizon"]: cell for cell in data["cells"] if cell["condition"] == "crps"}
    sql = (
        "SELECT horizon, count(DISTINCT study) AS studies,"
        " count(DISTINCT CASE WHEN directness = 'direct' AND comparator_type <> 'none' THEN study END) AS compared"
        " FROM evidence_table WHERE claim = 'crps' AND stance <> 'context' AND outcome_group = 'benefit'"
        " AND horizon IS NOT NULL GROUP BY horizon"
    )
    expected = {r["horizon"]: (r["compared"], r["studies"] - r["compared"]) for r in rows(db, sql)}
    assert {h: (sum(cell["counts"].values()), cell["others"]) for h, cell in crps.items()} == expected
    assert "gap" in read(site, "/map").text


def test_a_forest_shows_only_effects_that_compare_groups(site, db):
    """A share of one group has no place beside a line of no difference."""
    single = "measure = 'proportion' AND low IS NOT NULL"
    sql = f"SELECT DISTINCT claim FROM evidence JOIN finding ON finding.id = finding WHERE {single}"
    claims = [row["claim"] for row in rows(db, sql)]
    assert claims
    for claim in claims:
        figures = re.findall(r"<figcaption>(.*?)</figcaption>", site.get(f"/claims/{claim}").text)
        assert not any("proportion" in title for title in figures)


@pytest.mark.parametrize("text", ["Best pizza in Naples tonight", "Order your garden furniture online"])
def test_search_stays_silent_on_something_else(site, text):
    assert "No claim matches closely" in read(site, f"/search?q={text}").text


def test_a_claim_page_carries_its_review_for_other_tools(site, db):
    for claim in rows(db, "SELECT claim.*, verdict.label FROM claim JOIN verdict ON verdict.id = verdict"):
        found = re.findall(
            r'<script type="application/ld\+json">(.*?)</script>', site.get(f"/claims/{claim['id']}").text
        )
        made = rows(db, f"SELECT * FROM appearance WHERE claim = '{claim['id']}' AND NOT omitted")
        assert len(found) == bool(made)
        for review in map(json.loads, found):
            assert review["claimReviewed"] == claim["statement"]
            assert review["reviewRating"]["alternateName"] == claim["label"]
            assert ("ratingValue" in review["reviewRating"]) == (claim["verdict"] != "insufficient-evidence")
            assert review["url"].endswith(f"/claims/{claim['id']}")
            assert review["itemReviewed"]["appearance"][0]["url"].startswith("https://")


def test_the_feed_is_well_formed_and_names_every_change(site, db):
    root = ElementTree.fromstring(site.get("/changes.atom").content)
    atom = "{http://www.w3.org/2005/Atom}"
    entries = root.findall(f"{atom}entry")
    assert len(entries) == min(db["verdict_log"].count, 200)
    assert len({entry.findtext(f"{atom}id") for entry in entries}) == len(entries)
    assert all(entry.findtext(f"{atom}updated").endswith("Z") for entry in entries)


# --- Datasette behind it ---------------------------------------------------------------


def test_every_table_view_and_column_is_described(db):
    shown = {t.name for t in [*db.tables, *db.views] if "_fts" not in t.name and not t.name.startswith("sqlite_")}
    assert shown == set(METADATA["tables"])
    for name in shown:
        assert METADATA["tables"][name]["description"]
        columns = {c.name for c in (db[name].columns)}
        assert columns == set(METADATA["tables"][name]["columns"]), name
    assert set(TABLES) | set(VOCABULARIES) <= shown
    assert VIEW_FILES


def test_datasette_shows_tables_with_words_for_keys(site):
    page = site.get("/kb/evidence?_size=5")
    assert page.status_code == 200
    assert "What a finding says about a claim." in page.text
    assert "Supports" in page.text
    assert "where search matches" in site.get("/kb/claim?_search=bladder").text


def test_tables_lead_back_to_the_pages(site):
    assert '<a href="/claims/crps">crps</a>' in site.get("/kb/claim_summary?id=crps").text
    assert '<a href="/studies/sigtermans-2009-crps">' in site.get("/kb/evidence_table?claim=crps").text
    assert "https://pubmed.ncbi.nlm.nih.gov/19604642/" in site.get("/kb/citation?pmid=19604642").text
    assert '<html lang="en">' in site.get("/kb/claim").text


def test_the_file_can_be_downloaded(site, real_path):
    response = site.get("/kb.db")
    assert response.status_code == 200
    assert response.content[:15] == b"SQLite format 3"


# --- a second topic, and a new database under a running server -------------------------


def test_the_tiny_topic_is_served_by_the_same_engine(tiny_site):
    page = read(tiny_site, "/")
    assert "Does moonwort tincture stop hiccups?" in page.text
    assert "Contested" in read(tiny_site, "/conditions/hiccups").text
    claim = read(tiny_site, "/claims/stops-hiccups")
    assert "/studies/moss-2001" in claim.links and "Moss 2001" in claim.text
    assert "MD −3 per minute (95% CI −5 to −1), p=0.01" in claim.text
    study = tiny_site.get("/studies/moss-2001").text
    assert "Moonwort &lt;i&gt;Lunaria&lt;/i&gt; against hiccups &amp; sneezing" in study
    assert "27 of 30 (90%) against 0 of 30 (0%)" in study
    for path in (
        "/claims",
        "/conditions",
        "/conditions/sneezing",
        "/studies",
        "/articles",
        "/articles/leaflet",
        "/method",
    ):
        read(tiny_site, path)


def test_a_new_database_is_served_without_a_restart(tiny, real, tmp_path):
    path = tmp_path / "kb.db"
    build(tiny, path)
    site = Site(path)
    assert "moonwort" in site.get("/").text.lower()
    build(real, path)
    assert "crps" in site.get("/").text.lower()
    assert site.get("/kb/claim.json?_shape=array&_size=max").json()[0]["id"] not in tiny.claims


def test_a_database_that_vanishes_for_a_moment_is_still_served(tiny_path, tmp_path):
    path = tmp_path / "kb.db"
    shutil.copy(tiny_path, path)
    site = Site(path)
    assert site.get("/claims").status_code == 200
    path.unlink()
    assert site.get("/claims").status_code == 200
