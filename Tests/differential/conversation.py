"""Sends lines to a daemon and collects its replies."""

from __future__ import annotations

import json
import socket
import threading
from pathlib import Path

HELLO = b'{"type":"hello","acks":true,"grace":false}'

MAX_WAIT = 60.0
"""Seconds after which a daemon without replies counts as hung."""


def rejections(path: Path, lines: list[bytes]) -> dict[int, str]:
    """Write ``lines`` (without LF) to the event socket ``path``, wait until all are acknowledged.

    Returns the code of each rejected line by its index. Raises ``RuntimeError`` if the daemon does not answer every
    line, or answers what docs/protocol.md does not allow.
    """
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(MAX_WAIT)
        connection.connect(str(path))
        text = b"".join(line + b"\n" for line in [HELLO, *lines])
        writer = threading.Thread(target=_write, args=[connection, text], daemon=True)
        writer.start()
        return _read(connection, len(lines) + 1)


def _write(connection: socket.socket, text: bytes) -> None:
    try:
        connection.sendall(text)
    except OSError:
        # The reader also detects this, and reports the line.
        return


def _read(connection: socket.socket, count: int) -> dict[int, str]:
    """``count``: lines on this connection, ``hello`` included; the first one has number 1."""
    codes: dict[int, str] = {}
    acknowledged = 0
    try:
        for text in connection.makefile("rb"):
            reply = json.loads(text)
            if "ack" not in reply:
                _note(codes, reply, acknowledged)
            elif not acknowledged < (acknowledged := reply["ack"]) <= count:
                raise RuntimeError(f"an invalid acknowledgement: {reply}")
            if acknowledged == count:
                return codes
    except TimeoutError:
        pass
    raise RuntimeError(f"the daemon acknowledged {acknowledged} of {count} lines")


def _note(codes: dict[int, str], reply: dict[str, object], acknowledged: int) -> None:
    number, code = reply["rejected"], reply["code"]
    if not isinstance(number, int) or not isinstance(code, str) or number <= acknowledged or number - 2 in codes:
        raise RuntimeError(f"a rejection that came too late or twice: {reply}")
    codes[number - 2] = code
