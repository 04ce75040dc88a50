"""Flock's extension points, each handed straight to the bridge."""

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
"""Before every other component: one in front could swallow artifacts, and the last
middleware added is the outermost, so authentication stays outside of ours."""


def observe_artifacts(flock: Flock, observe: Callable[[Artifact], None]) -> None:
    """Show every published artifact to ``observe``, in the publishing task.

    ``observe`` must return at once and never raise.
    """
    # Flock's own listeners hear of an artifact once it is stored, and before any component
    # could swallow it. A component hears of it then, too, but costs each artifact several
    # times what observing does: Flock asks every component at every step of scheduling.
    # Listeners are internal to Flock, components are not: one of the two is always there.
    listen = getattr(flock, "_add_publication_listener", None)
    if listen is not None:
        listen(observe)
    else:
        flock.add_component(artifact_observer(observe))


def artifact_observer(observe: Callable[[Artifact], None]) -> OrchestratorComponent:
    """A component that shows every published artifact to ``observe`` and passes it on unchanged.

    ``observe`` must return at once and never raise.
    """

    # A class of its own for each: reading a private attribute of a pydantic model
    # takes longer than all that observing does.
    class ArtifactObserver(OrchestratorComponent):
        name: str | None = "flock_relay"
        priority: int = FIRST

        # Not traced: Flock's tracing writes the whole orchestrator into the span, for
        # every artifact. The span around it, which is current here, is the one to name.
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
