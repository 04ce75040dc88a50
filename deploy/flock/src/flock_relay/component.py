"""Flock's extension points, each connected directly to the bridge."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flock.components.orchestrator import OrchestratorComponent
from flock.components.server import ServerComponent
from flock.core import Flock
from flock.core.artifacts import Artifact
from flock.logging.auto_trace import skip_trace
from pydantic import PrivateAttr

FIRST = -1_000_000
"""Runs before every other component, which could drop artifacts. The last middleware added
is the outermost, so authentication still runs before the bridge's middleware."""


def observe_artifacts(flock: Flock, observe: Callable[[Artifact], None]) -> None:
    """Show every published artifact to ``observe``, in the publishing task.

    ``observe`` must return at once and never raise.
    """
    # Flock calls its listeners when an artifact is stored, before any component can drop
    # it. A component is called then, too, but costs each artifact several times as much,
    # because Flock calls every component at every step of scheduling. Listeners are
    # internal to Flock and may be missing; components are always available.
    listen = getattr(flock, "_add_publication_listener", None)
    if listen is not None:
        listen(observe)
    else:
        flock.add_component(artifact_observer(observe))


def artifact_observer(observe: Callable[[Artifact], None]) -> OrchestratorComponent:
    """A component that shows every published artifact to ``observe`` and passes it on unchanged.

    ``observe`` must return at once and never raise.
    """

    # One class for each observer: reading a private attribute of a pydantic model takes
    # longer than observing.
    class ArtifactObserver(OrchestratorComponent):
        name: str | None = "flock_relay"
        priority: int = FIRST

        # Not traced: Flock's tracing writes the whole orchestrator into the span, for
        # every artifact. The enclosing span, which is current here, is the right one.
        @skip_trace
        async def on_artifact_published(self, orchestrator: Flock, artifact: Artifact) -> Artifact:
            """Called by Flock in the publishing task, after the artifact was stored."""
            observe(artifact)
            return artifact

    return ArtifactObserver()


class MiddlewareInstaller(ServerComponent):
    """Adds the middleware when the components stack builds its application."""

    name: str | None = "flock_relay"
    priority: int = FIRST
    _install: Callable[[Any], None] = PrivateAttr()

    def __init__(self, install: Callable[[Any], None]) -> None:
        super().__init__()
        self._install = install

    def configure(self, app: Any, orchestrator: Any) -> None:
        """Called by Flock once for each FastAPI application it builds."""
        self._install(app)

    def register_routes(self, app: Any, orchestrator: Any) -> None:
        """No routes: the publish routes are Flock's."""
