"""The publish request of the current context, if any."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextvars import ContextVar, copy_context
from functools import partial

from flock.core import Flock
from flock.core.artifacts import Artifact
from flock.core.visibility import Visibility
from flock.models.system_artifacts import TimerTick
from flock.registry import RegistryError, type_registry

from flock_relay.registrations import Registration
from flock_relay.workflows import MayRead

_TIMER_TICK = type_registry.name_for(TimerTick)


class Caller:
    """What the caller of one request may read. The rule is looked up when it is first needed."""

    __slots__ = ("_find", "_finding", "_rule")

    def __init__(self, find: Callable[[], MayRead]) -> None:
        """``find`` is called once, in the current context."""
        self._find: Callable[[], MayRead] | None = partial(copy_context().run, find)
        self._rule: MayRead | None = None
        self._finding = threading.Lock()  # A thread that flushes may need it at the end of the request.

    def may_read(self, visibility: Visibility) -> bool:
        """Whether the caller may read an artifact of this visibility."""
        return self.rule()(visibility)

    def rule(self) -> MayRead:
        """The rule."""
        with self._finding:
            if self._rule is None:
                assert self._find is not None
                self._rule, self._find = self._find(), None
            return self._rule


class PublishRequest:
    """One publish request, from its first byte to the end of its answer.

    Tasks started meanwhile inherit it, even if they outlive the request or are unrelated,
    such as a scheduled agent's timer. So it claims a single artifact, the one that the
    request itself publishes, and none after its end. Every other artifact is matched by
    its own correlation id.
    """

    __slots__ = ("_artifact_type", "_caller", "_find", "_flock", "correlation_id", "has_ended", "registration")

    def __init__(
        self,
        flock: Flock,
        registration: Registration | None,
        artifact_type: str | None,
        may_read: Callable[[], MayRead],
    ) -> None:
        """``flock``: which publishes it. ``artifact_type``: the type in the body; None if unknown.

        ``may_read`` finds what the caller may read. It is called after the artifact is
        published, because the dependencies of a route may set the caller's identity.
        """
        self.registration = registration
        self.correlation_id: str | None = None
        self._flock = flock
        self._artifact_type = artifact_type
        self.has_ended = False
        """Whether its answer is sent."""
        self._find: Callable[[], MayRead] | None = may_read
        self._caller: Caller | None = None

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
        return self.correlation_id is not None

    def caller(self) -> Caller:
        """The caller, in the current context. Call it once, before the end."""
        assert self._find is not None
        self._caller = Caller(self._find)
        return self._caller

    def end(self) -> None:
        """The answer is sent: claim nothing from now on, and keep neither secret nor request.

        The tasks that inherited this object may keep it for ever.
        """
        self.has_ended = True
        if self._caller is not None:
            self._caller.rule()
        self.registration = self._find = self._caller = None


def _is_type(name: str, artifact_type: str) -> bool:
    """Whether Flock knows ``artifact_type`` by this other name."""
    try:
        return type_registry.resolve_name(name) == artifact_type
    except RegistryError:
        return False


current_request: ContextVar[PublishRequest | None] = ContextVar("flock_relay_publish_request", default=None)
