"""A real Prometheus that scrapes one relay every second, with the configuration and the rules of deploy/prometheus."""

from __future__ import annotations

import http.client
import json
import math
import shutil
import socket
import subprocess
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

DEPLOYED = Path(__file__).resolve().parents[2] / "deploy" / "prometheus"
INTERVAL = 1
"""Seconds between two scrapes, and between two evaluations of the rules."""
MAX_WAIT = 60.0
"""Seconds until Prometheus must have started, or scraped."""

Series = dict[tuple[tuple[str, str], ...], float]
"""Labels, sorted by name → value."""


def free_port() -> int:
    """A TCP port on loopback that is free now."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return taken.getsockname()[1]


class Prometheus:
    """Debian's ``prometheus`` with its own port and data directory."""

    def __init__(self, directory: Path, target: str) -> None:
        """``target``: host and port of the relay's ``metrics-listen``."""
        self._port = free_port()
        self._log_path = directory / "prometheus.log"
        configuration = (DEPLOYED / "prometheus.yml").read_text()
        for shipped, here in {"127.0.0.1:9464": target, ": 15s": f": {INTERVAL}s"}.items():
            assert shipped in configuration, f"prometheus.yml has no {shipped!r}"
            configuration = configuration.replace(shipped, here)
        (directory / "prometheus.yml").write_text(configuration)
        for rules in DEPLOYED.glob("*.rules.yml"):
            shutil.copy(rules, directory)
        with self._log_path.open("wb") as log:
            self._process = subprocess.Popen(
                [
                    "prometheus", f"--config.file={directory}/prometheus.yml", f"--storage.tsdb.path={directory}/data",
                    f"--web.listen-address=127.0.0.1:{self._port}", "--log.level=warn",
                ],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log)

    def stop(self) -> None:
        self._process.kill()
        self._process.wait()

    def get(self, path: str, **parameters: str | float) -> Any:
        """The ``data`` of an answer of the API; ``AssertionError`` if Prometheus rejects the request."""
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=30)
        try:
            connection.request("GET", f"/api/v1/{path}?{urlencode(parameters)}")
            response = connection.getresponse()
            if response.status == 503:
                raise ConnectionError("Prometheus is starting")
            answer = json.loads(response.read())
        finally:
            connection.close()
        assert answer["status"] == "success", f"{parameters}: {answer}"
        return answer["data"]

    def query(self, expression: str, at: float) -> Series:
        """The series of an expression at a time (Unix seconds), without those that are not a number."""
        data = self.get("query", query=expression, time=at)
        assert data["resultType"] == "vector", expression
        found = {tuple(sorted(each["metric"].items())): float(each["value"][1]) for each in data["result"]}
        return {labels: value for labels, value in found.items() if not math.isnan(value)}

    def value(self, expression: str, at: float) -> float:
        """The value of an expression that has exactly one series."""
        found = self.query(expression, at)
        assert len(found) == 1, f"{expression}: {found}"
        return next(iter(found.values()))

    def by_label(self, metric: str, label: str, at: float) -> dict[str, float]:
        """The series of one metric that are not 0, by a label."""
        return {dict(labels)[label]: value for labels, value in self.query(f"{metric} != 0", at).items()}

    def wait_for_scrape(self) -> float:
        """Wait for a scrape that begins after now, and for the rules after it. Returns a time at which both are visible."""
        begun = time.time()
        scraped = self._wait(lambda: next(
            (at for at in self.query('timestamp(up{job="flock-relay"} == 1)', time.time()).values() if at > begun), None))
        # A record that uses another one takes a second evaluation.
        self._wait(lambda: min(self._evaluated(), default=0) > scraped + 2 * INTERVAL or None)
        return time.time()

    def _evaluated(self) -> list[float]:
        """When each group of rules was evaluated last, in Unix seconds."""
        return [datetime.fromisoformat(each["lastEvaluation"]).timestamp() for each in self.get("rules")["groups"]]

    def _wait(self, look: Callable[[], float | None]) -> float:
        """Repeat ``look`` until it finds something."""
        deadline = time.monotonic() + MAX_WAIT
        while time.monotonic() < deadline:
            try:
                if (found := look()) is not None:
                    return found
            except OSError:  # Prometheus starts.
                assert self._process.poll() is None, f"Prometheus ended: {self._log_path.read_text()}"
            time.sleep(0.1)
        raise AssertionError(f"nothing was found within {MAX_WAIT} s: {self._log_path.read_text()}")
