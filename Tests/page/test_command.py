"""``flock-relay page``: the token, the Host, streams, and a relay that starts again."""

from __future__ import annotations

import http.client
import json
import subprocess
import urllib.parse
from typing import Any

from browser import Tab
from scene import Scene, artifact, registration, scene


def page(made: Scene) -> str:
    return made.run("page", "--status-socket", str(made.directory / "status.sock"))[1]


def request(address: str, target: str, method: str = "GET", **headers: str) -> tuple[int, Any, http.client.HTTPResponse]:
    connection = http.client.HTTPConnection(urllib.parse.urlsplit(address).netloc, timeout=10)
    connection.request(method, target, headers=headers)
    answer = connection.getresponse()
    body = answer.read()
    return answer.status, json.loads(body) if answer.headers["Content-Type"] == "application/json" else body, answer


def test_only_requests_with_the_token_are_answered() -> None:
    with scene() as made:
        address = page(made)
        path = urllib.parse.urlsplit(address).path
        assert len(path) == 34 and page(made) != address
        wrong = path[:-2] + ("0" if path[-2] != "0" else "1") + "/"
        for target in ["/", "/status", wrong, wrong + "status", "/" + path, path[:-1] + "x/status", path.upper(), "/?token=" + path[1:-1]]:
            status, body, _ = request(address, target)
            assert status == 403 and "flock-relay page" in body["error"], target
        for host in ["rebound.example", "127.0.0.2", ""]:
            status, body, _ = request(address, path, Host=host)
            assert status == 403 and "DNS rebinding" in body["error"], host
        assert request(address, path, Host="localhost:1")[0] == 200
        assert request(address, path, "POST")[0] == 405
        status, _, answer = request(address, path[:-1])
        assert status == 308 and answer.headers["Location"] == path
        status, body, answer = request(address, path)
        assert status == 200 and body.startswith(b"<!doctype html>")
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
        assert request(address, path + "status")[1]["deliveries"]["pending"] == 0
        assert request(address, path + "correlations/none")[0] == 404
        assert request(address, path + "attempts?x=1")[0] == 400


def test_many_connections_do_not_keep_a_browser_out() -> None:
    with scene() as made:
        address = page(made)
        place = urllib.parse.urlsplit(address)
        idle = [http.client.HTTPConnection(place.netloc) for _ in range(200)]
        for connection in idle:
            connection.connect()
        assert request(address, place.path + "status")[0] == 200


def test_the_page_follows_and_connects_again(tab: Tab) -> None:
    with scene() as made:
        address = page(made)
        made.write([registration("w", made.receiver())])
        tab.open(address + "#/")
        tab.wait("document.querySelector('#headline p').innerText.startsWith('Idle')")
        tab.count_streams()
        tab.evaluate("document.getElementById('stream-toggle').click()")
        tab.wait_for_stream()
        made.write([artifact("w", "one")])
        tab.wait("document.querySelectorAll('#stream li:not([hidden])').length === 1")
        made.relay.kill()
        tab.wait("document.querySelector('#headline').className === 'bad'")
        assert tab.text("#headline p").startswith("The relay has not answered since ")
        made.relay.start()
        tab.wait("document.querySelector('#headline').className === 'good'")
        tab.wait("document.getElementById('stream-note').innerText === ''")
        made.write([artifact("w", "two")])
        tab.wait("document.querySelector('#stream li').innerText.includes('w #2')")
        tab.open(address[:-1] + "#/workflow/w")
        tab.wait("document.querySelectorAll('.timeline tbody tr').length === 2")
        assert tab.evaluate("location.href") == address + "#/workflow/w"


def test_without_a_relay_the_command_ends_with_69() -> None:
    with scene() as made:
        made.relay.kill()
        ended = subprocess.run(
            [str(made.relay.binary), "page", "--status-socket", str(made.directory / "status.sock")],
            capture_output=True, text=True, timeout=30)
        assert ended.returncode == 69 and "no relay answers at" in ended.stderr and ended.stdout == ""


def test_a_port_in_use_is_named() -> None:
    with scene() as made:
        port = str(urllib.parse.urlsplit(page(made)).port)
        ended = subprocess.run(
            [str(made.relay.binary), "page", "--port", port, "--status-socket", str(made.directory / "status.sock")],
            capture_output=True, text=True, timeout=30)
        assert ended.returncode == 64 and port in ended.stderr
