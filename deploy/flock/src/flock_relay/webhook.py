"""The webhook of a workflow, as a program states it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from flock_relay.webhook_fields import InvalidFields, registration_of

type Event = Literal["artifact.created", "workflow.completed"]


class InvalidWebhook(ValueError):
    """A webhook that the relay would reject. The message repeats neither the URL nor a secret."""


class Webhook:
    """Where the artifacts of a workflow are sent, and which of them."""

    __slots__ = ("registration",)

    def __init__(
        self,
        url: str,
        *,
        secret: str | Iterable[str] | None = None,
        events: Iterable[Event] | None = None,
        types: Iterable[str] | None = None,
        producers: Iterable[str] | None = None,
        ordering: Literal["parallel", "ordered"] | None = None,
        max_retries: int | None = None,
    ) -> None:
        """Without ``secret`` the secret of the bridge or of the relay signs.

        ``url``: http or https. ``secret``: one, or 1 to 4 during a rotation, the current
        one first. ``events``: "artifact.created" (alone by default) and
        "workflow.completed". ``types``, ``producers``: only artifacts of these types, whole
        or without their module, and of these agents; all by default. ``ordering``: "ordered"
        sends one delivery at a time. ``max_retries``: 0 to 100.

        Raises ``InvalidWebhook``.
        """
        given = {
            "url": url,
            "secret": _listed(secret),
            "events": _listed(events),
            "types": _listed(types),
            "producers": _listed(producers),
            "ordering": ordering,
            "max_retries": max_retries,
        }
        try:
            self.registration = registration_of({name: value for name, value in given.items() if value is not None})
        except InvalidFields as error:
            raise InvalidWebhook("; ".join(_described(error))) from None


def _listed(values: str | Iterable[str] | None) -> str | list[str] | None:
    """Any iterable as the list that the fields take; everything else is left to their validation."""
    return list(values) if isinstance(values, Iterable) and not isinstance(values, str) else values


def _described(error: InvalidFields) -> Iterable[str]:
    for each in error.errors:
        yield f"{'.'.join(str(part) for part in each['loc'])}: {each['msg']}"
