"""Webhooks for the workflows of a FlockApplication: ``run()``, ``stream()``, and hosts that call them."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from flock.application import InvalidWorkflowInput, WorkflowContext
from flock.core.artifacts import Artifact
from flock.registry import type_registry
from pydantic import BaseModel

from flock_relay.internals import everything
from flock_relay.registrations import Registration
from flock_relay.webhook import InvalidWebhook, Webhook
from flock_relay.writer import EventWriter

MAX_ID_BYTES = 256
"""The longest correlation id that the relay accepts, in bytes of UTF-8."""

URL_ATTRIBUTE, SECRET_ATTRIBUTE = "webhook_url", "webhook_secret"
"""The attributes of a workflow's context that name its webhook."""

type ChooseWebhook = Callable[[WorkflowContext], Webhook | None]


def webhook_of_attributes(context: WorkflowContext) -> Webhook | None:
    """The webhook that the attributes of ``context`` name, if any. Raises ``InvalidWebhook``."""
    url = context.attributes.get(URL_ATTRIBUTE)
    secret = context.attributes.get(SECRET_ATTRIBUTE)
    if url is not None:
        return Webhook(url, secret=secret)
    if secret is not None:
        raise InvalidWebhook(f"attributes[{SECRET_ATTRIBUTE!r}] without attributes[{URL_ATTRIBUTE!r}]: set both")
    return None


def requested_webhook(context: WorkflowContext, choose: ChooseWebhook) -> Registration | None:
    """The webhook that ``choose`` returns for a workflow which is about to start.

    Raises ``InvalidWorkflowInput``, with which FlockApplication rejects a workflow, if the
    relay would reject the webhook; ``TypeError`` if ``choose`` returns anything else; and
    what ``choose`` raises.
    """
    try:
        webhook = choose(context)
    except InvalidWebhook as error:
        raise InvalidWorkflowInput(f"Invalid webhook: {error}") from None
    if webhook is None:
        return None
    if not isinstance(webhook, Webhook):
        raise TypeError(f"webhook(context) must return a flock_relay.Webhook or None, not {type(webhook).__name__}")
    size = len(context.workflow_id.encode(errors="replace"))
    if size > MAX_ID_BYTES:
        raise InvalidWorkflowInput(
            f"The workflow_id has {size} bytes in UTF-8, but with a webhook it may have at most {MAX_ID_BYTES}"
        )
    return webhook.registration


class ApplicationWorkflow:
    """Writes what the caller of one workflow gets: its outputs and its end, but not its input."""

    def __init__(
        self, workflow: str, registration: Registration, output_types: Iterable[type[BaseModel]], writer: EventWriter
    ) -> None:
        """``output_types``: those of the application's contract."""
        self._workflow = workflow
        self._registration = registration
        self._outputs = {type_registry.name_for(model) for model in output_types}
        self._writer = writer

    def admitted(self) -> None:
        """Register the webhook."""
        # Flock asks the access policy; the bridge has nothing to withhold beyond that.
        self._writer.register(self._workflow, self._registration, everything)

    def published(self, artifact: Artifact, *, exposed: bool) -> None:
        """Send an output that the access policy exposes; count one that it does not."""
        if exposed:
            self._writer.write(artifact)
        elif artifact.type in self._outputs and artifact.produced_by != "external":
            self._writer.withhold()

    def ended(self, status: str) -> None:
        """Say how the workflow ended, if its webhook asks for it."""
        if self._registration.wants_completion:
            self._writer.complete(self._workflow, status)
