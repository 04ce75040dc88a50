"""Rows: connections that fail, break, or are kept and then broken."""

from __future__ import annotations

from behaviours import OK, AtOnce, ByAttempt, OnKept, Reply, Then, raw, status
from namespace import BLACK_HOLE, UNROUTED
from row import DELIVERED, Row, fails, recovers, times_out

NOTHING = b""
CUT_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/pl"
HALF_BODY = raw("HTTP/1.1 200 OK", "Content-Length: 100", body=b"half")

NOT_MADE = [
    Row("refused", None, fails("connection_refused", arrives=False)),
    Row("black hole", None, times_out(arrives=False), "every SYN is dropped", f"http://{BLACK_HOLE}:{{port}}/hook"),
    Row("no route", None, fails("connection_refused", arrives=False), "the nearest class: no connection was made",
        f"http://{UNROUTED}:{{port}}/hook"),
]

SILENT = [
    Row("accepts, reads nothing, says nothing", AtOnce(), times_out(arrives=False)),
    Row("reads the request, says nothing", Reply(NOTHING, Then.HOLD), times_out()),
    Row("status line, then silence", Reply(b"HTTP/1.1 200 OK\r\n", Then.HOLD), times_out(),
        "the headers are incomplete, so nothing is decided"),
    Row("half a header, then silence", Reply(CUT_HEAD, Then.HOLD), times_out()),
    Row("100 Continue, then silence", Reply(raw("HTTP/1.1 100 Continue"), Then.HOLD), times_out()),
    Row("headers, then no body", Reply(raw("HTTP/1.1 200 OK", "Content-Length: 9"), Then.HOLD), DELIVERED),
]

BROKEN = [
    Row("reset before the request", AtOnce(NOTHING, Then.RESET),
        fails("connection_reset", or_error="connection_refused", arrives=False),
        "a reset during the connect is connection_refused"),
    Row("closed before the request", AtOnce(NOTHING, Then.CLOSE), fails("connection_reset", arrives=False)),
    Row("reset after the request", Reply(NOTHING, Then.RESET), fails("connection_reset")),
    Row("closed after the request", Reply(NOTHING, Then.CLOSE), fails("connection_reset")),
    Row("half-closed after the request", Reply(NOTHING, Then.HALF_CLOSE), fails("connection_reset")),
    Row("reset within the header", Reply(CUT_HEAD, Then.RESET), fails("connection_reset")),
    Row("closed within the status line", Reply(b"HTTP/1.1 20", Then.CLOSE), fails("connection_reset")),
    Row("reset within the body", Reply(HALF_BODY, Then.RESET), DELIVERED),
    Row("closed within the body", Reply(HALF_BODY, Then.CLOSE), DELIVERED),
    Row("half-closed within the body", Reply(HALF_BODY, Then.HALF_CLOSE), DELIVERED),
    Row("half-closed behind the answer", Reply(OK, Then.HALF_CLOSE), DELIVERED, artifacts=3),
    Row("reset, then 200", ByAttempt((Reply(NOTHING, Then.RESET), Reply(OK))), recovers("connection_reset")),
    Row("silence, then 200", ByAttempt((Reply(NOTHING, Then.HOLD), Reply(OK))), recovers("timeout", max_seconds=2.0)),
]

KEPT = [
    Row("kept connection closed without notice", Reply(OK, Then.CLOSE), DELIVERED,
        artifacts=3),
    Row("kept connection reset", Reply(OK, Then.RESET), DELIVERED, artifacts=3),
    Row("kept connection closed by the next request", OnKept(Then.CLOSE), DELIVERED,
        "the request is repeated on a new connection, within the attempt", artifacts=3),
    Row("kept connection reset by the next request", OnKept(Then.RESET), DELIVERED, artifacts=3),
    Row("Connection: close", status("200 OK", "Connection: close"), DELIVERED,
        "although the receiver keeps the connection open", artifacts=3),
]

TRUNCATED = [
    Row(f"truncated header: {name}", Reply(data, Then.CLOSE), DELIVERED,
        "read as curl does; it crashes Foundation's own HTTP code (docs/urlsession.md, row 1)", artifacts=2)
    for name, data in (
        ("within a header", CUT_HEAD), ("behind a header", b"HTTP/1.1 200 OK\r\nA: b\r\n"),
    )
] + [
    Row("truncated header of 500, then 200",
        ByAttempt((Reply(CUT_HEAD.replace(b"200", b"500"), Then.CLOSE), Reply(OK))), recovers("http_500")),
    Row("truncated header, half-closed", Reply(CUT_HEAD, Then.HALF_CLOSE), DELIVERED),
]

ROWS = NOT_MADE + SILENT + BROKEN + KEPT + TRUNCATED

