"""Replies of the relay."""

from __future__ import annotations

import pytest
from flock_relay.replies import MAX_REPLY_BYTES, Acknowledged, ProtocolError, Rejected, ReplyReader


def test_replies_may_arrive_in_any_pieces() -> None:
    said = b'{"ack":1}\n\n{"rejected":2,"code":"invalid_url","message":"m"}\r\n{"ack":3}\n'
    expected = [Acknowledged(1), Rejected(2, "invalid_url", "m"), Acknowledged(3)]
    for size in (1, 2, 7, len(said)):
        reader = ReplyReader()
        pieces = [said[start : start + size] for start in range(0, len(said), size)]
        assert [reply for piece in pieces for reply in reader.feed(piece)] == expected


def test_replies_of_unknown_kinds_are_ignored() -> None:
    assert ReplyReader().feed(b'{"news":1}\n{"ack":1}\n') == [Acknowledged(1)]


@pytest.mark.parametrize("said", [b"HTTP/1.1 400\n", b"[]\n", b"\xff\n", b"1\n", b"x" * (MAX_REPLY_BYTES + 1)])
def test_anything_else_is_a_protocol_error(said: bytes) -> None:
    with pytest.raises(ProtocolError):
        ReplyReader().feed(said)
