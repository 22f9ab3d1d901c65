"""`/check` and `/check.json`: the engine of the command line, behind a form."""

import json
import subprocess
import sys
import urllib.error
import urllib.request

import pytest

from kb.site.checking import MOST_BYTES, MOST_TEXT
from tests.test_check import word_file
from tests.test_site import Reader

DRAFT = "Ketamine permanently cures CRPS. It is given in clinics.\n"
W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
WORD = word_file(f'<d xmlns:w="{W}"><w:p><w:r><w:t>{DRAFT.strip()}</w:t></w:r></w:p></d>'.encode())
EVIL = '<script>alert(1)</script> "><img src=x onerror=alert(1)> {{ 7*7 }}'


def as_form(**fields):
    return {"data": fields}


def as_file(name, content):
    return {"files": {"file": (name, content, "application/octet-stream")}}


def test_the_form_has_a_label_for_every_field(site):
    page = Reader(site.get("/check").text)
    assert "Check a draft" in page.text
    assert {"form", "textarea", "select", "input", "button"} <= set(page.tags)


@pytest.mark.parametrize(
    "sent",
    [
        as_form(text=DRAFT),
        as_form(text=DRAFT, kind="text"),
        {"files": {"text": (None, DRAFT), "kind": (None, "markdown")}},
        as_file("draft.md", DRAFT.encode()),
        as_file("draft.html", f"<p>{DRAFT}</p>".encode()),
        as_file("draft.docx", WORD),
    ],
    ids=["form", "kind", "multipart", "md", "html", "docx"],
)
def test_a_draft_is_judged_in_place(site, sent):
    response = site.post("/check", **sent)
    assert response.status_code == 200
    assert response.headers["cache-control"] == "no-store" and "set-cookie" not in response.headers
    assert "<mark>cures</mark>" in response.text
    page = Reader(response.text)
    assert "goes too far" in page.text and "Rather:" in page.text and "What readers need and did not find" in page.text
    assert any(link.startswith("/claims/") for link in page.links)


@pytest.mark.parametrize(
    "sent",
    [
        as_form(text=DRAFT),
        {"json": {"text": DRAFT, "kind": "markdown"}},
        {"content": DRAFT, "headers": {"content-type": "text/markdown"}},
        as_file("draft.md", DRAFT.encode()),
    ],
    ids=["form", "json", "text", "file"],
)
def test_the_json_is_that_of_the_command(site, real_path, tmp_path, sent):
    draft = tmp_path / "draft.md"
    draft.write_text(DRAFT, encoding="utf-8")
    command = [sys.executable, "-m", "kb.cli", "check", str(draft), "--db", str(real_path), "--format", "json"]
    expected = json.loads(subprocess.run(command, capture_output=True, check=False).stdout)
    found = site.post("/check.json", **sent).json()
    assert found["schema"] == expected["schema"] and found["kb"] == expected["kb"]
    for mine, theirs in zip(found["drafts"], expected["drafts"], strict=True):
        assert {**mine, "path": ""} == {**theirs, "path": ""}


@pytest.mark.parametrize(
    "sent, status, why",
    [
        (as_form(text=" "), 400, "nothing to check"),
        (as_form(), 400, "nothing to check"),
        (as_form(text=DRAFT, kind="exe"), 400, "kind is none of"),
        (as_file("draft.pdf", b"%PDF"), 400, ".pdf files cannot be read"),
        (as_file("draft.docx", b"no archive"), 400, "not a Word file"),
        (as_file("draft.md", b"\xff\xfe"), 400, "not UTF-8 at byte 0"),
        (as_form(text="word " * (MOST_TEXT // 5 + 1)), 413, "split it"),
        ({"content": b"\xff", "headers": {"content-type": "text/plain"}}, 400, "not UTF-8"),
        ({"content": b"{", "headers": {"content-type": "application/json"}}, 400, "not what it says it is"),
        ({"content": b"[" * 9999, "headers": {"content-type": "application/json"}}, 400, "not what it says it is"),
        ({"json": ["text"]}, 400, "nothing to check"),
        ({"json": {"text": 7}}, 400, "nothing to check"),
        ({"content": b"x", "headers": {"content-type": "image/png"}}, 415, "none that is read here"),
        ({"content": b"x", "headers": {"content-type": "multipart/form-data"}}, 400, "not what it says it is"),
        ({"content": b"--a\r\nbad", "headers": {"content-type": "multipart/form-data; boundary=a"}}, 400, ""),
    ],
)
@pytest.mark.parametrize("path", ["/check", "/check.json"])
def test_bad_input_is_one_clear_line(site, path, sent, status, why):
    response = site.post(path, **sent)
    assert response.status_code == status
    assert why in response.text
    assert "Traceback" not in response.text


def test_too_many_bytes_are_refused_before_they_are_read(site):
    assert site.post("/check", content=b"x" * (MOST_BYTES + 1)).status_code == 413


@pytest.mark.parametrize(
    "headers, status",
    [
        ({"origin": "https://elsewhere.example"}, 403),
        ({"origin": "null"}, 403),
        ({"sec-fetch-site": "cross-site"}, 403),
        ({"sec-fetch-site": "same-site"}, 403),
        ({"sec-fetch-site": "same-origin", "origin": "null"}, 200),
        ({"origin": "http://localhost"}, 200),
        ({}, 200),
    ],
)
def test_another_site_cannot_send_a_draft(site, headers, status):
    assert site.post("/check", data={"text": DRAFT}, headers=headers).status_code == status


def test_the_page_lets_no_markup_through(site):
    for kind in ("markdown", "text", "html"):
        page = site.post("/check", data={"text": f"Ketamine cures CRPS {EVIL}\n\n{EVIL}", "kind": kind}).text
        assert "<script>alert" not in page and "<img" not in page and "49" not in Reader(page).text.split()


def test_reading_the_result_needs_a_post(site):
    response = site.get("/check.json")
    assert response.status_code == 405 and response.headers["allow"] == "POST"


def test_a_draft_leaves_no_trace(real_path, tmp_path):
    """Neither in files, where a large upload would be put, nor in what the server prints."""
    secret = "Quillowmarsh"
    command = [sys.executable, "-m", "kb.cli", "serve", "--db", str(real_path), "--port", "0"]
    server = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env={"TMPDIR": str(tmp_path), "PATH": ""}, text=True
    )
    try:
        address = server.stdout.readline().strip()
        padding = f"<!-- {'x' * 1_900_000} -->".encode()
        for name, content in (("a.html", f"<p>{secret} cures CRPS.</p>".encode()), ("b.html", padding)):
            body = b'--b\r\nContent-Disposition: form-data; name="file"; filename="%s"\r\n\r\n%s\r\n--b--\r\n'
            request = urllib.request.Request(
                f"{address}check",
                body % (name.encode(), content),
                {"content-type": "multipart/form-data; boundary=b"},
            )
            try:
                answer = urllib.request.urlopen(request, timeout=30).read().decode()
                assert secret in answer
            except urllib.error.HTTPError as error:
                assert error.code == 413
            assert not list(tmp_path.iterdir())
    finally:
        server.terminate()
        printed, _ = server.communicate(timeout=20)
    assert secret not in printed
    assert secret.encode() not in real_path.read_bytes()
