"""A client of the status socket."""

from __future__ import annotations

import http.client
import json
import socket
from pathlib import Path
from typing import Any
from urllib.parse import quote


class Connection(http.client.HTTPConnection):
    """HTTP over a Unix-domain socket."""

    def __init__(self, path: Path, timeout: float) -> None:
        super().__init__("relay", timeout=timeout)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(self._path))


class Status:
    """The status of one daemon. ``OSError`` or ``HTTPException`` if it does not answer."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def get(self, route: str, timeout: float = 10) -> tuple[int, Any]:
        """Status code and JSON."""
        code, body = self._read(route, timeout)
        return code, json.loads(body)

    def text(self, route: str) -> str:
        """The body."""
        return self._read(route, timeout=10)[1].decode()

    def _read(self, route: str, timeout: float) -> tuple[int, bytes]:
        connection = Connection(self._path, timeout)
        try:
            connection.request("GET", route)
            response = connection.getresponse()
            return response.status, response.read()
        finally:
            connection.close()

    def readiness(self) -> int | None:
        """200, 503, or None without an answer."""
        try:
            return self.get("/readyz", timeout=5)[0]
        except (OSError, http.client.HTTPException):
            return None

    def describe(self) -> str:
        """The answer of ``/readyz``, or why there is none."""
        try:
            return str(self.get("/readyz", timeout=5))
        except (OSError, http.client.HTTPException) as error:
            return repr(error)

    def pending(self) -> int:
        return self.get("/status")[1]["deliveries"]["pending"]

    def workflow(self, correlation_id: str) -> dict[str, Any] | None:
        """``/correlations/{id}`` with all deliveries, or None if the workflow is unknown."""
        target = f"/correlations/{quote(correlation_id, safe='')}?limit=1000"
        code, found = self.get(target, timeout=60)
        if code != 200:
            return None
        page = found
        while "next_sequence" in page:
            code, page = self.get(f"{target}&from={page['next_sequence']}", timeout=60)
            if code != 200:
                return None
            found["deliveries"] += page["deliveries"]
        return found
