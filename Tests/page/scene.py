"""A relay with receivers that answer, fail and hang, and lines for it."""

from __future__ import annotations

import contextlib
import json
import re
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from backlog import Load
from relay import Relay, copy_binary


def registration(workflow: str, url: str, **fields: Any) -> bytes:
    """The line that ties a workflow to a URL."""
    return json.dumps({"type": "webhook_registered", "correlation_id": workflow, "webhook_url": url, **fields}).encode()


def artifact(workflow: str, identity: str, kind: str = "Order") -> bytes:
    """The line of an artifact that is made now."""
    now = datetime.now(timezone.utc).isoformat()
    return json.dumps({
        "correlation_id": workflow, "artifact_id": identity, "artifact_type": kind, "produced_by": "page",
        "payload": {"total": 1}, "tags": [], "timestamp": now, "created_at": now}).encode()


class Scene:
    """A daemon whose routes are also served on a port of loopback."""

    def __init__(self, directory: Path, *options: str) -> None:
        self.directory = directory
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        self.address = f"http://127.0.0.1:{port}/"
        self.relay = Relay(
            copy_binary(directory), directory, directory / "state", "--metrics-listen", f"127.0.0.1:{port}", *options)
        self._programs: list[subprocess.Popen[str]] = []

    def start(self) -> None:
        self.relay.start()

    def stop(self) -> None:
        self.relay.kill()
        for program in self._programs:
            program.kill()
            program.wait()

    def run(self, *arguments: str) -> tuple[subprocess.Popen[str], str]:
        """Starts a command of the relay that prints its address; returns it too."""
        program = subprocess.Popen([str(self.relay.binary), *arguments], stdout=subprocess.PIPE, text=True)
        self._programs.append(program)
        assert program.stdout is not None
        found = re.search(r"http://\S+/", program.stdout.readline())
        assert found, f"{arguments} printed no address"
        # What it prints later must not fill its pipe.
        threading.Thread(target=program.stdout.read, daemon=True).start()
        return program, found[0]

    def receiver(self, *options: str) -> str:
        """The URL of a receiver, see ``flock-relay listen``."""
        return self.run("listen", "--port", "0", *options)[1]

    def write(self, lines: list[bytes]) -> None:
        """Returns when all lines are acknowledged."""
        load = Load(self.relay)
        for start in range(0, len(lines), 1000):
            load.write(lines[start:start + 1000])
            load.wait(4000)
        load.wait()

    def get(self, route: str) -> Any:
        """The JSON of a route of the status socket."""
        return self.relay.status.get(route)[1]

    def settle(self, condition: Any, seconds: float = 60) -> Any:
        """The status as soon as it meets the condition."""
        deadline = time.monotonic() + seconds
        while not condition(status := self.get("/status")):
            assert time.monotonic() < deadline, status
            time.sleep(0.1)
        return status

    @contextlib.contextmanager
    def load(self, workflows: list[str], pace: float) -> Iterator[None]:
        """Artifacts for the workflows in turn, ``pace`` a second, as long as the block runs."""
        stop = threading.Event()

        def write() -> None:
            with socket.socket(socket.AF_UNIX) as connection:
                connection.connect(str(self.relay.socket))
                begun = time.monotonic()
                number = 0
                while not stop.is_set():
                    due = int((time.monotonic() - begun) * pace)
                    for number in range(number, due):
                        workflow = workflows[number % len(workflows)]
                        connection.sendall(artifact(workflow, f"load-{begun}-{number}") + b"\n")
                    number = due
                    time.sleep(0.01)

        thread = threading.Thread(target=write)
        thread.start()
        try:
            yield
        finally:
            stop.set()
            thread.join()


@contextlib.contextmanager
def scene(*options: str) -> Iterator[Scene]:
    """A running scene in a short directory, because a socket path has at most 107 bytes."""
    with tempfile.TemporaryDirectory(prefix="fr-", dir="/tmp") as directory:
        made = Scene(Path(directory), *options)
        try:
            made.start()
            yield made
        finally:
            made.stop()
