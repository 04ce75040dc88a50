"""Rows: receivers that speak HTTP/2, negotiated in the TLS handshake."""

from __future__ import annotations

from certificates import TLSEnd
from http2_receiver import HTTP2
from names import Host
from namespace import PUBLIC
from row import DELIVERED, Expectation, Row, fails, recovers, times_out


def http2(behaviour: str, expected: Expectation, why: str = "", artifacts: int = 1) -> Row:
    """A row with https and its own host name, at a public address."""
    label = "".join(letter if letter.isalnum() else "-" for letter in behaviour.lower())
    return Row(f"HTTP/2: {behaviour}", HTTP2(behaviour), expected, why, f"https://h2-{label}.test:{{port}}/hook",
               (PUBLIC,), TLSEnd(), Host((PUBLIC,)), artifacts)


ROWS = [
    http2("ok", DELIVERED, artifacts=5),
    http2("500", fails("http_500")),
    http2("421", fails("http_421"), "not repeated on another connection within the attempt"),
    http2("429", fails("http_429", waits=(1.0, 1.0)), "Retry-After in HTTP/2's spelling"),
    http2("401", fails("http_401")),
    http2("silent", times_out()),
    http2("interim", DELIVERED),
    http2("trailers", DELIVERED, artifacts=2),
    http2("HTTP_1_1_REQUIRED", DELIVERED, "the same request, over HTTP/1.1 and with its body", artifacts=3),
    http2("HTTP_1_1_REQUIRED behind the body", DELIVERED, "likewise", artifacts=3),
    http2("refused once", DELIVERED, "repeated within the attempt, with its body", artifacts=3),
    http2("reset behind the request", fails("protocol_error")),
    http2("reset behind the headers", DELIVERED, artifacts=2),
    http2("GOAWAY before the body, once", recovers("connection_reset", max_seconds=0.1, arrives=None),
          "on a new connection the failure counts"),
    http2("GOAWAY behind the body, once", recovers("connection_reset", max_seconds=0.1), "likewise"),
    http2("GOAWAY on a kept connection", DELIVERED, "repeated on a new one within the attempt, with its body",
          artifacts=3),
    http2("GOAWAY behind the answer", DELIVERED, artifacts=3),
    http2("body without end", DELIVERED, artifacts=2),
]
