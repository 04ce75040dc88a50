"""Which artifacts belong to a request, and which workflows are remembered."""

from __future__ import annotations

from flock.core.artifacts import Artifact
from flock.models.system_artifacts import TimerTick
from flock.registry import flock_type, type_registry
from flock_relay.publish_request import PublishRequest
from flock_relay.webhook import Webhook
from flock_relay.workflows import Workflows
from pydantic import BaseModel

WEBHOOK = Webhook("http://example.com/", None)


@flock_type(name="bridge-tests.Parcel")
class Parcel(BaseModel):
    """A type whose registered name differs from its class name."""


def artifact(
    kind: str = "bridge-tests.Parcel", produced_by: str = "external", workflow: str | None = "w"
) -> Artifact:
    return Artifact(type=kind, payload={}, produced_by=produced_by, correlation_id=workflow)


def test_a_request_claims_the_artifact_it_publishes_and_no_other() -> None:
    request = PublishRequest(WEBHOOK, "Parcel")
    assert request.claims(artifact())
    assert request.correlation_id == "w"
    assert not request.claims(artifact(workflow="w"))
    assert not request.claims(artifact(workflow="another"))
    assert request.correlation_id == "w"


def test_a_request_claims_no_agents_artifact() -> None:
    assert not PublishRequest(WEBHOOK, "Parcel").claims(artifact(produced_by="alpha"))


def test_a_request_claims_no_timers_artifact() -> None:
    tick = type_registry.name_for(TimerTick)
    assert not PublishRequest(WEBHOOK, None).claims(artifact(tick))
    assert not PublishRequest(WEBHOOK, "TimerTick").claims(artifact(tick))


def test_a_request_claims_no_artifact_of_another_type() -> None:
    """A component that publishes during its initialisation does so in the context of the first request."""
    assert not PublishRequest(WEBHOOK, "Parcel").claims(artifact("Order"))
    assert not PublishRequest(WEBHOOK, "no such type").claims(artifact())
    assert PublishRequest(WEBHOOK, "bridge-tests.Parcel").claims(artifact())


def test_a_request_that_has_ended_claims_nothing() -> None:
    request = PublishRequest(WEBHOOK, "Parcel")
    request.end()
    assert not request.claims(artifact())
    assert request.correlation_id is None


def test_an_artifact_without_correlation_id_cannot_be_claimed() -> None:
    request = PublishRequest(WEBHOOK, "Parcel")
    assert not request.claims(artifact(workflow=None))


def test_a_full_set_of_workflows_forgets_the_longest_idle() -> None:
    workflows = Workflows(limit=2)
    workflows.add("a")
    workflows.add("b")
    assert workflows.use("a")
    workflows.add("c")
    assert [workflows.use(name) for name in "abc"] == [True, False, True]
    assert len(workflows) == 2
    workflows.discard("a")
    workflows.discard("a")
    assert not workflows.use("a")
