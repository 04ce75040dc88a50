"""Decides which artifacts go to the relay, and writes their lines into the buffer."""

from __future__ import annotations

import logging
import socket
from collections.abc import Callable
from functools import partial
from uuid import UUID

from flock.core.artifacts import Artifact

from flock_relay.buffer import Kind, Line
from flock_relay.connection import RelayConnection
from flock_relay.lines import Published, artifact_line, completed_line, registration_line
from flock_relay.quiet_log import QuietLog
from flock_relay.registrations import Registration
from flock_relay.workflows import MayRead, Workflow, Workflows

logger = logging.getLogger("flock_relay")
"""The logger of the bridge. Its records never contain a URL, a secret or a payload."""

if logger.level == logging.NOTSET:
    logger.setLevel(logging.WARNING)  # With its tracing on, Flock hides the warnings of other libraries.


class EventWriter:
    """Writes registrations, artifacts and completions for the relay; never waits, never raises.

    Only artifacts of workflows that were registered here go to the relay: Flock runs a
    workflow in the process that accepted its request and does not resume it elsewhere, so
    this process knows every registration to which its artifacts can belong.
    """

    def __init__(
        self,
        connect: Callable[[], socket.socket],
        *,
        secrets: tuple[str, ...],
        buffer_bytes: int,
        max_workflows: int,
        unregistered: MayRead | None,
    ) -> None:
        """``connect`` returns a connected non-blocking socket or raises ``OSError``.

        ``secrets``: sign for registrations without a secret. ``buffer_bytes``: memory for
        lines that the relay has not acknowledged. ``max_workflows``: how many registered
        workflows are remembered. ``unregistered``: which artifacts of other workflows are
        sent; None: none.
        """
        self._secrets = secrets
        self._workflows = Workflows(max_workflows)
        self._unregistered = None if unregistered is None else Workflow(unregistered)
        self._connection = RelayConnection(connect, limit=buffer_bytes, logger=logger, dropped=self._on_drop)
        self._log = QuietLog(logger)
        self._counts = {"withheld": 0, "unwritable": 0, "incomplete_workflows": 0}

    def register(
        self, workflow: str, registration: Registration, may_read: MayRead, *, after_answer: bool = False
    ) -> None:
        """Send the artifacts of ``workflow`` that ``may_read`` allows to the webhook of ``registration``.

        ``after_answer``: the request that registers it waits for an answer, so write the line
        when it is sent (see ``answered``).
        """
        before = self._workflows.forgotten
        self._workflows.add(workflow, may_read)
        step = partial(self._write_registration, workflow, registration)
        self._connection.steps.add(step, after_answer=after_answer)
        if self._workflows.forgotten > before:
            self._log.warning(
                "workflows",
                "%d workflows were forgotten for newer ones; their later artifacts are not sent. "
                "If workflows last that long, raise max_workflows of FlockRelay.",
                self._workflows.forgotten,
            )

    def write(self, artifact: Artifact, *, after_answer: bool = False) -> None:
        """Send ``artifact`` as it is now, if its workflow is registered and the caller may read it.

        ``after_answer``: the request that publishes it, or began its workflow, waits for an
        answer, so write the line when it is sent (see ``answered``).
        """
        workflow = self._workflows.use(artifact.correlation_id or "") or self._unregistered
        if workflow is None or not artifact.correlation_id:
            return
        try:
            published = Published.now(artifact)
        except Exception as error:
            self._report_unwritable(artifact.id, workflow, error)
        else:
            self._connection.steps.add(partial(self._write, published, workflow), after_answer=after_answer)

    def answered(self) -> None:
        """The answer to a publish request is sent. Needs a running event loop."""
        self._connection.steps.answered()

    def withhold(self) -> None:
        """Count an artifact that the caller may not see, as ``write`` does."""
        self._counts["withheld"] += 1

    def complete(self, workflow: str, status: str) -> None:
        """Say that nothing more is under way for ``workflow``.

        ``status``: "succeeded", "failed", "cancelled", "timed_out" or "idle". A workflow of
        which an artifact was dropped is not completed: the receiver would take it for whole.
        """
        # Looked up here, because a step may run on another thread.
        known = self._workflows.use(workflow)
        self._connection.steps.add(partial(self._complete, workflow, known, status))

    def _write_registration(self, workflow: str, registration: Registration) -> None:
        if self._secrets and not registration.secrets:
            registration = registration._replace(secrets=self._secrets)
        self._connection.put(registration_line(workflow, registration))

    def _write(self, published: Published, workflow: Workflow) -> None:
        if workflow.is_discarded:
            return  # The relay has no webhook for its artifacts.
        if not self._is_readable(published, workflow):
            self._counts["withheld"] += 1
            return
        try:
            line = artifact_line(published)
        except Exception as error:
            self._report_unwritable(published.id, workflow, error)
        else:
            self._connection.put(line)

    def _report_unwritable(self, artifact: UUID, workflow: Workflow, error: Exception) -> None:
        self._counts["unwritable"] += 1
        workflow.is_complete = False
        # Logs neither the artifact nor the error's text, which may quote it.
        message = "Artifact %s cannot be written for flock-relay: %s"
        self._log.warning("unwritable", message, artifact, type(error).__name__)

    def _complete(self, workflow: str, known: Workflow | None, status: str) -> None:
        if known is None or not known.is_complete:
            self._counts["incomplete_workflows"] += 1
            return
        self._connection.put(completed_line(workflow, status))

    def flush(self, timeout: float) -> int:
        """Wait at most ``timeout`` seconds for the relay; return how many lines it has not acknowledged."""
        self._connection.steps.run()
        return self._connection.flush(timeout)

    def close(self) -> None:
        """Disconnect from the relay and close every descriptor; a later line connects again."""
        self._connection.steps.run()
        self._connection.close()

    def counts(self) -> dict[str, int]:
        """See ``FlockRelay.counts``."""
        self._connection.steps.run()
        return {**self._connection.counts(), **self._counts, "forgotten_workflows": self._workflows.forgotten}

    def _is_readable(self, published: Published, workflow: Workflow) -> bool:
        try:
            return workflow.may_read(published.visibility)
        except Exception as error:  # A visibility of the application's own, which Flock could not show either.
            message = "Artifact %s is withheld, because its visibility fails: %s"
            self._log.warning("visibility", message, published.id, type(error).__name__)
            return False

    def _on_drop(self, line: Line) -> None:
        if line.kind is Kind.REGISTRATION:
            self._workflows.discard(line.workflow)  # The relay would have no webhook for its artifacts.
        else:
            self._workflows.mark_incomplete(line.workflow)
