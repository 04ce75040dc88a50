"""A receiver that interrupts requests while they arrive."""

from __future__ import annotations

import ssl
import time

from conversation import Conversation, HTTP1Conversation, HTTP2Conversation
from raw_receiver import Behaviour, Peer, RawReceiver, Request
from sending import Interrupting, Sending


class InterruptingReceiver(RawReceiver):
    """Speaks the protocol that the TLS handshake negotiates, else HTTP/1.1."""

    def __init__(self, port: int, interrupting: Interrupting, tls: ssl.SSLContext | None) -> None:
        self._interrupting = interrupting
        self._sendings: list[Sending] = []
        self._conversations = 0
        if tls is not None:
            tls.set_alpn_protocols(list(interrupting.protocols))
        super().__init__(port, Behaviour(), tls)

    @property
    def sendings(self) -> list[Sending]:
        """Every arrival of a request, complete or not."""
        with self._lock:
            return list(self._sendings)

    def _converse(self, peer: Peer) -> None:
        if not peer.is_over:
            self._conversation(peer).run()

    def _conversation(self, peer: Peer) -> Conversation:
        def completed(sending: Sending) -> None:
            request = Request(sending.path, sending.headers, bytes(sending.body), peer.address, time.monotonic())
            with self._lock:
                self._requests.append(request)

        with self._lock:
            self._conversations += 1
            is_first = self._conversations == 1
        if isinstance(peer.connection, ssl.SSLSocket) and peer.connection.selected_alpn_protocol() == "h2":
            return HTTP2Conversation(peer, is_first, self._begun, completed, self._interrupting.window)
        return HTTP1Conversation(peer, is_first, self._begun, completed)

    def _begun(self, sending: Sending) -> None:
        with self._lock:
            before = sum(other.artifact == sending.artifact for other in self._sendings)
            self._sendings.append(sending)
        sending.interruption = self._interrupting.interruption(sending, before)
