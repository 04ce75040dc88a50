"""Lines that the relay must reject, and lines that it must ignore."""

from __future__ import annotations

import random


def bad_line(chance: random.Random) -> bytes:
    """A line that is answered with ``rejected``."""
    return chance.choice([
        b"garbage", b'{"type":"webhook_registered"', b"[1,2]", b'"text"', b"{\xff}", b'{"a":01}',
        b'{"type":"webhook_registered","correlation_id":"bad"}',
        b'{"type":"webhook_registered","correlation_id":"bad","webhook_url":"http://10.1.2.3/"}',
        b'{"type":"webhook_registered","correlation_id":"bad","webhook_url":"ftp://example.com/"}',
        b'{"artifact_id":"a","payload":{}}',
        b'{"artifact_id":"a","payload":[],"artifact_type":"t","produced_by":"p","correlation_id":"bad","timestamp":"t"}',
        b"[" * 600 + b"]" * 600, b"\x00", b'{"s":"\\ud800"}',
    ])


def noise_line(chance: random.Random) -> bytes:
    """A line that the relay only counts; may be blank."""
    return chance.choice([
        b"", b"\r", b"{}", b'{"some":"thing"}', b'{"error_type":"E","agent_name":"a"}\r',
        b'{"artifact_id":"ignored","payload":{},"artifact_type":"t","produced_by":"p","correlation_id":null,'
        b'"timestamp":"t"}',
    ])
