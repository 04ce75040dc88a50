"""Rows: requests that are sent again within an attempt, by libcurl or by the relay; and answers that must not cause it.

Every arrival of a request, complete or cut, is compared with its body. ``sendings`` counts the arrivals, so a row fails if
the request is not sent again, or too often. Tried with libcurl 7.88; "the relay" means that libcurl reports an error, and that
the relay repeats the request on a new connection.
"""

from __future__ import annotations

from certificates import TLSEnd
from frames import Code
from names import Host
from namespace import PUBLIC
from row import DELIVERED, Expectation, Row, fails, recovers
from sending import (
    Act, Interrupting, Interruption, Place, announce_going_away, answer, close, go_away, go_away_below, reset, reset_stream)

SMALL = 0
LARGE = 1_048_576
"""Bytes of a body that is 16 times as long as the window of an HTTP/2 stream."""
BOTH_SIZES = (SMALL, LARGE)
EARLY = ((Place.BEFORE, SMALL), (Place.BEFORE, LARGE), (Place.WITHIN, LARGE))
PLACES = (*EARLY, (Place.BEHIND, SMALL), (Place.BEHIND, LARGE))

BOTH = ("h2", "http/1.1")
HTTP_1 = ("http/1.1",)

REQUIRED = reset_stream(Code.HTTP_1_1_REQUIRED)
REFUSED = reset_stream(Code.REFUSED_STREAM)
ON_NEW = "not within the attempt: libcurl reports an error, and on a new connection it counts"
FINISHED = reset_stream(Code.NO_ERROR)
"""After an answer: the rest of the request is not needed (RFC 9113, 8.1)."""



def resent(
    name: str, receiver: Interrupting, expected: Expectation, why: str, *, size: int = SMALL, artifacts: int = 1,
    is_burst: bool = False, scheme: str = "https", daemon: str = "main",
) -> Row:
    """A row with its own host name, at a public address."""
    name = f"{name}, {size >> 10} KiB" if size else name
    label = "".join(letter if letter.isalnum() else "-" for letter in name.lower())
    return Row(f"resent: {name}", receiver, expected, why, f"{scheme}://{label}.test:{{port}}/hook", (PUBLIC,),
               TLSEnd() if scheme == "https" else None, Host((PUBLIC,)), artifacts, is_burst, size, daemon=daemon)


def first(place: Place, *acts: Act, goes_on: bool = False) -> Interrupting:
    """Each artifact's request is interrupted when it arrives for the first time."""
    return Interrupting((Interruption(place, acts, goes_on),))


def kept(
    place: Place, *acts: Act, window: int = 65_535, protocols: tuple[str, ...] = BOTH,
) -> Interrupting:
    """The same, but only for requests on the receiver's first connection, after its first answer."""
    return Interrupting((Interruption(place, acts),), only_kept=True, protocols=protocols, window=window)


def delivered(min_sendings: int, max_sendings: int | None = None) -> Expectation:
    """Within one attempt for each artifact, but with so many sendings of all of them."""
    return Expectation(None, 1, sendings=range(min_sendings, (max_sendings or min_sendings) + 1), arrives=None)


def exactly(sendings: int) -> range:
    return range(sendings, sendings + 1)


STREAMS = [
    row
    for place, size in PLACES
    for row in (
        resent(f"HTTP_1_1_REQUIRED {place.value}", first(place, REQUIRED), delivered(4),
               "by libcurl, over HTTP/1.1", size=size, artifacts=2),
        resent(f"REFUSED_STREAM {place.value}", first(place, REFUSED), delivered(4),
               "by libcurl, on a new connection", size=size, artifacts=2),
    )
]

REPEATED = [
    resent("REFUSED_STREAM four times", Interrupting((Interruption(Place.BEFORE, (REFUSED,)),) * 4), delivered(5),
           "by libcurl, up to five times"),
    resent("REFUSED_STREAM always", Interrupting((Interruption(Place.BEFORE, (REFUSED,)),) * 50),
           fails("connection_reset", arrives=None, sendings=exactly(18)), "by libcurl, five times for each attempt"),
    resent("REFUSED_STREAM, then HTTP_1_1_REQUIRED",
           Interrupting((Interruption(Place.BEFORE, (REFUSED,)), Interruption(Place.WITHIN, (REQUIRED,)))), delivered(3),
           "by libcurl, each time as above", size=LARGE),
]

