"""The proxy of deploy/ in front of two processes, as a visitor meets them."""

import http.client
import re
import shutil
import socket
import subprocess
import sys
import time

import pytest

from tests.conftest import ROOT

NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not NGINX, reason="needs nginx: apt-get install nginx-light"),
]


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for(port):
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise AssertionError(f"nothing answers on port {port}")


@pytest.fixture(scope="module")
def proxy(real_path, tmp_path_factory):
    """The port of nginx with the configuration of deploy/, only paths and ports changed."""
    folder = tmp_path_factory.mktemp("nginx")
    ports = {name: free_port() for name in ("front", "pages", "data")}
    text = (ROOT / "deploy" / "nginx.conf").read_text()
    for old, new in [
        ("listen 80", f"listen 127.0.0.1:{ports['front']}"),
        ("127.0.0.1:8001", f"127.0.0.1:{ports['pages']}"),
        ("127.0.0.1:8002", f"127.0.0.1:{ports['data']}"),
        ("/var/log/nginx/kb.log", str(folder / "kb.log")),
        ("worker_processes auto;", f"worker_processes 1; pid {folder}/pid; daemon off; error_log {folder}/error.log;"),
    ]:
        assert old in text
        text = text.replace(old, new)
    paths = "client_body proxy fastcgi uwsgi scgi".split()
    text = text.replace("http {", "http {\n" + "".join(f"{p}_temp_path {folder}/{p};\n" for p in paths), 1)
    configuration = folder / "nginx.conf"
    configuration.write_text(text)
    kb = [sys.executable, "-m", "kb.cli", "serve", "--db", str(real_path)]
    commands = [[*kb, "--part", part, "--port", str(ports[part])] for part in ("pages", "data")]
    commands.append([NGINX, "-c", str(configuration), "-e", str(folder / "error.log")])
    processes = [subprocess.Popen(c, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) for c in commands]
    try:
        for port in ports.values():
            wait_for(port)
        yield ports["front"]
    finally:
        for process in reversed(processes):
            process.terminate()
            process.communicate(timeout=20)


def get(port, path, host="kb.example.org", method="GET", body=None):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request(method, path, body, {"Host": host})
    response = connection.getresponse()
    text = response.read().decode("utf-8", "replace")
    connection.close()
    return response, text


@pytest.mark.parametrize("path", ["/", "/claims/crps", "/kb", "/kb/claim.json?_shape=array", "/kb?sql=select+1"])
def test_every_address_finds_its_process(proxy, path):
    response, _ = get(proxy, path)
    assert response.status == 200
    assert response.headers["content-security-policy"] and response.headers["x-content-type-options"] == "nosniff"
    assert re.fullmatch("nginx", response.headers["server"])


def test_styles_and_feed_come_through(proxy):
    assert get(proxy, "/-/static-plugins/evidence_kb/site.css")[0].status == 200
    _, feed = get(proxy, "/changes.atom")
    assert "http://kb.example.org/claims/" in feed


def test_another_name_gets_nothing(proxy):
    with pytest.raises(http.client.RemoteDisconnected):
        get(proxy, "/", host="evil.example")


def test_a_large_body_and_a_flood_are_refused(proxy):
    assert get(proxy, "/check", method="POST", body=b"x" * (5 << 20))[0].status == 413
    assert get(proxy, "/claims?" + "a=1&" * 1500)[0].status == 414


def test_too_many_requests_are_refused_by_the_proxy(proxy):
    statuses = [get(proxy, "/kb/claim.json?_size=1")[0].status for _ in range(60)]
    assert 429 in statuses and set(statuses) <= {200, 429}
    assert get(proxy, "/")[0].status == 200  # pages are counted apart
