"""The frame of the HTTP servers of these tests: on a free port of loopback, with a thread for each connection."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Self


class PostHandler(BaseHTTPRequestHandler):
    """Reads POST requests and logs nothing."""

    protocol_version = "HTTP/1.1"

    def read(self) -> tuple[dict[str, str], bytes]:
        """The headers with lower-case names, and the body."""
        body = self.rfile.read(int(self.headers["Content-Length"]))
        return {name.lower(): value for name, value in self.headers.items()}, body

    def answer(self, status: int) -> None:
        """Answer without a body."""
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *values: object) -> None:
        pass


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128


class LoopbackServer:
    """A context manager."""

    def __init__(self, handler: type[PostHandler]) -> None:
        self._server = _Server(("127.0.0.1", 0), handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    @property
    def address(self) -> str:
        """The URL without a path."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"
