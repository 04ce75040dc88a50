"""Flock's own webhooks: on a real server, or its delivery service alone.

    flock_webhooks.py --server                                      publish requests with "webhook" are delivered
    flock_webhooks.py [--bytes 1000] [--in-flight 64] URL [URL …]   deliveries without a server, until it is killed
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "flock"))

import app  # noqa: E402  Tests/flock/app.py, which configures flock before it imports it.
from flock.api.models import WebhookArtifact, WebhookPayload  # noqa: E402
from flock.api.service import BlackboardHTTPService  # noqa: E402
from flock.api.webhooks import WebhookDeliveryService  # noqa: E402
from flock.components.orchestrator.webhook import WebhookDeliveryComponent  # noqa: E402


async def serve() -> None:
    """The older REST stack: only there do publish requests take Flock's own webhooks."""
    flock = app.build(timer=False, store=await app.make_store("memory"))
    flock.add_component(WebhookDeliveryComponent())
    await BlackboardHTTPService(flock).run_async(host="127.0.0.1", port=0)


async def deliver(urls: list[str], size: int, in_flight: int) -> None:
    """Deliver numbered artifacts with the service that the server uses."""
    service, numbers = WebhookDeliveryService(), itertools.count()

    async def work() -> None:
        for number in numbers:
            payload = {"number": f"@@{number:010}", "text": "x" * max(size - 350, 1)}
            artifact = WebhookArtifact(
                id=f"a{number:010}", type="Order", produced_by="external", payload=payload,
                created_at="2026-01-15T09:30:00.123456+00:00", tags=[])
            event = WebhookPayload(
                event_type="artifact.created", correlation_id="w0", sequence=number + 1, artifact=artifact,
                timestamp="2026-01-15T09:30:00.123456+00:00")
            await service.deliver(urls[number % len(urls)], event, "benchmark")

    print("ready", flush=True)
    await asyncio.gather(*(work() for _ in range(in_flight)))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--server", action="store_true")
    parser.add_argument("--bytes", type=int, default=1_000)
    parser.add_argument("--in-flight", type=int, default=64)
    parser.add_argument("urls", nargs="*")
    options = parser.parse_args()
    asyncio.run(serve() if options.server else deliver(options.urls, options.bytes, options.in_flight))


if __name__ == "__main__":
    main()
