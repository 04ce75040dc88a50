"""Programs that watch a relay, each in a process of its own."""

from __future__ import annotations

import http.client
import multiprocessing
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from status import Connection, Status

_processes = multiprocessing.get_context("fork")
Watch = Callable[[Path, Any], None]
"""Watches the relay of a status socket until the process is killed. Adds 1 to the shared count for each answer or line."""


class Watcher:
    """Runs a watch during a ``with`` block; ``RuntimeError`` at its end if the relay answered nothing."""

    def __init__(self, watch: Watch, status_socket: Path) -> None:
        self._seen = _processes.Value("Q", 0)
        self._name = watch.__name__
        self._process = _processes.Process(target=watch, args=[status_socket, self._seen], daemon=True)

    def __enter__(self) -> None:
        self._process.start()

    def __exit__(self, kind: object, *_: object) -> None:
        self._process.kill()
        self._process.join()
        if kind is None and self._seen.value == 0:
            raise RuntimeError(f"{self._name} saw nothing")


def scrape(status_socket: Path, seen: Any) -> None:
    """As Prometheus does, but each second."""
    each_second(lambda connection: ask(connection, "/metrics", seen), status_socket)


def page(status_socket: Path, seen: Any) -> None:
    """What the live page asks while its first view is open."""
    routes = [route for route in ("/history",) if route in served_routes(status_socket)]

    def refresh(connection: http.client.HTTPConnection) -> None:
        for route in ["/status", "/readyz", *routes]:
            ask(connection, route, seen)
        if int(time.monotonic()) % 2 == 0:
            ask(connection, "/correlations?limit=50", seen)

    each_second(refresh, status_socket)


def tail(status_socket: Path, seen: Any) -> None:
    """Reads the stream of all attempts."""
    connection = Connection(status_socket, 60)
    connection.request("GET", "/attempts")
    response = connection.getresponse()
    while block := response.read1(1 << 16):
        seen.value += block.count(b"\n")


def each_second(action: Callable[[http.client.HTTPConnection], None], status_socket: Path) -> None:
    connection = Connection(status_socket, 10)
    due = time.monotonic()
    while True:
        action(connection)
        due += 1
        time.sleep(max(due - time.monotonic(), 0))


def ask(connection: http.client.HTTPConnection, route: str, seen: Any) -> None:
    """Read a whole answer; it counts if it is 200."""
    connection.request("GET", route)
    response = connection.getresponse()
    response.read()
    seen.value += response.status == 200


def served_routes(status_socket: Path) -> set[str]:
    """The routes of this binary, from its answer to an unknown one."""
    error: str = Status(status_socket).get("/no-such-route")[1]["error"]
    return set(error.partition("the routes are ")[2].split(", "))


def has_option(binary: Path, option: str) -> bool:
    """Whether ``serve`` has an option."""
    return option in subprocess.run([binary, "serve", "--help"], capture_output=True, text=True, check=True).stdout
