"""The two real programs of these tests: flock-relay and a Flock server."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, Self

import httpx

from proxy import RecordingProxy

HERE = Path(__file__).parent
START_TIMEOUT = 180.0
"""Seconds for a program to be ready; importing flock takes several, on a busy machine many."""


class RelayProcess:
    """``flock-relay serve`` on sockets in ``directory``. A context manager.

    ``environment`` is added to that of the tests.
    """

    def __init__(
        self, binary: str, directory: Path, *options: str, environment: dict[str, str] | None = None
    ) -> None:
        self._environment = {**os.environ, **(environment or {})}
        self.socket = directory / "events.sock"
        self.status_socket = directory / "status.sock"
        self._log = directory / "relay.log"
        self._command = [
            binary,
            "serve",
            "--socket",
            str(self.socket),
            "--status-socket",
            str(self.status_socket),
            "--state-dir",
            str(directory / "state"),
            "--ephemeral",
            "--allow-network",
            "127.0.0.0/8",
            *options,
        ]
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()

    def start(self) -> None:
        """Start the relay and wait until it is ready."""
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(self._command, stdout=log, stderr=log, env=self._environment)
        deadline = time.monotonic() + START_TIMEOUT
        while not self._is_ready():
            if self._process.poll() is not None:
                raise AssertionError(f"flock-relay ended with {self._process.returncode}: {self.log()}")
            if time.monotonic() > deadline:
                raise AssertionError(f"flock-relay was not ready after {START_TIMEOUT} s: {self.log()}")
            time.sleep(0.02)

    def freeze(self) -> None:
        """Send SIGSTOP: its sockets stay open and are not read."""
        self.send(signal.SIGSTOP)

    def resume(self) -> None:
        """Continue after ``freeze``."""
        self.send(signal.SIGCONT)

    def kill(self) -> None:
        """Send SIGKILL."""
        if self._process is not None and self._process.poll() is None:
            self._process.kill()
            self._process.wait()

    def stop(self) -> int:
        """Send SIGTERM, and return the exit status."""
        self.send(signal.SIGTERM)
        assert self._process is not None
        return self._process.wait(timeout=START_TIMEOUT)

    def log(self) -> str:
        """The output to stdout and stderr so far."""
        return self._log.read_text(errors="replace")

    def send(self, number: signal.Signals) -> None:
        """Send a signal."""
        assert self._process is not None
        os.kill(self._process.pid, number)

    def _is_ready(self) -> bool:
        transport = httpx.HTTPTransport(uds=str(self.status_socket))
        try:
            with httpx.Client(transport=transport, timeout=1) as client:
                return client.get("http://relay/readyz").status_code == 200
        except httpx.TransportError:
            return False


class FlockServer:
    """A Flock server of ``app.py``, or another program beside it, whose bridge talks to ``proxy``. A context manager."""

    def __init__(self, stack: str, proxy: RecordingProxy | None, *options: str, program: str = "app.py") -> None:
        self._client: httpx.Client | None = None
        self._proxy = proxy
        bridge = [] if proxy is None else ["--bridge", str(proxy.path)]
        self._command = [sys.executable, "-u", str(HERE / program), "--stack", stack, *bridge, *options]

    def __enter__(self) -> Self:
        self.launch()
        self.wait_until_started()
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait()
        self._log.close()
        if self._client is not None:
            self._client.close()

    def launch(self) -> None:
        """Start the process without waiting for it."""
        self._log = tempfile.TemporaryFile("w+b")
        self._process = subprocess.Popen(self._command, stdout=self._log, stderr=self._log)

    def wait_until_started(self) -> None:
        """Wait until uvicorn prints its port."""
        deadline = time.monotonic() + START_TIMEOUT
        while not (match := re.search(r"Uvicorn running on (http://[\d.]+:\d+)", self.output())):
            assert self._process.poll() is None, f"the Flock server ended: {self.output()}"
            assert time.monotonic() < deadline, f"not started after {START_TIMEOUT} s: {self.output()}"
            time.sleep(0.02)
        self._client = httpx.Client(base_url=match[1], timeout=60)

    def run_on(self, processors: list[int]) -> None:
        """Restrict the server to these processors."""
        for thread in Path(f"/proc/{self._process.pid}/task").iterdir():
            os.sched_setaffinity(int(thread.name), processors)

    @property
    def client(self) -> httpx.Client:
        """The HTTP client of the started server."""
        assert self._client is not None, "call wait_until_started() first"
        return self._client

    @property
    def proxy(self) -> RecordingProxy:
        """The proxy between this server's bridge and the relay."""
        assert self._proxy is not None
        return self._proxy

    def terminate(self) -> None:
        """Send SIGTERM, as a service manager does."""
        self._process.terminate()

    def wait_until_ended(self) -> None:
        """Wait until a terminated server has ended."""
        self._process.wait(timeout=START_TIMEOUT)

    def output(self) -> str:
        """The output to stdout and stderr so far."""
        size = os.fstat(self._log.fileno()).st_size
        return os.pread(self._log.fileno(), size, 0).decode(errors="replace")

    def publish(
        self, kind: str, payload: dict[str, Any], *, route: str = "/api/v1/artifacts", **fields: Any
    ) -> httpx.Response:
        """POST an artifact of type ``kind``; ``fields`` go into the body beside it."""
        return self.client.post(route, json={"type": kind, "payload": payload, **fields})

    def artifacts(self, workflow: str) -> dict[str, dict[str, Any]]:
        """Every artifact Flock itself stores under this correlation id, by artifact id."""
        found: dict[str, dict[str, Any]] = {}
        while True:
            query = {"correlation_id": workflow, "limit": 500, "offset": len(found)}
            items = self.client.get("/api/v1/artifacts", params=query).raise_for_status().json()["items"]
            found |= {item["id"]: item for item in items}
            if len(items) < 500:
                return found

    def wait_for_artifacts(
        self, count: int, workflow: str, *, timeout: float = 30
    ) -> dict[str, dict[str, Any]]:
        """Wait for ``count`` artifacts and return them; fails after ``timeout`` seconds."""
        deadline = time.monotonic() + timeout
        while len(found := self.artifacts(workflow)) < count:
            assert time.monotonic() < deadline, f"{len(found)} artifacts of {count} after {timeout} s"
            time.sleep(0.02)
        return found
