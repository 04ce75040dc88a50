"""Webhooks for Flock, delivered by flock-relay.

``FlockRelay().attach(flock)`` is the whole interface; see the README.

The data path, one module for each step: ``middleware`` removes the webhook from a publish
request (``webhook`` parses it), ``component`` observes the artifacts,
``bridge`` matches them to their request, ``lines`` writes them as event lines,
``buffer`` keeps them until the relay has acknowledged them, and ``outbound`` carries
them over the socket.
"""

from flock_relay.bridge import FlockRelay
from flock_relay.webhook import InvalidSecret

__all__ = ["FlockRelay", "InvalidSecret"]
