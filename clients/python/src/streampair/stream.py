"""A pair as what Python calls a socket."""

from __future__ import annotations

import io
import socket
import time
from types import TracebackType
from typing import Any, Optional, Tuple, Type, Union

from streampair import errors
from streampair._channel import Channel, EndInfo, OpenInfo
from streampair._rpc import Seat, TransferRpc
from streampair.errors import StreamError
from streampair.v1 import property_pb2, tls_pb2

Tls = Union[bool, tls_pb2.SslSettings, tls_pb2.SslContext]


def tls_property(tls: Tls) -> Any:
    """True: TLS with defaults, the target's name verified against the server's roots."""
    if isinstance(tls, tls_pb2.SslContext):
        return property_pb2.Property(ssl_context=tls)
    return property_pb2.Property(ssl_settings=tls_pb2.SslSettings() if isinstance(tls, bool) else tls)


def _split(address: str) -> Tuple[str, int]:
    host, _, port = address.rpartition(":")
    return host.strip("[]"), int(port) if port.isdigit() else 0


class Stream:
    """One pair: the calls of a connected TCP socket, at the other end of a server.

    What is written may wait here for credit, bounded by `unsent_limit`; what is unread is bounded by the window.
    `shutdown(SHUT_WR)` is the FIN; the other direction goes on. `close()` is what it is for a socket: what was written
    still goes, then a FIN, and a RST for a target that sends on. `reset()` cuts; `finish_and_wait()` waits for the
    server's last word. One thread may read while another writes; everything else may be called from any thread.
    There is no descriptor: `fileno()` fails, and select() does not work. Use asyncio (streampair.aio) or threads.
    """

    family = socket.AF_INET
    type = socket.SOCK_STREAM
    proto = 0

    def __init__(self, rpc: TransferRpc, seat: Seat, timeout: Optional[float] = None) -> None:
        self._rpc = rpc
        self._seat: Optional[Seat] = seat
        self._timeout = timeout
        self._files = 0  # That makefile() made and that are open.
        self._closed = False

    # Waiting.

    def settimeout(self, seconds: Optional[float]) -> None:
        """As of a socket: None waits, 0 never does, and a wait that takes too long raises StreamTimeout."""
        if seconds is not None and seconds < 0:
            raise ValueError("a timeout is not negative")
        self._timeout = seconds

    def gettimeout(self) -> Optional[float]:
        return self._timeout

    def setblocking(self, flag: bool) -> None:
        self.settimeout(None if flag else 0.0)

    def getblocking(self) -> bool:
        return self._timeout != 0.0

    def _until(self) -> Optional[float]:
        return None if self._timeout is None else time.monotonic() + self._timeout

    def _late(self) -> OSError:
        return errors.would_block() if self._timeout == 0.0 else errors.timed_out()

    def _open_seat(self) -> Seat:
        if self._seat is None:
            raise errors.not_connected()
        return self._seat

    # Reading.

    def recv(self, bufsize: int, flags: int = 0) -> bytes:
        """Up to so many bytes; empty once the target has finished and everything was read."""
        seat = self._open_seat()
        if bufsize <= 0:
            return b""
        data = self._rpc.read(seat, bufsize, self._until(), self._timeout != 0.0)
        if data is None:
            raise self._late()
        return data

    def recv_into(self, buffer: Any, nbytes: int = 0, flags: int = 0) -> int:
        view = memoryview(buffer).cast("B")
        data = self.recv(nbytes or len(view), flags)
        view[:len(data)] = data
        return len(data)

    # Writing.

    def send(self, data: Any, flags: int = 0) -> int:
        seat = self._open_seat()
        view = memoryview(data).cast("B")
        # At least something, and no more than there is room for at once.
        size = self._rpc.write(seat, view, None, wait=False)
        if size == 0 and len(view) > 0:
            if self._timeout != 0.0:
                size = self._rpc.write(seat, view[:1], self._until())
            if size == 0:
                raise self._late()
        return size

    def sendall(self, data: Any, flags: int = 0) -> None:
        """Waits until everything found room, which does not mean that the target has it."""
        view = memoryview(data).cast("B")
        size = self._rpc.write(self._open_seat(), view, self._until(), self._timeout != 0.0)
        if size < len(view):
            raise self._late()

    def shutdown(self, how: int) -> None:
        """SHUT_WR and SHUT_RDWR: the target gets a FIN after everything that was written."""
        if how in (socket.SHUT_WR, socket.SHUT_RDWR):
            self._rpc.finish(self._open_seat())
        elif how != socket.SHUT_RD:
            raise ValueError(f"shutdown: {how}")

    # TLS and other properties on an open stream.

    def set_property(self, prop: Any) -> None:
        """Sets a property between exactly the data before and after it, and waits for the answer."""
        seat = self._open_seat()
        number = self._rpc.set_property(seat, prop, None)
        self._await_property(seat, number)

    def start_tls(self, tls: Tls = True) -> OpenInfo:
        """STARTTLS: what was written before goes in the clear, what comes after within TLS. Waits for the handshake.

        Read the target's answer to the last command in the clear before; bytes that the server has read beyond what was
        read here are refused as an injection.
        """
        seat = self._open_seat()
        self._rpc.look(seat)[0].tls = None
        number = self._rpc.set_property(seat, tls_property(tls), seat.channel.bytes_taken)
        self._await_property(seat, number)
        if not self._rpc.wait(seat, lambda channel: channel.open_info.tls is not None, self._until()):
            raise errors.timed_out()
        return self._reached(seat, lambda channel: channel.open_info.tls is not None)

    def _await_property(self, seat: Seat, number: int) -> None:
        if not self._rpc.wait(seat, lambda channel: number in channel.property_results, self._until()):
            raise errors.timed_out()
        if number not in seat.channel.property_results:
            raise self._rpc.look(seat)[3] or errors.pair_over()
        error = seat.channel.property_results.pop(number)
        if error is not None:
            raise error

    # How it stands.

    def wait_connected(self, timeout: Optional[float] = None) -> OpenInfo:
        """Until the TCP connection stands; raises what went wrong."""
        return self._wait_open(lambda channel: channel.open_info.connected, timeout)

    def wait_ready(self, timeout: Optional[float] = None) -> OpenInfo:
        """Until all handshakes are done, which reads and writes wait for by themselves."""
        return self._wait_open(lambda channel: channel.open_info.ready, timeout)

    def _wait_open(self, reached: Any, timeout: Optional[float]) -> OpenInfo:
        seat = self._open_seat()
        until = None if timeout is None else time.monotonic() + timeout
        if not self._rpc.wait(seat, reached, until):
            raise errors.timed_out()
        return self._reached(seat, reached)

    def _reached(self, seat: Seat, reached: Any) -> OpenInfo:
        info, _, _, error = self._rpc.look(seat)
        if not reached(seat.channel) and error is not None:
            raise error.again()
        return info

    @property
    def open_info(self) -> OpenInfo:
        return self._rpc.look(self._open_seat())[0]

    @property
    def end_info(self) -> EndInfo:
        return self._rpc.look(self._open_seat())[1]

    @property
    def pair_name(self) -> str:
        """Empty before the server has told it."""
        return self._rpc.look(self._open_seat())[2]

    @property
    def error(self) -> Optional[StreamError]:
        """The failure that ended the stream, if one did."""
        return self._rpc.look(self._open_seat())[3]

    @property
    def unread(self) -> int:
        """Bytes that are here and were not read."""
        return self._open_seat().channel.window.unread

    def getpeername(self) -> Tuple[str, int]:
        return _split(self.open_info.remote_address)

    def getsockname(self) -> Tuple[str, int]:
        """The server's end of the connection."""
        return _split(self.open_info.local_address)

    # What callers of sockets also call.

    def setsockopt(self, *args: Any) -> None:
        """Accepted and ignored: TCP_NODELAY is on; other options of the server's socket are properties of the pair."""

    def getsockopt(self, level: int, option: int, *args: Any) -> int:
        return 1 if (level, option) == (socket.IPPROTO_TCP, socket.TCP_NODELAY) else 0

    def fileno(self) -> int:
        raise OSError("a stream of Streampair has no descriptor")

    def makefile(self, mode: str = "r", buffering: Optional[int] = None, *, encoding: Optional[str] = None,
                 errors: Optional[str] = None, newline: Optional[str] = None) -> Any:
        if set(mode) - set("rwb"):
            raise ValueError(f"invalid mode {mode!r} (only r, w, b allowed)")
        writing = "w" in mode
        reading = "r" in mode or not writing
        raw = _StreamFile(self, reading, writing)
        size = io.DEFAULT_BUFFER_SIZE if buffering is None or buffering < 0 else buffering
        if size == 0:
            if "b" not in mode:
                raise ValueError("unbuffered streams must be binary")
            return raw
        file: Any
        if reading and writing:
            file = io.BufferedRWPair(raw, raw, size)
        elif reading:
            file = io.BufferedReader(raw, size)
        else:
            file = io.BufferedWriter(raw, size)
        return file if "b" in mode else io.TextIOWrapper(file, encoding, errors, newline)

    # Ends.

    def reset(self) -> None:
        """Gives the pair up: a RST for the target. Drops what is unread and unsent; ends calls that wait."""
        if self._seat is not None:
            self._rpc.reset(self._seat)

    def finish_and_wait(self, timeout: Optional[float] = None) -> EndInfo:
        """Ends in order: finishes, drops what still comes, waits for the server's last word; raises the failure."""
        until = None if timeout is None else time.monotonic() + timeout
        return self._rpc.close(self._open_seat(), until)

    def close(self) -> None:
        """Files that makefile() made keep the stream, as they do for a socket."""
        self._closed = True
        self._close_if_unused()

    def detach_file(self) -> None:
        self._files -= 1
        if self._closed:
            self._close_if_unused()

    def attach_file(self) -> None:
        self._files += 1

    def _close_if_unused(self) -> None:
        if self._files <= 0 and self._seat is not None:
            seat, self._seat = self._seat, None
            self._rpc.release(seat)

    def __enter__(self) -> "Stream":
        return self

    def __exit__(self, kind: Optional[Type[BaseException]], error: Optional[BaseException],
                 traceback: Optional[TracebackType]) -> None:
        self.close()

    def __del__(self) -> None:
        seat = getattr(self, "_seat", None)
        if seat is not None:
            self._seat = None
            self._rpc.release(seat)


def channel_of(stream: Stream) -> Channel:
    """For the asyncio side of this package."""
    return stream._open_seat().channel


class _StreamFile(io.RawIOBase):
    """What socket.SocketIO is to a socket."""

    def __init__(self, stream: Stream, reading: bool, writing: bool) -> None:
        super().__init__()
        self._stream: Optional[Stream] = stream
        self._reading = reading
        self._writing = writing
        stream.attach_file()

    def readable(self) -> bool:
        return self._reading

    def writable(self) -> bool:
        return self._writing

    def readinto(self, buffer: Any) -> Optional[int]:
        if self._stream is None:
            raise ValueError("I/O operation on closed file.")
        try:
            return self._stream.recv_into(buffer)
        except BlockingIOError:
            return None

    def write(self, data: Any) -> Optional[int]:
        if self._stream is None:
            raise ValueError("I/O operation on closed file.")
        try:
            return self._stream.send(data)
        except BlockingIOError:
            return None

    def close(self) -> None:
        if self.closed:
            return
        super().close()
        if self._stream is not None:
            stream, self._stream = self._stream, None
            stream.detach_file()
