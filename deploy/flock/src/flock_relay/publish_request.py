"""The publish request of the current context, if any."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextvars import Context, ContextVar, copy_context

from flock.core import Flock
from flock.core.artifacts import Artifact
from flock.core.visibility import Visibility
from flock.models.system_artifacts import TimerTick
from flock.registry import RegistryError, type_registry
from starlette.types import Scope

from flock_relay.registrations import Registration
from flock_relay.workflows import MayRead

_TIMER_TICK = type_registry.name_for(TimerTick)


_finding = threading.RLock()
"""Held while a rule is looked up, as a thread that flushes may need it at the end of the request."""


class PublishRequest:
    """One publish request, from its first byte to the end of its answer.

    Tasks started meanwhile inherit it, even if they outlive the request or are unrelated,
    such as a scheduled agent's timer. So it claims a single artifact, the one that the
    request itself publishes, and none after its end. Every other artifact is matched by
    its own correlation id.
    """

    __slots__ = (
        "_artifact_type",
        "_context",
        "_find",
        "_flock",
        "_rule",
        "_scope",
        "correlation_id",
        "has_ended",
        "registration",
    )

    def __init__(
        self,
        flock: Flock,
        registration: Registration | None,
        artifact_type: str | None,
        find: Callable[[Scope], MayRead],
        scope: Scope,
    ) -> None:
        """``flock``: which publishes it. ``artifact_type``: the type in the body; None if unknown.

        ``find`` returns what the caller of the request ``scope`` may read. It is called after
        the artifact is published, because the dependencies of a route may set the caller's
        identity, and once, in the context of the request.
        """
        self.registration = registration
        self.correlation_id: str | None = None
        self._flock: Flock | None = flock
        self._artifact_type = artifact_type
        self.has_ended = False
        """Whether its answer is sent."""
        self._find = find
        self._scope: Scope | None = scope
        self._context: Context | None = None
        self._rule: MayRead | None = None

    def claims(self, flock: Flock, artifact: Artifact) -> bool:
        """True exactly once: for the artifact that this request publishes in ``flock``."""
        if self.has_ended or flock is not self._flock or self.correlation_id is not None:
            return False
        if artifact.produced_by != "external" or artifact.type == _TIMER_TICK:
            return False
        named = self._artifact_type
        if named is not None and named != artifact.type and not _is_type(named, artifact.type):
            return False
        self.correlation_id = artifact.correlation_id
        if self.correlation_id is None:
            return False
        if self.registration is not None:
            self._context = copy_context()
        return True

    def may_read(self, visibility: Visibility) -> bool:
        """Whether the caller may read an artifact of this visibility. Only with a claimed artifact."""
        return (self._rule or self._found())(visibility)

    def _found(self) -> MayRead:
        with _finding:
            if self._rule is None:
                assert self._context is not None
                assert self._scope is not None
                self._rule = self._context.run(self._find, self._scope)
            return self._rule

    def end(self) -> None:
        """The answer is sent: claim nothing from now on, and keep neither secret, request nor Flock.

        The tasks that inherited this object may keep it for ever.
        """
        self.has_ended = True
        if self._context is not None:
            self._found()
        self.registration = self._flock = self._scope = self._context = None


def _is_type(name: str, artifact_type: str) -> bool:
    """Whether Flock knows ``artifact_type`` by this other name."""
    try:
        return type_registry.resolve_name(name) == artifact_type
    except RegistryError:
        return False


current_request: ContextVar[PublishRequest | None] = ContextVar("flock_relay_publish_request", default=None)
