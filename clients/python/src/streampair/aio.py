"""asyncio's streams through a Streampair server.

    reader, writer = await streampair.aio.open_connection("example.com", 80)

The pair is that of asyncio.open_connection: StreamReader with its limit, `await writer.drain()`, `writer.write_eof()`,
`writer.close()` and `await writer.wait_closed()`. `writer.get_extra_info("streampair")` is the Stream behind.
"""

from __future__ import annotations

import asyncio
import os
from typing import Any, Callable, Dict, Optional, Tuple, TypeVar

from streampair.client import DEFAULT_SERVER, Client
from streampair.errors import StreamError
from streampair.stream import Stream, Tls, channel_of

_READ = 256 << 10
_HIGH = 64 << 10
_T = TypeVar("_T")


class StreamTransport(asyncio.Transport):
    """A Stream as an asyncio transport. Everything runs on the loop; the stream's threads only wake it."""

    def __init__(self, loop: asyncio.AbstractEventLoop, stream: Stream, protocol: asyncio.Protocol) -> None:
        super().__init__()
        self._loop = loop
        self._stream = stream
        self._channel = channel_of(stream)
        self._protocol = protocol
        self._extra_info: Dict[str, Any] = {
            "streampair": stream, "peername": stream.getpeername(), "sockname": stream.getsockname()}
        self._wake_due = False
        self._reading = True
        self._eof_told = False
        self._buffer = bytearray()
        self._high, self._low = _HIGH, _HIGH // 4
        self._writing_paused = False
        self._eof_wanted = False
        self._closing = False
        self._lost = False
        stream.settimeout(0)
        protocol.connection_made(self)
        stream._rpc.listen(stream._open_seat(), self._notify)

    def _notify(self) -> None:
        """On any thread."""
        if not self._wake_due:
            self._wake_due = True
            try:
                self._loop.call_soon_threadsafe(self._wake)
            except RuntimeError:
                pass  # The loop is closed, and so nobody waits.

    def _wake(self) -> None:
        self._wake_due = False
        if self._lost:
            return
        try:
            self._flush()
            self._read()
        except StreamError as error:
            self._lose(error)
            return
        if self._closing and not self._buffer:
            self._lose(None)

    def _read(self) -> None:
        while self._reading and not self._eof_told and not self._closing:
            try:
                data = self._stream.recv(_READ)
            except BlockingIOError:
                # An error that only the write side has (its reader got the end) ends the transport as well.
                return
            if data:
                self._protocol.data_received(data)
                continue
            self._eof_told = True
            if not self._protocol.eof_received():
                self.close()

    def _flush(self) -> None:
        if self._buffer:
            size = self._stream.send(self._buffer) if self._channel.room or self._channel.write_over else 0
            del self._buffer[:size]
            self._stream._rpc.set_writer_waiting(self._stream._open_seat(), bool(self._buffer))
        elif self._channel.error is not None and self._eof_told:
            raise self._channel.error.again()
        if not self._buffer and self._eof_wanted:
            self._eof_wanted = False
            self._stream._rpc.finish(self._stream._open_seat())
        if self._writing_paused and len(self._buffer) <= self._low:
            self._writing_paused = False
            self._protocol.resume_writing()

    def _lose(self, error: Optional[Exception]) -> None:
        if self._lost:
            return
        self._lost = self._closing = True
        self._buffer.clear()
        self._stream.close()
        self._loop.call_soon(self._protocol.connection_lost, error)

    # asyncio's interface.

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return self._extra_info.get(name, default)

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        assert isinstance(protocol, asyncio.Protocol)
        self._protocol = protocol

    def get_protocol(self) -> asyncio.BaseProtocol:
        return self._protocol

    def is_closing(self) -> bool:
        return self._closing

    def is_reading(self) -> bool:
        return self._reading and not self._closing

    def pause_reading(self) -> None:
        self._reading = False

    def resume_reading(self) -> None:
        self._reading = True
        self._notify()

    def set_write_buffer_limits(self, high: Optional[int] = None, low: Optional[int] = None) -> None:
        self._high = high if high is not None else (4 * low if low is not None else _HIGH)
        self._low = low if low is not None else self._high // 4

    def get_write_buffer_limits(self) -> Tuple[int, int]:
        return self._low, self._high

    def get_write_buffer_size(self) -> int:
        return len(self._buffer)

    def write(self, data: Any) -> None:
        if self._eof_wanted or self._lost or self._closing:
            if self._eof_wanted:
                raise RuntimeError("write after write_eof()")
            return
        view = memoryview(data).cast("B")
        if not self._buffer and self._channel.room:
            try:
                view = view[self._stream.send(view):]
            except (BlockingIOError, StreamError):
                pass  # The reader's side tells.
        if view:
            self._buffer += view
            self._stream._rpc.set_writer_waiting(self._stream._open_seat(), True)
            self._notify()
        if len(self._buffer) > self._high and not self._writing_paused:
            self._writing_paused = True
            self._protocol.pause_writing()

    def can_write_eof(self) -> bool:
        return True

    def write_eof(self) -> None:
        self._eof_wanted = True
        self._notify()

    def close(self) -> None:
        """What was written goes first."""
        if not self._closing:
            self._closing = True
            self._notify()

    def abort(self) -> None:
        """A RST for the target."""
        if not self._lost:
            self._stream.reset()
            self._lose(None)

    async def start_tls(self, tls: Tls = True, timeout: Optional[float] = None) -> None:
        """STARTTLS by the server, after everything that was written. Read the answer in the clear before."""
        while self._buffer:
            await asyncio.sleep(0)
        stream = self._stream
        stream._rpc.listen(stream._open_seat(), None)
        try:
            await _in_thread(self._loop, stream, lambda: stream.start_tls(tls), timeout)
        finally:
            stream.settimeout(0)
            stream._rpc.listen(stream._open_seat(), self._notify)


