"""Texts that try to run: shown as they are on every page, and nothing runs in a browser."""

import json
import re
import shutil
import threading
from html.parser import HTMLParser
from xml.etree import ElementTree

import pytest
import uvicorn

from kb.build import build
from tests.conftest import TINY, Site
from tests.hostile import ATTACKS, load_hostile

#: Every page of the tiny topic, and Datasette's pages that show its texts.
OWN = (
    "/ /conditions /conditions/hiccups /conditions/sneezing /claims /claims/stops-hiccups /claims/green-tongue /studies"
    " /studies/moss-2001 /studies/fern-2003 /articles /articles/leaflet /harms /map /changes /about /method"
    " /search?q=moonwort /search?q=hiccups /search?q=script /nothing"
).split()
STOCK = (
    "/kb /kb/claim /kb/claim/green-tongue /kb/study /kb/study/moss-2001 /kb/finding /kb/evidence /kb/evidence_table"
    " /kb/claim_summary /kb/summary_of_findings /kb/about /kb/appearance /kb/article /kb/condition /kb/outcome"
    " /kb/claim?_search=moonwort /kb/claim?_facet=statement /kb?sql=select+*+from+claim"
).split()
TYPED = ["/search?q=", "/kb/claim?_search=", "/kb?sql=", "/kb/claim?statement__contains=", "/kb/direct_trials?claim="]


@pytest.fixture(scope="module")
def hostile(tmp_path_factory):
    folder = tmp_path_factory.mktemp("hostile")
    records, count = load_hostile(TINY, folder / "data")
    assert count > 90
    build(records, folder / "kb.db")
    return Site(folder / "kb.db")


class Tags(HTMLParser):
    """Elements and attributes that could run something."""

    def __init__(self, page: str):
        super().__init__()
        self.scripts, self.found, self.inside = [], [], None
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        if tag == "script" and attributes.get("type") != "application/ld+json":
            self.scripts.append(attributes)
        if tag in ("iframe", "object", "embed", "base", "b") or attributes.get("src") == "x":
            self.found.append(tag)
        self.found += [name for name in attributes if name.startswith("on") or name in ("srcdoc", "autofocus")]
        address = (attributes.get("href") or attributes.get("action") or "").strip().lower()
        if address.startswith(("javascript:", "data:", "vbscript:")):
            self.found.append(address)


@pytest.mark.parametrize("path", OWN)
def test_our_pages_show_attacks_as_text(hostile, path):
    response = hostile.get(path)
    tags = Tags(response.text)
    assert tags.scripts == [] and tags.found == []
    assert response.status_code == (404 if path == "/nothing" else 200)
    for block in re.findall(r'<script type="application/ld\+json">(.*?)</script>', response.text, re.DOTALL):
        json.loads(block)


@pytest.mark.parametrize("path", STOCK)
def test_datasettes_pages_show_attacks_as_text(hostile, path):
    page = hostile.get(path).text
    tags = Tags(page)
    # Its own buttons focus and its own scripts run; none of them are ours to send.
    assert "window.hit" not in "".join(re.findall(r"<script[^>]*>(.*?)</script>", page, re.DOTALL))
    assert not set(tags.found) & {"iframe", "object", "embed", "onerror", "srcdoc", "onfocus", "b"}
    assert not any(str(found).startswith("javascript") for found in tags.found)


def test_attacks_are_really_on_the_pages(hostile):
    """Else their absence as markup would say nothing."""
    shown = "".join(hostile.get(path).text for path in OWN)
    assert shown.count("&lt;script&gt;") > 100
    assert "onerror=&#34;window.hit" in shown


def test_json_feed_and_citations_hold_attacks_as_data(hostile):
    for path in OWN[1:-1]:
        address = path.replace("?", ".json?", 1) if "?" in path else f"{path}.json"
        response = hostile.get(address)
        assert response.headers["content-type"].startswith("application/json")
        assert response.headers["x-content-type-options"] == "nosniff"
        response.json()
    ElementTree.fromstring(hostile.get("/changes.atom").content)


@pytest.mark.browser
def test_nothing_runs_in_a_browser(hostile):
    from playwright.sync_api import sync_playwright

    server = uvicorn.Server(uvicorn.Config(hostile.datasette.app(), port=0, log_level="error"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        assert thread.is_alive()
    address = f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    assert chromium, "Chromium is needed: apt-get install chromium"
    flags = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-sync"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=flags)
        page = browser.new_page()
        asked, dialogs = [], []
        page.on("request", lambda request: asked.append(request.url))
        page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
        typed = [prefix + attack for prefix in TYPED for attack in ATTACKS]
        for path in [*OWN, *STOCK, *typed]:
            response = page.goto(address + path.replace("#", "%23"))
            assert page.evaluate("window.hit") is None, path
            assert not page.query_selector("iframe, object, embed, [onerror], [srcdoc]"), path
            headers = response.all_headers()
            assert headers["x-content-type-options"] == "nosniff" and headers["x-frame-options"] == "DENY"
            assert headers["referrer-policy"] == "no-referrer" and "set-cookie" not in headers
            policy = headers["content-security-policy"]
            assert "frame-ancestors 'none'" in policy and "base-uri 'none'" in policy
            if not path.startswith("/kb"):
                assert "unsafe" not in policy and "script-src" not in policy and "default-src 'none'" in policy
                # The policy itself holds: a script added to the page does not run, a form goes nowhere else.
        page.goto(f"{address}/claims")
        page.evaluate(
            "() => { const s = document.createElement('script'); s.textContent = 'window.hit = 2';"
            " document.body.append(s) }"
        )
        assert page.evaluate("window.hit") is None
        assert page.context.cookies() == []
        assert all(url.startswith(address) for url in asked)
        assert dialogs == []
        browser.close()
    server.should_exit = True
    thread.join(10)
