"""Reads ``/metrics`` of a daemon."""

from __future__ import annotations

import re
from pathlib import Path

from status import Connection

SAMPLE = re.compile(r'^(\w+)(?:\{(.*)\})? (\S+)$')


def by_label(status_socket: Path, name: str) -> dict[str, float]:
    """The samples of one metric: value of its label → value; the empty text without a label. ``OSError`` without an answer."""
    connection = Connection(status_socket, 10)
    try:
        connection.request("GET", "/metrics")
        lines = connection.getresponse().read().decode().splitlines()
    finally:
        connection.close()
    found = [match.groups() for line in lines if (match := SAMPLE.match(line))]
    return {labels.split('"')[1] if labels else "": float(value) for each, labels, value in found if each == name}
