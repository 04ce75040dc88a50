"""Hands lines to a daemon and gathers its replies."""

from __future__ import annotations

import json
import socket
import threading
from pathlib import Path

HELLO = b'{"type":"hello","acks":true,"grace":false}'

PATIENCE = 60.0
"""Seconds until a silent daemon counts as hung."""


def refusals(path: Path, lines: list[bytes]) -> dict[int, str]:
    """Write ``lines`` (without LF) to the event socket ``path``, wait until all are acknowledged.

    Returns the code of each refused line by its index. Raises ``RuntimeError`` if the daemon does not answer every
    line, or answers what docs/protocol.md does not allow.
    """
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(PATIENCE)
        connection.connect(str(path))
        text = b"".join(line + b"\n" for line in [HELLO, *lines])
        writer = threading.Thread(target=_write, args=[connection, text], daemon=True)
        writer.start()
        return _read(connection, len(lines) + 1)


def _write(connection: socket.socket, text: bytes) -> None:
    try:
        connection.sendall(text)
    except OSError:
        # The reader notices, too, and says where.
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
                raise RuntimeError(f"an acknowledgement that is none: {reply}")
            if acknowledged == count:
                return codes
    except TimeoutError:
        pass
    raise RuntimeError(f"the daemon answered {acknowledged} of {count} lines")


def _note(codes: dict[int, str], reply: dict[str, object], acknowledged: int) -> None:
    number, code = reply["rejected"], reply["code"]
    if not isinstance(number, int) or not isinstance(code, str) or number <= acknowledged or number - 2 in codes:
        raise RuntimeError(f"a refusal that came too late or twice: {reply}")
    codes[number - 2] = code
