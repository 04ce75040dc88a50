"""The load run, which all tests share, and the programs of Prometheus."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from load_run import LoadRun


@pytest.fixture(scope="session")
def run() -> Iterator[LoadRun]:
    """A load run that has ended; relay and Prometheus still work."""
    require_prometheus()
    with tempfile.TemporaryDirectory(prefix="fr-", dir="/tmp") as name:
        running = LoadRun(Path(name))
        try:
            running.run(600, 300)
            yield running
        finally:
            running.stop()


def require_prometheus() -> None:
    """Without Prometheus, a test is skipped locally and fails in CI."""
    if shutil.which("prometheus") is None or shutil.which("promtool") is None:
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)("Prometheus is not installed")