async def _in_thread(loop: asyncio.AbstractEventLoop, stream: Stream, call: Callable[[], _T],
                     timeout: Optional[float]) -> _T:
    stream.settimeout(timeout)
    return await loop.run_in_executor(None, call)


async def _ready(loop: asyncio.AbstractEventLoop, stream: Stream, timeout: Optional[float]) -> None:
    """As stream.wait_ready, without a thread; cancellable."""
    settled: "asyncio.Future[None]" = loop.create_future()
    channel = channel_of(stream)

    def on_loop() -> None:
        if not settled.done():
            settled.set_result(None)

    def changed() -> None:
        if channel.open_info.ready or channel.ended or channel.error is not None:
            try:
                loop.call_soon_threadsafe(on_loop)
            except RuntimeError:
                pass

    stream._rpc.listen(stream._open_seat(), changed)
    try:
        await asyncio.wait_for(settled, timeout)
    except (asyncio.TimeoutError, TimeoutError):
        pass  # Told by the next line, in our terms.
    finally:
        stream._rpc.listen(stream._open_seat(), None)
    stream.wait_ready(0)


_clients: Dict[str, Client] = {}


async def open_connection(host: str, port: int, *, client: Optional[Client] = None, server: Optional[str] = None,
                          limit: int = 2**16, timeout: Optional[float] = None,
                          **options: Any) -> Tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """As asyncio.open_connection; further keywords are those of Client.connect. `timeout` bounds the open."""
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader(limit=limit, loop=loop)
    protocol = asyncio.StreamReaderProtocol(reader, loop=loop)
    transport, _ = await create_connection(lambda: protocol, host, port, client=client, server=server,
                                           timeout=timeout, **options)
    return reader, asyncio.StreamWriter(transport, protocol, reader, loop)


async def create_connection(factory: Callable[[], asyncio.Protocol], host: str, port: int, *,
                            client: Optional[Client] = None, server: Optional[str] = None,
                            timeout: Optional[float] = None,
                            **options: Any) -> Tuple[StreamTransport, asyncio.Protocol]:
    """As loop.create_connection, for protocols."""
    loop = asyncio.get_running_loop()
    if client is None:
        name = server or os.environ.get("STREAMPAIR_SERVER") or DEFAULT_SERVER
        client = _clients.get(name)
        if client is None:
            client = _clients[name] = Client(name)
    stream = client.connect(host, port, wait=False, **options)
    try:
        await _ready(loop, stream, timeout)
    except BaseException:
        stream.close()
        raise
    protocol = factory()
    return StreamTransport(loop, stream, protocol), protocol
