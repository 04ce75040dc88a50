"""Connections on which requests are interrupted, over HTTP/1.1 and HTTP/2."""

from __future__ import annotations

from collections.abc import Callable
from typing import BinaryIO

from frames import (
    ACK, END_HEADERS, END_STREAM, PREFACE, Code, Frame, Kind, goaway, read_frame, rst_stream, settings, window_update)
from hpack import HeaderDecoder, encode_status
from raw_receiver import Peer
from receiver import read_head
from sending import Sending

PART = 65_536
"""The most bytes of an HTTP/1.1 body that are read at once."""
WIDE_WINDOW = 1 << 24
"""More bytes than a body has."""


class Conversation:
    """One connection."""

    def __init__(
        self, peer: Peer, is_first: bool, begun: Callable[[Sending], None], completed: Callable[[Sending], None],
    ) -> None:
        """
        ``is_first``: the receiver had no connection before.
        ``begun``: called with each request when its headers have arrived; ``completed``: when its body has.
        """
        self.peer = peer
        self._is_first = is_first
        self.last_answered = 0
        """The highest stream that was answered."""
        self._has_answered = False
        self._begun = begun
        self._completed = completed

    def run(self) -> None:
        with self.peer.connection.makefile("rb") as stream:
            self._read(stream)

    def answer(self, sending: Sending, status: int) -> None:
        self._has_answered = True
        self._write_answer(sending, status)

    def reset_stream(self, sending: Sending, code: Code) -> None:
        raise NotImplementedError

    def go_away(self, last_stream: int) -> None:
        raise NotImplementedError

    def _read(self, stream: BinaryIO) -> None:
        raise NotImplementedError

    def _write_answer(self, sending: Sending, status: int) -> None:
        raise NotImplementedError

    def _take_head(self, path: str, headers: dict[str, str], stream: int = 0) -> Sending:
        sending = Sending(path, headers, self._is_first and self._has_answered, stream)
        self._begun(sending)
        self._react(sending)
        return sending

    def _take_part(self, sending: Sending, part: bytes, is_last: bool) -> None:
        sending.body += part
        if is_last and len(sending.body) != sending.length:
            sending.is_malformed = True
        elif is_last:
            sending.is_complete = True
            self._completed(sending)
        self._react(sending)

    def _react(self, sending: Sending) -> None:
        """Interrupt or answer, if enough of the request has arrived."""
        if sending.is_settled:
            return
        interruption = sending.interruption
        if interruption is not None and sending.has_reached(interruption.place):
            sending.interruption = None
            sending.is_settled = not interruption.goes_on
            for act in interruption.acts:
                act(self, sending)
        if sending.is_complete and not sending.is_settled:
            sending.is_settled = True
            self.answer(sending, 200)


class HTTP1Conversation(Conversation):
    """One request after the other."""

    def _write_answer(self, sending: Sending, status: int) -> None:
        self.peer.send(f"HTTP/1.1 {status} Status\r\nContent-Length: 0\r\n\r\n".encode())

    def _read(self, stream: BinaryIO) -> None:
        while not self.peer.is_over and (head := read_head(stream)) is not None:
            sending = self._take_head(*head)
            while not self.peer.is_over and not sending.is_complete:
                part = stream.read1(min(PART, sending.length - len(sending.body)))
                if not part:
                    return
                self._take_part(sending, part, len(sending.body) + len(part) == sending.length)


class HTTP2Conversation(Conversation):
    """Any number of requests at once."""

    def __init__(
        self, peer: Peer, is_first: bool, begun: Callable[[Sending], None], completed: Callable[[Sending], None],
        window: int,
    ) -> None:
        super().__init__(peer, is_first, begun, completed)
        self._window = window
        self._decoder = HeaderDecoder()
        self._block = b""
        """The parts of a header block that have arrived."""
        self._sendings: dict[int, Sending] = {}

    def _write_answer(self, sending: Sending, status: int) -> None:
        self.last_answered = max(self.last_answered, sending.stream)
        self._write(Frame(Kind.HEADERS, END_HEADERS, sending.stream, encode_status(status)))
        self._write(Frame(Kind.DATA, END_STREAM, sending.stream, b"body"))

    def reset_stream(self, sending: Sending, code: Code) -> None:
        self._write(rst_stream(sending.stream, code))

    def go_away(self, last_stream: int) -> None:
        self._write(goaway(last_stream))

    def _write(self, frame: Frame) -> None:
        if not self.peer.is_over:
            self.peer.send(frame.encoded)

    def _read(self, stream: BinaryIO) -> None:
        if stream.read(len(PREFACE)) != PREFACE:
            return
        self._write(settings(self._window))
        while not self.peer.is_over and (frame := read_frame(stream)) is not None:
            self._take(frame)

    def _take(self, frame: Frame) -> None:
        match frame.kind:
            case Kind.SETTINGS | Kind.PING if not frame.flags & ACK:
                self._write(Frame(frame.kind, ACK, 0, frame.payload if frame.kind == Kind.PING else b""))
            case Kind.HEADERS | Kind.CONTINUATION:
                self._take_headers(frame)
            case Kind.DATA:
                self._take_data(frame)
            case Kind.RST_STREAM:
                self._sendings[frame.stream].is_settled = True

    def _take_headers(self, frame: Frame) -> None:
        # A request always has a body, so its headers never end the stream.
        self._block += frame.content
        if not frame.flags & END_HEADERS:
            return
        headers = self._decoder.decode(self._block)
        self._block = b""
        headers["host"] = headers[":authority"]
        sending = self._sendings[frame.stream] = self._take_head(headers[":path"], headers, frame.stream)
        if not sending.is_settled and self._window == 0:
            self._write(window_update(frame.stream, WIDE_WINDOW))

    def _take_data(self, frame: Frame) -> None:
        sending = self._sendings[frame.stream]
        is_last = bool(frame.flags & END_STREAM)
        self._take_part(sending, frame.content, is_last)
        if frame.payload:
            self._write(window_update(0, len(frame.payload)))
            if not is_last and not sending.is_settled:
                self._write(window_update(frame.stream, len(frame.payload)))
