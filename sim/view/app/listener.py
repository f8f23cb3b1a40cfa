"""The listener: uvicorn's server, with limits on time and number that it has no setting for."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable

import h11
import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

REQUEST_SECONDS = 10.0
"""A request that has not come whole after so long is not waited for."""
ANSWER_SECONDS = 30.0
"""A visitor who takes nothing of an answer for so long is let go."""
CONNECTIONS = 512
LATE = b"The request did not come whole in time.\n"


class Taker(asyncio.Protocol):
    """Lets a visitor go who takes nothing of what is sent; a part of both kinds of connection."""

    loop: asyncio.AbstractEventLoop
    transport: asyncio.Transport
    _slow: asyncio.TimerHandle | None = None

    def pause_writing(self) -> None:
        """Wait for the visitor, for a while."""
        super().pause_writing()
        if self._slow is None:
            self._slow = self.loop.call_later(ANSWER_SECONDS, self.transport.abort)

    def resume_writing(self) -> None:
        """Go on."""
        self.forget()
        super().resume_writing()

    def connection_lost(self, exc: Exception | None) -> None:
        """End."""
        self.forget()
        super().connection_lost(exc)

    def forget(self) -> None:
        """Wait no more."""
        if self._slow is not None:
            self._slow.cancel()
            self._slow = None


class Tab(Taker, WebSocketsSansIOProtocol):
    """The websocket of a tab."""

    def keepalive_timeout(self) -> None:
        """End a tab that does not answer, without waiting for it to take what is left."""
        super().keepalive_timeout()
        self.transport.abort()


class Connection(Taker, H11Protocol):
    """One connection; what it sends has to come in time, and it has to take what it gets."""

    _half_sent: dict[Connection, None] = {}  # noqa: RUF012
    """Those that have not sent a whole request yet, the oldest first."""

    _late: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin; where there are too many, the oldest that says nothing goes."""
        super().connection_made(transport)
        if len(self.connections) > CONNECTIONS:
            oldest = next(iter(self._half_sent), self)
            oldest.transport.abort()
        self._wait()

    def data_received(self, data: bytes) -> None:
        """Read; the time runs on until a request is whole."""
        if not self._late:
            self._wait()
        super().data_received(data)
        self._look()

    def on_response_complete(self) -> None:
        """Answered: a next request that has begun to come has its own time."""
        super().on_response_complete()
        if self.conn.their_state is h11.SEND_BODY and not self._late:
            self._wait()

    def handle_websocket_upgrade(self, event: h11.Request) -> None:
        """Hand the connection over: its websocket has its own clock."""
        self._rest()
        self.forget()
        super().handle_websocket_upgrade(event)

    def connection_lost(self, exc: Exception | None) -> None:
        """End."""
        self._rest()
        super().connection_lost(exc)

    def timeout_keep_alive_handler(self) -> None:
        """End; a visitor who has not taken the last answer has a while for it."""
        super().timeout_keep_alive_handler()
        self.loop.call_later(ANSWER_SECONDS, self.transport.abort)

    def _look(self) -> None:
        whole = self.conn.their_state not in (h11.IDLE, h11.SEND_BODY)
        if whole or self.transport.is_closing():
            self._rest()

    def _wait(self) -> None:
        self._rest()
        self._half_sent[self] = None
        self._late = self.loop.call_later(REQUEST_SECONDS, self._give_up)

    def _rest(self) -> None:
        self._half_sent.pop(self, None)
        if self._late is not None:
            self._late.cancel()
            self._late = None

    def _give_up(self) -> None:
        self._rest()
        if self.transport.is_closing():
            return
        answering = self.cycle is not None and not self.cycle.response_complete
        said_nothing = not self.conn.trailing_data[0] and self.conn.their_state is h11.IDLE
        if not (answering and self.cycle.response_started) and not said_nothing:
            head = b"HTTP/1.1 408 Request Timeout\r\nConnection: close\r\n"
            head += b"Content-Type: text/plain\r\nContent-Length: %d\r\n\r\n" % len(LATE)
            self.transport.write(head + LATE)
        self.transport.close()
        self.loop.call_later(ANSWER_SECONDS, self.transport.abort)


class Server(uvicorn.Server):
    """Uvicorn's server, which says when it listens.

    Args:
        config: of uvicorn.
        listening: called once, when a browser that comes is answered.
    """

    def __init__(self, config: uvicorn.Config, listening: Callable[[], None]) -> None:
        super().__init__(config)
        self._listening = listening

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen, and say so."""
        await super().startup(sockets)
        if self.started:
            self._listening()
