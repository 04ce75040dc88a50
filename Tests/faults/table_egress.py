"""Rows: requests through a proxy, and certificate authorities that are trusted in addition to the system's."""

from __future__ import annotations

from behaviours import OnKept, Reply, Then, response
from certificates import TLSEnd
from names import Host
from namespace import PRIVATE, PUBLIC, PUBLIC_IPV6
from raw_receiver import Behaviour
from row import DELIVERED, HEALTHY, Expectation, Row, fails


def proxied(
    name: str, expected: Expectation, why: str = "", receiver: Behaviour | None = HEALTHY, *, scheme: str = "http",
    host: tuple[str, ...] = (PUBLIC,), at: tuple[str, ...] = (PUBLIC,), artifacts: int = 1,
) -> Row:
    """A row of the daemon with a proxy, with its own host name."""
    label = "".join(letter if letter.isalnum() else "-" for letter in name.lower())
    return Row(f"proxy: {name}", receiver, expected, why, f"{scheme}://proxied-{label}.test:{{port}}/hook", at,
               TLSEnd() if scheme == "https" else None, Host(host), artifacts, daemon="proxied")


PROXY = [
    proxied("http", DELIVERED, "CONNECT for http as well, to the address that was checked", artifacts=3),
    proxied("https", DELIVERED, scheme="https", artifacts=3),
    proxied("IPv6", DELIVERED, host=(PUBLIC_IPV6,), at=(PUBLIC_IPV6,)),
    proxied("private address", fails("address_not_allowed", attempts=1, arrives=False), host=(PRIVATE,)),
    proxied("500", fails("http_500"), receiver=Reply(response("500 No"))),
    proxied("no listener behind it", fails("connection_refused", arrives=False), "the proxy answers 502", None),
    proxied("kept connection closed by the next request", DELIVERED, receiver=OnKept(Then.CLOSE), artifacts=3),
    proxied("closed after the request", fails("connection_reset"), receiver=Reply(b"", Then.CLOSE)),
]


def trusting(name: str, tls: TLSEnd, expected: Expectation, why: str = "") -> Row:
    """A row of the daemon that also trusts the authority ``stranger``."""
    label = "".join(letter if letter.isalnum() else "-" for letter in name.lower())
    return Row(f"ca-file: {name}", HEALTHY, expected, why, f"https://trust-{label}.test:{{port}}/hook", (PUBLIC,), tls,
               Host((PUBLIC,)), daemon="trusting")


REJECTED = fails("tls_error", arrives=False)
TRUST = [
    trusting("its own authority", TLSEnd(signer="stranger"), DELIVERED),
    trusting("the system's authority", TLSEnd(), DELIVERED, "trusted in addition, not replaced"),
    trusting("self-signed", TLSEnd(signer="itself"), REJECTED),
    trusting("wrong name", TLSEnd(signer="stranger", name="other.test"), REJECTED),
]

ROWS = PROXY + TRUST
