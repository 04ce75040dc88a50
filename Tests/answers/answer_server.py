"""Gives each answer at a port of its own, so that no answer can affect another one."""

from __future__ import annotations

import asyncio
import threading

from answer import Answer


class AnswerServer:
    """Answers on loopback until it is stopped."""

    def __init__(self, answers: list[Answer]) -> None:
        self.ports: list[int] = []
        """The port of each answer."""
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._listen(answers), self._loop).result()

    def stop(self) -> None:
        asyncio.run_coroutine_threadsafe(self._end_connections(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _listen(self, answers: list[Answer]) -> None:
        self._servers = [
            await asyncio.start_server(lambda *streams, answer=answer: self._serve(answer, *streams), "127.0.0.1", 0)
            for answer in answers
        ]
        self.ports = [server.sockets[0].getsockname()[1] for server in self._servers]

    async def _end_connections(self) -> None:
        for server in self._servers:
            server.close()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    async def _serve(self, answer: Answer, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while await read_request(reader):
                for piece in answer.pieces:
                    writer.write(piece)
                    await writer.drain()
                    # Other connections proceed, so the pieces leave one by one.
                    await asyncio.sleep(0)
                if answer.closes:
                    writer.write_eof()
        except (asyncio.IncompleteReadError, asyncio.CancelledError, OSError):
            pass
        finally:
            writer.close()


async def read_request(reader: asyncio.StreamReader) -> bool:
    """Read one request with its body; False at the end of the connection."""
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError:
        return False
    lengths = [line.partition(b":")[2] for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
    await reader.readexactly(int(lengths[0]))
    return True
