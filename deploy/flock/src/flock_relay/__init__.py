"""Webhooks for Flock, delivered by flock-relay.

``FlockRelay().attach(flock)`` is the whole interface; see the README.

The data path, one module for each step: ``publish_route`` takes the webhook out of a publish
request (``webhook_fields`` parses it into a ``registrations.Registration``), ``component``
observes the artifacts, ``bridge`` matches them to their request, ``writer`` decides which
are sent, ``lines`` writes them as event lines, ``buffer`` keeps them until the relay has
acknowledged them, and ``connection`` carries them over the socket. ``idle`` tells when a
workflow of a served Flock is over. ``application`` writes the workflows of a FlockApplication,
whose webhooks are of class ``webhook.Webhook``. ``status`` asks the relay
for what became of them. ``internals`` is the only module that uses what is private in Flock.
"""

from importlib.metadata import version

from flock_relay.bridge import FlockRelay
from flock_relay.internals import IncompatibleFlock
from flock_relay.registrations import InvalidSecret, Registration
from flock_relay.status import InvalidPage, RelayUnavailable, WebhookNotFound
from flock_relay.webhook import InvalidWebhook, Webhook

__version__ = version("flock-relay-bridge")

__all__ = [
    "FlockRelay",
    "IncompatibleFlock",
    "InvalidPage",
    "InvalidSecret",
    "InvalidWebhook",
    "Registration",
    "RelayUnavailable",
    "Webhook",
    "WebhookNotFound",
]
