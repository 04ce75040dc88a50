"""The publish request of the current context, if any."""

from __future__ import annotations

from contextvars import ContextVar

from flock.core.artifacts import Artifact
from flock.models.system_artifacts import TimerTick
from flock.registry import RegistryError, type_registry

from flock_relay.webhook import Webhook

_TIMER_TICK = type_registry.name_for(TimerTick)


class PublishRequest:
    """One publish request, from its first byte to the end of its answer.

    Tasks started meanwhile inherit it, even if they outlive the request or are unrelated,
    such as a scheduled agent's timer. So it claims a single artifact, the one that the
    request itself publishes, and none after its end. Every other artifact is matched by
    its own correlation id.
    """

    __slots__ = ("_artifact_type", "_ended", "correlation_id", "webhook")

    def __init__(self, webhook: Webhook | None, artifact_type: str | None) -> None:
        """``artifact_type``: the type in the body; None if unknown."""
        self.webhook = webhook
        self.correlation_id: str | None = None
        self._artifact_type = artifact_type
        self._ended = False

    def claims(self, artifact: Artifact) -> bool:
        """True exactly once: for the artifact this request publishes."""
        if self._ended or self.correlation_id is not None:
            return False
        if artifact.produced_by != "external" or artifact.type == _TIMER_TICK:
            return False
        named = self._artifact_type
        if named is not None and named != artifact.type and not _is_type(named, artifact.type):
            return False
        self.correlation_id = artifact.correlation_id
        return self.correlation_id is not None

    def end(self) -> None:
        """The answer is sent: claim nothing from now on."""
        self._ended = True


def _is_type(name: str, artifact_type: str) -> bool:
    """Whether Flock knows ``artifact_type`` by this other name."""
    try:
        return type_registry.resolve_name(name) == artifact_type
    except RegistryError:
        return False


current_request: ContextVar[PublishRequest | None] = ContextVar("flock_relay_publish_request", default=None)