GOAWAY = [
    *(resent(f"GOAWAY below {place.value}", first(place, go_away_below),
             recovers("protocol_error", arrives=None, sendings=exactly(2)), ON_NEW, size=size)
      for place, size in PLACES),
    *(resent(f"GOAWAY below {place.value}, closed", first(place, go_away_below, close),
             recovers("protocol_error", arrives=None, sendings=exactly(2)), ON_NEW, size=size)
      for place, size in EARLY),
    *(resent(f"GOAWAY {place.value}, answered", first(place, go_away, goes_on=True), delivered(2),
             "never: the stream is not above the last one", size=size, artifacts=2)
      for place, size in EARLY),
    *(resent(f"GOAWAY announced {place.value}, answered", first(place, announce_going_away, goes_on=True), delivered(2),
             "never: no stream is above the last one", size=size, artifacts=2)
      for place, size in EARLY),
    *(resent(f"GOAWAY {place.value}, closed", first(place, go_away, close),
             recovers("connection_reset", arrives=None, sendings=exactly(2)), ON_NEW, size=size)
      for place, size in PLACES),
]

KEPT = [
    row
    for place, size in PLACES
    for row in (
        resent(f"kept HTTP/2, GOAWAY {place.value}, closed", kept(place, go_away, close), delivered(3),
               "by the relay", size=size, artifacts=2),
        resent(f"kept HTTP/2, closed {place.value}", kept(place, close), delivered(3),
               "by the relay", size=size, artifacts=2),
        resent(f"kept HTTP/1.1, closed {place.value}", kept(place, close, protocols=HTTP_1), delivered(3),
               "by libcurl or the relay", size=size, artifacts=2, scheme="http"),
        resent(f"kept HTTP/1.1 over TLS, reset {place.value}", kept(place, reset, protocols=HTTP_1), delivered(3),
               "by libcurl or the relay", size=size, artifacts=2),
    )
]

HELD = [
    resent(f"{name} with a window of 0", kept(Place.BEFORE, *acts, window=0), delivered(3),
           "nothing of the body can have been sent", size=size, artifacts=2)
    for size in BOTH_SIZES
    for name, acts in (
        ("HTTP_1_1_REQUIRED", (REQUIRED,)), ("REFUSED_STREAM", (REFUSED,)), ("GOAWAY below", (go_away_below,)),
        ("GOAWAY, closed", (go_away, close)), ("closed", (close,)),
    )
]


def rejecting(
    name: str, status: int, place: Place, size: int, *then: Act, protocols: tuple[str, ...] = BOTH,
) -> Row:
    """All attempts are answered with this status."""
    interruption = Interruption(place, (answer(status), *then))
    return resent(
        f"{status} over {name} {place.value}", Interrupting((interruption,) * 3, protocols=protocols),
        fails(f"http_{status}", sendings=exactly(3), arrives=None), "never: an answer like any other", size=size)


ANSWERED = [
    row
    for status in (417, 421)
    for place, size in EARLY
    for row in (
        rejecting("HTTP/1.1", status, place, size, protocols=HTTP_1),
        rejecting("HTTP/2", status, place, size),
        rejecting("HTTP/2 with NO_ERROR", status, place, size, FINISHED),
    )
] + [
    rejecting("HTTP/1.1, closed,", status, Place.WITHIN, LARGE, close, protocols=HTTP_1) for status in (417, 421)
]

BURSTS = [
    resent(f"four at once, {name}", kept(Place.BEFORE, act), delivered(6, 9),
           "each stream of the kept connection; not all four need to come on it",
           size=size, artifacts=5, is_burst=True)
    for name, act, sizes in (
        ("HTTP_1_1_REQUIRED", REQUIRED, BOTH_SIZES), ("REFUSED_STREAM", REFUSED, BOTH_SIZES),
        ("GOAWAY below", go_away_below, BOTH_SIZES), ("closed", close, BOTH_SIZES))
    for size in sizes
]

PROXIED = [
    resent(f"proxied, {name}", kept(Place.WITHIN, act), delivered(3), "through the proxy again", size=LARGE, artifacts=2,
           daemon="proxied")
    for name, act in (("HTTP_1_1_REQUIRED", REQUIRED), ("REFUSED_STREAM", REFUSED), ("GOAWAY below", go_away_below))
]

ROWS = STREAMS + REPEATED + GOAWAY + KEPT + HELD + ANSWERED + BURSTS + PROXIED
