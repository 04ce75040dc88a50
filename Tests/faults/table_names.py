"""Rows: names. The relay looks each one up, checks every address, and connects to a checked address."""

from __future__ import annotations

from behaviours import status
from certificates import TLSEnd
from names import REFUSED, SERVFAIL, Host
from namespace import (
    BLACK_HOLE, BLACK_HOLE_IPV6, OTHER_PUBLIC, PRIVATE, PUBLIC, PUBLIC_IPV6, UNROUTED_IPV6)
from raw_receiver import Behaviour
from row import DELIVERED, MAX_DELAY, TIMEOUT, HEALTHY, Expectation, Row, fails, recovers

FORBIDDEN = fails("address_not_allowed", attempts=1, arrives=False)
UNKNOWN = fails("dns_error", arrives=False)
SLOWLY_UNKNOWN = fails("dns_error", arrives=False, max_seconds=TIMEOUT)


def named(
    name: str, host: Host | None, expected: Expectation, why: str = "", *, url: str = "",
    at: tuple[str, ...] = (PUBLIC,), receiver: Behaviour = HEALTHY, tls: TLSEnd | None = None, **more: object,
) -> Row:
    """A row whose URL has its own host name."""
    label = "".join(letter if letter.isalnum() else "-" for letter in name.lower()).strip("-")
    url = url or f"http://{label}.test:{{port}}/hook"
    return Row(f"name: {name}", receiver, expected, why, url, at, tls, host, **more)


FAILING = [
    named("NXDOMAIN", None, UNKNOWN),
    named("SERVFAIL", Host(code=SERVFAIL), UNKNOWN),
    named("REFUSED", Host(code=REFUSED), UNKNOWN),
    named("without addresses", Host(), UNKNOWN),
    named("never answered", Host(answers=False), SLOWLY_UNKNOWN, "the look-up has its own deadline"),
    named("IPv6 question never answered", Host((PUBLIC,), answers_ipv6=False),
          recovers("dns_error", max_seconds=TIMEOUT, arrives=None), "the IPv4 address is used after the resolver has given up"),
    named("answered with garbage", Host(garbage=True), SLOWLY_UNKNOWN),
    named("NXDOMAIN for https", None, UNKNOWN, url="https://nowhere.test:{port}/hook"),
]

ALLOWED = [
    named("public address", Host((PUBLIC,)), DELIVERED, "at the checked address, with the name in Host", artifacts=2),
    named("public address, strict", Host((PUBLIC,)), DELIVERED, "nothing but these is allowed", daemon="strict"),
    named("slow", Host((PUBLIC,), delay=0.7), Expectation(None, 1, max_seconds=1.4), "0.7 s for each question"),
    named("IPv4 and IPv6", Host((PUBLIC, PUBLIC_IPV6)), DELIVERED, "the resolver puts the IPv6 address first",
          at=(PUBLIC_IPV6,)),
    named("IPv6 only", Host((PUBLIC_IPV6,)), DELIVERED, at=(PUBLIC_IPV6,), artifacts=2),
    named("IPv6 without a route", Host((PUBLIC, UNROUTED_IPV6)), DELIVERED, "within one attempt"),
    named("IPv6 that drops every packet", Host((PUBLIC, BLACK_HOLE_IPV6)),
          Expectation(None, 1, min_seconds=TIMEOUT / 2 - 0.1, max_seconds=TIMEOUT / 2),
          "each address but the last gets a share of the time, at most two seconds"),
    named("one of two addresses drops every packet", Host((BLACK_HOLE, PUBLIC)), Expectation(None, 1, max_seconds=TIMEOUT / 2),
          "the order of the two is the name server's"),
    named("alias", Host((PUBLIC,), alias="canonical.test"), DELIVERED, "Host has the name of the URL"),
    named("internationalized", Host((PUBLIC,)), DELIVERED, "looked up and sent as xn--bcher-kva.test",
          url="http://B\u00dccher.test:{port}/hook", artifacts=2),
    named("internationalized, https", Host((PUBLIC,)), DELIVERED, "SNI and the certificate have the ASCII form, too",
          url="https://\u65e5\u672c\u8a9e.test:{port}/hook", tls=TLSEnd()),
    named("changes after the look-up", Host((PUBLIC,), later=(PRIVATE,)), DELIVERED,
          "the connection goes to the checked address"),
    named("two public addresses", Host((PUBLIC, OTHER_PUBLIC)), fails("http_500"), "attempts take them in turn",
          at=(PUBLIC, OTHER_PUBLIC), receiver=status("500 No")),
    named("localhost, allowed", None, DELIVERED, "allow-network covers 127.0.0.0/8",
          url="http://localhost:{port}/hook", at=("127.0.0.1",)),
    named("loopback address, allowed", Host(("127.0.0.1",)), DELIVERED, at=("127.0.0.1",)),
]

NOT_ALLOWED = [
    named("private address", Host((PRIVATE,)), FORBIDDEN),
    named("private address, internationalized", Host((PRIVATE,)), FORBIDDEN, url="http://\u00fc-private.test:{port}/hook"),
    named("private address, https", Host((PRIVATE,)), FORBIDDEN, url="https://private-https.test:{port}/hook"),
    named("one private among many", Host((PUBLIC, OTHER_PUBLIC, PRIVATE)), FORBIDDEN, "every address must be allowed"),
    named("alias of a private one", Host((PRIVATE,), alias="inner.test"), FORBIDDEN),
    named("metadata", Host(("169.254.169.254",)), FORBIDDEN),
    named("0.0.0.0", Host(("0.0.0.0",)), FORBIDDEN),
    named("public IPv4, private IPv6", Host((PUBLIC, "fd00::1")), FORBIDDEN),
    named("public IPv4, IPv6 loopback", Host((PUBLIC, "::1")), FORBIDDEN, daemon="strict"),
    named("private in IPv4-mapped form", Host((PUBLIC, f"::ffff:{PRIVATE}")), FORBIDDEN),
    named("private in NAT64 form", Host((PUBLIC, f"64:ff9b::{PRIVATE}")), FORBIDDEN),
    named("private in 6to4 form", Host((PUBLIC, "2002:0a42:0001::1")), FORBIDDEN),
    named("localhost, strict", None, FORBIDDEN, url="http://localhost:{port}/hook", daemon="strict"),
    named("localhost in other letters, strict", None, FORBIDDEN, "they are mapped to ASCII before the look-up",
          url="http://loca\uff4chost:{port}/hook", daemon="strict"),
    named("loopback address, strict", Host(("127.0.0.1",)), FORBIDDEN, daemon="strict"),
]

LITERALS = [
    Row("IPv6 literal, loopback", HEALTHY, DELIVERED, "allow-network covers it", "http://[::1]:{port}/hook", ("::1",)),
    Row("IPv6 literal, public", HEALTHY, DELIVERED, "", f"http://[{PUBLIC_IPV6}]:{{port}}/hook", (PUBLIC_IPV6,),
        daemon="strict"),
    Row("IPv6 literal, TLS", HEALTHY, DELIVERED, "the certificate is of the address", "https://[::1]:{port}/hook",
        ("::1",), tls=TLSEnd()),
]

CHANGING = [
    named("public, then private", Host((PUBLIC,), later=(PRIVATE,)),
          fails("address_not_allowed", attempts=2, first_error="http_503", waits=(MAX_DELAY,), arrives=None),
          "checked again once the answer is too old; the last attempt is final",
          receiver=status("503 Busy", f"Retry-After: {MAX_DELAY:.0f}")),
]

ROWS = FAILING + ALLOWED + NOT_ALLOWED + LITERALS + CHANGING
