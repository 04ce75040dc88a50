"""A FlockApplication hosted as an agent of Microsoft Foundry, with a webhook for each of its workflows.

    python foundry.py --bridge SOCKET --port N
"""

from __future__ import annotations

import argparse
import asyncio

import environment  # noqa: F401  Before flock.
from flock import Flock
from flock.application import FlockApplication
from flock.components.agent import EngineComponent
from flock.integrations.foundry import FoundryResponsesAdapter, IdentityPolicy
from flock.utils.runtime import EvalResult
from flock_relay import FlockRelay, Webhook

from app import Draft, Order


class DraftEngine(EngineComponent):
    """Writes a draft; for the order "hang" never."""

    async def evaluate(self, agent, ctx, inputs, output_group):  # noqa: ANN001, ANN201
        sku = inputs.artifacts[0].payload["sku"]
        if sku == "hang":
            await asyncio.sleep(600)
        return EvalResult.from_objects(Draft(text=f"draft for {sku}"), agent=agent)


def build() -> Flock:
    """The Flock of one workflow."""
    flock = Flock(no_output=True)
    flock.agent("alpha").consumes(Order).publishes(Draft).with_engines(DraftEngine())
    return flock


def main() -> None:
    """Serve until a signal stops the host."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--bridge", metavar="SOCKET", required=True)
    parser.add_argument("--port", type=int, required=True)
    options = parser.parse_args()

    application = FlockApplication(build, input_type=Order, output_types=(Draft,))
    webhook = Webhook("https://receiver.example/hook", events=["artifact.created", "workflow.completed"])
    FlockRelay(options.bridge).attach(application, webhook=lambda context: webhook)
    adapter = FoundryResponsesAdapter(
        application,
        input_mapper=lambda turn: Order(sku=turn.text),
        output_mapper=lambda draft: draft.text,
        identity=IdentityPolicy(local_development=True),
        observability="none",
        drain_timeout=0.2,
    )
    adapter.run(host="127.0.0.1", port=options.port)


if __name__ == "__main__":
    main()
