"""The receivers beside the measured healthy ones, and how they misbehave."""

from __future__ import annotations

from dataclasses import dataclass

from exchange import status_reply
from receiver_process import ReceiverProcess

SILENT_NAMES = [f"silent-{number}.example" for number in range(100)]
"""Names whose look-up never ends."""


@dataclass(frozen=True)
class Scenario:
    name: str
    healthy: int
    """Healthy origins, whose latency is measured."""
    bad: list[str]
    """URLs of the bad receivers beside them."""
    share: int
    """All of these together get as many artifacts as this number of healthy receivers."""
    lead: float
    """Seconds of load before latency is measured again, until the number of concurrent attempts is stable."""
    error: str = ""
    """The error class of every attempt to the bad receivers."""
    settles: bool = False
    """The bad receivers keep the daemon busy after the load; the next measurement waits until it is idle."""

    def pace(self, pace: float) -> float:
        """Artifacts a second for each bad receiver, if a healthy receiver gets ``pace``."""
        return pace * self.share / max(len(self.bad), 1)

    @property
    def is_light(self) -> bool:
        """Whether the bad receivers add so little load that latency must be the same as without them."""
        return self.share == 1


def scenarios() -> list[Scenario]:
    """All scenarios, with their receivers running."""
    one_hanging = ReceiverProcess(1, lambda _: None)
    hanging = ReceiverProcess(100, lambda _: None)
    failure = status_reply(500)
    failing = ReceiverProcess(5, lambda _: failure)
    names = [f"https://{name}/" for name in SILENT_NAMES]
    return [
        Scenario("no others, again", 10, [], 0, lead=1),
        Scenario("1 of 10 hangs", 9, one_hanging.urls(), 1, lead=2, error="timeout"),
        Scenario("100 hang, as much as 1", 10, hanging.urls(), 1, lead=2, error="timeout"),
        Scenario("100 hang, as much as 10", 10, hanging.urls(), 10, lead=2, error="timeout"),
        Scenario("100 silent names, as much as 1", 10, names, 1, lead=2, error="dns_error"),
        Scenario("100 silent names, as much as 10", 10, names, 10, lead=2, error="dns_error"),
        # A failing delivery ends after 1 + 2 + 4 seconds of waits: from then on the number of attempts is stable.
        Scenario("5 of 10 answer 500", 5, failing.urls(), 5, lead=9, error="http_500", settles=True),
    ]
