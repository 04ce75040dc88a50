"""Receivers that speak HTTP/2: one node process for all of them."""

from __future__ import annotations

import base64
import json
import subprocess
import threading
import time
from dataclasses import dataclass
from pathlib import Path

from raw_receiver import Request

SCRIPT = Path(__file__).with_name("http2_receiver.mjs")


@dataclass(frozen=True)
class HTTP2:
    """The behaviour of such a receiver, by its name in http2_receiver.mjs."""

    behaviour: str


class HTTP2Receiver:
    """One receiver, as used by a row."""

    def __init__(self) -> None:
        self.requests: list[Request] = []
        self.reached: set[str] = set()


class HTTP2Receivers:
    """All HTTP/2 receivers: added one by one, then started together."""

    def __init__(self) -> None:
        self._configuration: list[dict[str, object]] = []
        self._receivers: dict[int, HTTP2Receiver] = {}
        self._process: subprocess.Popen[bytes] | None = None

    def add(self, port: int, behaviour: str, certificate: Path, key: Path) -> HTTP2Receiver:
        self._configuration.append(
            {"port": port, "behaviour": behaviour, "cert": str(certificate), "key": str(key)})
        self._receivers[port] = HTTP2Receiver()
        return self._receivers[port]

    def start(self) -> None:
        """Start all; returns once they listen."""
        if not self._configuration:
            return
        self._process = subprocess.Popen(
            ["node", str(SCRIPT), json.dumps(self._configuration)], stdout=subprocess.PIPE)
        assert self._process.stdout is not None
        if self._process.stdout.readline() != b"ready\n":
            raise RuntimeError("the HTTP/2 receivers do not start")
        threading.Thread(target=self._read, daemon=True).start()

    def stop(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def _read(self) -> None:
        assert self._process is not None and self._process.stdout is not None
        for line in self._process.stdout:
            found = json.loads(line)
            headers = dict(found["headers"])
            headers["host"] = headers.get(":authority", headers.get("host"))
            address = str(found["address"]).removeprefix("::ffff:")
            receiver = self._receivers[found["port"]]
            receiver.reached.add(address)
            receiver.requests.append(
                Request(headers.get(":path", "/hook"), headers, base64.b64decode(found["body"]), address,
                        time.monotonic()))
