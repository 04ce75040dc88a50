"""Rows: TLS. The certificate must be valid and match the host of the URL."""

from __future__ import annotations

import ssl

from behaviours import OK, AtOnce, OnKept, Reply, Then, raw, response
from certificates import TLSEnd
from names import Host
from namespace import PRIVATE, PUBLIC
from raw_receiver import Behaviour
from row import DELIVERED, HEALTHY, Expectation, Row, fails, times_out

REJECTED = fails("tls_error", arrives=False)
VALID = TLSEnd()


def tls(
    name: str, kind: TLSEnd | None, expected: Expectation, why: str = "", receiver: Behaviour = HEALTHY, *,
    later: tuple[str, ...] = (), artifacts: int = 1,
) -> Row:
    """A row with https and its own host name, at a public address."""
    label = "".join(letter if letter.isalnum() else "-" for letter in name.lower())
    return Row(f"TLS: {name}", receiver, expected, why, f"https://tls-{label}.test:{{port}}/hook", (PUBLIC,), kind,
               Host((PUBLIC,), later=later), artifacts)


CERTIFICATES = [
    tls("valid", VALID, DELIVERED, artifacts=3),
    tls("expired", TLSEnd(days=("20200101000000Z", "20200201000000Z")), REJECTED),
    tls("not yet valid", TLSEnd(days=("20980101000000Z", "20990101000000Z")), REJECTED),
    tls("wrong name", TLSEnd(name="other.test"), REJECTED),
    tls("self-signed", TLSEnd(signer="itself"), REJECTED),
    tls("unknown authority", TLSEnd(signer="stranger"), REJECTED),
    tls("needs a client certificate", TLSEnd(asks_for_certificate=True, highest=ssl.TLSVersion.TLSv1_2), REJECTED,
        "the relay has none"),
    tls("needs a client certificate, 1.3", TLSEnd(asks_for_certificate=True), REJECTED,
        "the rejection comes after the handshake"),
    tls("1.0 only", TLSEnd(highest=ssl.TLSVersion.TLSv1), REJECTED),
    tls("1.2", TLSEnd(highest=ssl.TLSVersion.TLSv1_2), DELIVERED),
    Row("TLS: address literal", HEALTHY, DELIVERED, "the certificate is of the address",
        "https://127.0.0.1:{port}/hook", tls=VALID),
    Row("TLS: address literal, wrong name", HEALTHY, REJECTED, "", "https://127.0.0.1:{port}/hook",
        tls=TLSEnd(name="other.test")),
    tls("name turns private after the check", VALID, DELIVERED,
        "the connection goes to the checked address only", later=(PRIVATE,)),
]

HANDSHAKES = [
    tls("silence", None, times_out(arrives=False), "", AtOnce()),
    tls("closed in the handshake", None, REJECTED, "", AtOnce(then=Then.HALF_CLOSE)),
    tls("plain HTTP", None, REJECTED, "", AtOnce(raw("HTTP/1.1 400 This is HTTP"), Then.CLOSE)),
    tls("garbage", None, REJECTED, "", AtOnce(b"\0" * 64, Then.CLOSE)),
    Row("TLS: http to a TLS port", HEALTHY, fails("connection_reset", arrives=False), "the server closes the connection", tls=VALID),
]

ANSWERS = [
    tls("500", VALID, fails("http_500"), "", Reply(response("500 No"))),
    tls("closed after the request", VALID, fails("connection_reset"), "", Reply(b"", Then.CLOSE)),
    tls("silence after the request", VALID, times_out(), "", Reply(b"", Then.HOLD)),
    tls("body cut without close_notify", VALID, DELIVERED, "",
        Reply(raw("HTTP/1.1 200 OK", body=b"half"), Then.CLOSE), artifacts=2),
    tls("kept connection closed without notice", VALID, DELIVERED, "", Reply(OK, Then.CLOSE), artifacts=3),
    tls("kept connection closed by the next request", VALID, DELIVERED, "", OnKept(Then.CLOSE), artifacts=3),
]

ROWS = CERTIFICATES + HANDSHAKES + ANSWERS
