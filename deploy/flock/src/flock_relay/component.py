"""Flock's extension points, each connected directly to the bridge."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fastapi import FastAPI
from flock.components.orchestrator import OrchestratorComponent
from flock.components.server import ServerComponent
from flock.core import Flock
from flock.core.artifacts import Artifact
from flock.logging.auto_trace import skip_trace
from pydantic import PrivateAttr

NAME = "flock_relay"

FIRST, LAST = -1_000_000, 1_000_000
"""Priorities. The observer runs before every other component, which could drop artifacts. The
installer runs after every other component has added its routes."""

type Observe = Callable[[Flock, Artifact], None]


class ArtifactObserver(OrchestratorComponent):
    """Shows every published artifact to a function, and passes it on unchanged."""

    name: str | None = NAME
    priority: int = FIRST
    _observe: Observe = PrivateAttr()

    def __init__(self, observe: Observe) -> None:
        """``observe`` must return at once and never raise."""
        super().__init__()
        self._observe = observe

    # Not traced: Flock's tracing writes the whole orchestrator into the span, for every
    # artifact. The enclosing span, which is current here, is the right one.
    @skip_trace  # type: ignore[untyped-decorator]
    async def on_artifact_published(self, orchestrator: Flock, artifact: Artifact) -> Artifact:
        """Called by Flock in the publishing task, after the artifact was stored."""
        self._observe(orchestrator, artifact)
        return artifact


class RouteInstaller(ServerComponent):
    """Installs the bridge in each application that the components stack builds."""

    name: str | None = NAME
    priority: int = LAST
    _install: Callable[[FastAPI], None] = PrivateAttr()

    def __init__(self, install: Callable[[FastAPI], None]) -> None:
        super().__init__()
        self._install = install

    def register_routes(self, app: Any, orchestrator: Any) -> None:
        """Called by Flock each time it configures an application."""
        self._install(app)
