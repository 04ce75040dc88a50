"""What a caller asks for: the webhook of one workflow."""

from __future__ import annotations

import base64
from collections.abc import Iterable
from typing import NamedTuple

CREATED, COMPLETED = "artifact.created", "workflow.completed"
"""The events that a registration can ask for."""

MAX_SECRETS = 4
"""Maximum of signing secrets of one registration."""

MAX_TEXT_BYTES = 1024
"""Maximum UTF-8 bytes of a secret, a type and a producer; the relay rejects longer ones."""

STANDARD_PREFIX = "whsec_"


class InvalidSecret(ValueError):
    """A signing secret that the relay would reject."""


class Registration(NamedTuple):
    """The webhook of a workflow. None, and no secrets, mean the default of the relay.

    ``url``: where deliveries go. ``secrets``: 0 to 4 signing secrets, the current one first.
    ``events``: which events are sent. ``types``, ``producers``: which artifacts are sent.
    ``ordering``: "parallel" or "ordered". ``max_retries``: 0 to 100.
    """

    url: str
    secrets: tuple[str, ...] = ()
    events: tuple[str, ...] | None = None
    types: tuple[str, ...] | None = None
    producers: tuple[str, ...] | None = None
    ordering: str | None = None
    max_retries: int | None = None

    def __repr__(self) -> str:
        """Without the secrets, and without the URL, which may contain a token."""
        return f"Registration{self[2:]}"

    @property
    def wants_completion(self) -> bool:
        """Whether ``workflow.completed`` is to be sent."""
        return self.events is not None and COMPLETED in self.events


def check_secret(secret: str) -> str:
    """``secret`` itself; raises ``InvalidSecret`` if the relay would reject it."""
    try:
        size = len(secret.encode())
    except UnicodeEncodeError:
        raise InvalidSecret("a signing secret must be valid Unicode") from None
    if not 1 <= size <= MAX_TEXT_BYTES:
        raise InvalidSecret(f"a signing secret must have 1 to {MAX_TEXT_BYTES} bytes, not {size}")
    if secret.startswith(STANDARD_PREFIX):
        encoded = secret.removeprefix(STANDARD_PREFIX).rstrip("=")
        try:
            key = base64.b64decode(encoded + "=" * (-len(encoded) % 4), validate=True)
        except ValueError:
            key = b""
        if not key:
            raise InvalidSecret("a signing secret that starts with whsec_ must continue in base64")
    return secret


def check_secrets(secrets: str | Iterable[str] | None) -> tuple[str, ...]:
    """One secret, several, or none, as a tuple. Raises ``InvalidSecret``."""
    if secrets is None:
        return ()
    several = (secrets,) if isinstance(secrets, str) else tuple(secrets)
    if not 1 <= len(several) <= MAX_SECRETS:
        raise InvalidSecret(f"give 1 to {MAX_SECRETS} signing secrets, not {len(several)}")
    return tuple(check_secret(each) for each in several)
