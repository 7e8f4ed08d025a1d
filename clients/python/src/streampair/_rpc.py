"""One Transfer RPC with all its channels: the part that has the lock, the threads and the clock.

One lock guards everything; nothing waits while it is held, but on the conditions made of it. gRPC asks for one message
to send at a time, so what comes up meanwhile goes into the next one; the windows bound what a received message can
bring. Three threads: gRPC's for sending (it runs `_messages`), ours for receiving, ours for the heartbeat.
"""

from __future__ import annotations

import threading
import time
from typing import Any, Callable, Dict, Iterator, List, Optional, Sequence, Tuple

import grpc

from streampair import errors
from streampair._channel import Channel, EndInfo, OpenInfo
from streampair._turns import SendTurns
from streampair._window import WindowBudget
from streampair.errors import StreamError
from streampair.v1 import frame_pb2, stream_pair_service_pb2

METHOD = "/streampair.v1.StreamPairService/Transfer"
MAX_CHANNEL = 2**32 - 1
MAX_WINDOW = 64 << 20
MAX_ATTACH_BYTES = 1 << 20  # A larger frame could bring a message over the server's limit, and so down all streams.
MAX_PIECE = 256 << 10  # Copied at a time while nobody waits for the lock.
SILENT_HEARTBEATS = 3  # Without any answer until the server is taken for lost.
ORPHAN_PATIENCE = 60.0  # For the target's FIN, when the stream is gone and its own FIN was sent.
ACTIVE_FOR = 1.0  # Seconds that a channel which moved bytes counts as active.

Metadata = Sequence[Tuple[str, str]]


class RpcOptions:
    """How one Transfer RPC behaves. Times in seconds, sizes in bytes."""

    def __init__(self, heartbeat: float = 20.0, linger: float = 5.0, deadline: Optional[float] = None,
                 metadata: Metadata = (), window_alone: int = 4 << 20, window_shared: int = 1 << 20,
                 window_growth: int = 64 << 20, on_draining: Optional[Callable[[float], None]] = None) -> None:
        self.heartbeat = heartbeat
        self.linger = linger
        self.deadline = deadline
        self.metadata = metadata
        self.window_alone = window_alone
        self.window_shared = window_shared
        self.window_growth = window_growth
        self.on_draining = on_draining


class Seat:
    """One stream's place in an RPC; only the RPC looks inside."""

    def __init__(self, channel: Channel, lock: threading.RLock) -> None:
        self.channel = channel
        self.readable = threading.Condition(lock)
        self.writable = threading.Condition(lock)
        self.changed = threading.Condition(lock)  # Anything that the server said.
        # Called with the lock held after any change; must neither block nor call back.
        self.listener: Optional[Callable[[], None]] = None
        self.settled = False
        self.released = False
        self.orphan_since: Optional[float] = None


def _wait(condition: threading.Condition, until: Optional[float]) -> bool:
    """False once `until` (of time.monotonic) has passed."""
    if until is None:
        condition.wait()
        return True
    left = until - time.monotonic()
    if left <= 0:
        return False
    condition.wait(left)
    return True


class TransferRpc:
    def __init__(self, channel: grpc.Channel, options: RpcOptions) -> None:
        self._options = options
        self._channel = channel
        self._lock = threading.RLock()
        self._to_send = threading.Condition(self._lock)
        self._done_changed = threading.Condition(self._lock)
        self._heart = threading.Condition(self._lock)
        self._seats: Dict[int, Seat] = {}
        self._next_number = 1
        self._live = 0  # Seats not settled.
        self._turns = SendTurns()
        self._budget = WindowBudget(options.window_growth)
        self._recent: List[Tuple[Optional[Channel], float]] = [(None, 0.0), (None, 0.0)]
        self._last_received = time.monotonic()
        self._nonce = 0
        self._finishing = False
        self._half_closed = False
        self._draining = False
        self._done = False
        self._broken: Optional[StreamError] = None
        start = channel.stream_stream(METHOD)
        self._call: Any = start(self._messages(), timeout=options.deadline, metadata=tuple(options.metadata))
        threading.Thread(target=self._receive, name="streampair-receive", daemon=True).start()
        threading.Thread(target=self._beat, name="streampair-heartbeat", daemon=True).start()

    # Seats.

    def open(self, attach: Any, window: int, unsent_limit: int) -> Optional[Seat]:
        """None if this RPC takes no more streams. A seat that cannot work otherwise has its error already."""
        with self._lock:
            if self._done or self._finishing or self._broken is not None or self._next_number > MAX_CHANNEL:
                return None
            number = self._next_number
            self._next_number += 1
            window = min(max(window, 1), MAX_WINDOW)
            seat = Seat(Channel(number, attach, window, max(unsent_limit, 1), self._budget), self._lock)
            self._seats[number] = seat
            self._live += 1
            if attach.ByteSize() > MAX_ATTACH_BYTES:
                seat.channel.deliver_rpc_lost(errors.attach_too_large())
            self._update(seat)
            return seat

    def release(self, seat: Seat) -> None:
        with self._lock:
            seat.listener = None
            seat.released = True
            seat.channel.abandon()
            self._update(seat)

    def _update(self, seat: Seat) -> None:
        """After a change of the seat: wakes who waits, counts it out when it is over."""
        channel = seat.channel
        self._turns.note(channel)
        seat.changed.notify_all()
        if channel.readable:
            seat.readable.notify_all()
        if channel.writable:
            seat.writable.notify_all()
        if seat.listener is not None:
            seat.listener()
        if channel.over_on_wire and not seat.settled:
            seat.settled = True
            self._live -= 1
        if seat.settled and seat.released and self._seats.pop(channel.number, None) is not None:
            channel.window.close()
            self._recent = [(None, 0.0) if c is channel else (c, t) for c, t in self._recent]
        if self._turns or (self._finishing and self._live == 0):
            self._to_send.notify()

    # What streams ask.

    def listen(self, seat: Seat, listener: Optional[Callable[[], None]]) -> None:
        with self._lock:
            seat.listener = listener
            if listener is not None:
                listener()

    def read(self, seat: Seat, limit: int, until: Optional[float], wait: bool = True) -> Optional[bytes]:
        """None if nothing came in time; raises the stream's error."""
        channel = seat.channel
        with self._lock:
            while wait and not channel.readable and _wait(seat.readable, until):
                pass
            window_limit = self._window_limit(channel) if channel.window.wants_growth else 0
            data = channel.read(limit, window_limit)
            if data and channel.wants_control:
                self._turns.note(channel)
                self._to_send.notify()
            return data

    def write(self, seat: Seat, data: memoryview, until: Optional[float], wait: bool = True) -> int:
        """How many bytes found room in time; raises if nothing can be written any more."""
        channel = seat.channel
        written = 0
        with self._lock:
            while not channel.write_over:
                if written == len(data):
                    return written
                if channel.room == 0 and wait:
                    channel.writer_waiting = True
                    while not channel.writable and _wait(seat.writable, until):
                        pass
                    channel.writer_waiting = False
                    if channel.write_over:
                        break
                if channel.room == 0:
                    return written
                size = min(len(data) - written, channel.room, MAX_PIECE)
                channel.write(bytes(data[written:written + size]))
                written += size
                self._turns.note(channel)
                self._to_send.notify()
            raise channel.write_error()

    def set_writer_waiting(self, seat: Seat, waiting: bool) -> None:
        with self._lock:
            seat.channel.writer_waiting = waiting

    def set_property(self, seat: Seat, prop: Any, read_offset: Optional[int]) -> int:
        with self._lock:
            if seat.channel.write_over:
                raise seat.channel.write_error()
            number = seat.channel.set_property(prop, read_offset)
            self._update(seat)
            return number

    def wait(self, seat: Seat, reached: Callable[[Channel], bool], until: Optional[float]) -> bool:
        """Until that is so, or the stream is over. False if the time is up first."""
        channel = seat.channel
        with self._lock:
            while not reached(channel) and not channel.ended and channel.error is None:
                if not _wait(seat.changed, until):
                    return False
            return True

    def finish(self, seat: Seat) -> None:
        with self._lock:
            seat.channel.finish()
            self._update(seat)

    def reset(self, seat: Seat, why: Optional[StreamError] = None) -> None:
        with self._lock:
            seat.channel.reset(why or errors.reset_here())
            self._update(seat)

    def close(self, seat: Seat, until: Optional[float]) -> EndInfo:
        """Finishes, drops what still comes, and waits for the server's last word. Resets when the time is up."""
        channel = seat.channel
        with self._lock:
            channel.finish()
            self._update(seat)
            while not channel.over_on_wire:
                dropped = channel.read(MAX_WINDOW, 0) if channel.error is None else None
                if dropped:  # Reading keeps credit flowing, so that the end can come.
                    self._update(seat)
                elif not _wait(seat.changed, until):
                    self.reset(seat, errors.timed_out())
            if channel.error is not None:
                raise channel.error.again()
            return channel.end_info

    def look(self, seat: Seat) -> Tuple[OpenInfo, EndInfo, str, Optional[StreamError]]:
        with self._lock:
            channel = seat.channel
            return channel.open_info, channel.end_info, channel.pair_name, channel.error

    # The RPC.

    def finish_opening(self) -> None:
        """No stream will follow: half-closes once the last one has ended."""
        with self._lock:
            self._finishing = True
            self._to_send.notify()

    def close_all(self) -> None:
        """Resets what has not ended in order, and waits for the end of the RPC, at most the linger."""
        with self._lock:
            self._finishing = True
            for seat in list(self._seats.values()):
                if not seat.released:
                    self.reset(seat)
            self._to_send.notify()
            if self._done or not self.wait_done(time.monotonic() + self._options.linger):
                self._call.cancel()

    def cancel(self) -> None:
        with self._lock:
            self._break(errors.cancelled())

    def wait_done(self, until: Optional[float]) -> bool:
        with self._lock:
            while not self._done and _wait(self._done_changed, until):
                pass
            return self._done

    @property
    def broken(self) -> Optional[StreamError]:
        """Why the RPC broke under its streams. A bad status after the last end is noise and not reported."""
        with self._lock:
            return self._broken

    def _break(self, why: StreamError) -> None:
        if not self._done and self._broken is None:
            self._broken = why
            self._call.cancel()

    def _window_limit(self, channel: Channel) -> int:
        now = time.monotonic()
        for other, moved in self._recent:
            if other is not None and other is not channel and now - moved < ACTIVE_FOR:
                return self._options.window_shared
        return self._options.window_alone

    def _note_activity(self, channel: Channel) -> None:
        if self._recent[0][0] is not channel:
            self._recent.reverse()
        self._recent[0] = (channel, time.monotonic())

    def _served(self, channel: Channel, size: int) -> None:
        if size:
            self._note_activity(channel)
        seat = self._seats.get(channel.number)
        if seat is not None:
            self._update(seat)

    def _lookup(self, number: int) -> Optional[Channel]:
        seat = self._seats.get(number)
        return seat.channel if seat is not None else None

    def _messages(self) -> Iterator[bytes]:
        """What gRPC sends; it asks for the next message when the last one is gone."""
        while True:
            with self._lock:
                while True:
                    if self._done or self._broken is not None:
                        return
                    frames = self._turns.fill(self._lookup, self._served)
                    if frames:
                        break
                    if self._finishing and self._live == 0:
                        self._half_closed = True
                        self._heart.notify()
                        return
                    self._to_send.wait()
            yield stream_pair_service_pb2.TransferRequest(frames=frames).SerializeToString()

    def _receive(self) -> None:
        try:
            for data in self._call:
                message = stream_pair_service_pb2.TransferResponse.FromString(data)
                notices: List[float] = []
                with self._lock:
                    self._last_received = time.monotonic()
                    for frame in message.frames:
                        self._deliver(frame, notices)
                for grace in notices:
                    self._attend_goaway()
                    if self._options.on_draining is not None:
                        self._options.on_draining(grace)
        except grpc.RpcError:
            pass  # Its status is looked at below.
        except Exception as error:  # What cannot be decoded.
            with self._lock:
                self._break(errors.protocol_broken(str(error)))
        self._ended()

    def _attend_goaway(self) -> None:
        """Keeps gRPC looking at the connection until it is gone.

        Without RPCs it would not, the server's GOAWAY would stay unanswered, and the server would wait 5 s for it.
        """
        def changed(state: grpc.ChannelConnectivity) -> None:
            if state not in (grpc.ChannelConnectivity.READY, grpc.ChannelConnectivity.CONNECTING):
                self._channel.unsubscribe(changed)

        self._channel.subscribe(changed)

    def _ended(self) -> None:
        with self._lock:
            if not (self._finishing and self._live == 0) and self._broken is None:
                self._broken = errors.from_call(self._call)
            self._done = True
            for seat in list(self._seats.values()):
                if not seat.channel.over_on_wire:
                    seat.channel.deliver_rpc_lost((self._broken or errors.ended_without_end()).again())
                self._update(seat)
            self._to_send.notify_all()
            self._done_changed.notify_all()
            self._heart.notify_all()

    def _deliver(self, frame: Any, notices: List[float]) -> None:
        kind = frame.WhichOneof("content")
        if kind == "ping":
            self._turns.add_frame(frame_pb2.ClientFrame(pong=frame_pb2.Pong(nonce=frame.ping.nonce)))
            self._to_send.notify()
            return
        if kind == "draining":
            if not self._draining:
                notices.append(frame.draining.grace.seconds + frame.draining.grace.nanos / 1e9)
            # What lives on may end in order; what is new goes to an RPC that may lead elsewhere.
            self._draining = self._finishing = True
            self._to_send.notify()
            return
        if kind == "pong" or kind is None:
            return
        seat = self._seats.get(frame.channel)
        if seat is None or seat.channel.over_on_wire:
            # What was on its way to a stream that we reset is no fault.
            if not 0 < frame.channel < self._next_number:
                self._break(errors.protocol_broken("a frame for a channel that was never opened"))
            return
        channel = seat.channel
        if kind == "data":
            self._note_activity(channel)
            fault = channel.deliver_data(frame.data.payload, frame.data.starved)
        else:
            fault = channel.deliver_frame(kind, frame)
        if fault is not None:
            channel.reset(fault)
        self._update(seat)

    def _beat(self) -> None:
        with self._lock:
            while not self._done:
                patience = self._options.linger if self._half_closed else self._options.heartbeat
                if self._heart.wait(patience) or self._done:
                    continue
                if self._half_closed:
                    self._call.cancel()  # All has ended; only the status is missing.
                    return
                if time.monotonic() - self._last_received >= SILENT_HEARTBEATS * self._options.heartbeat:
                    self._break(errors.server_silent())
                    continue
                self._reset_orphans()
                self._nonce += 1
                self._turns.add_frame(frame_pb2.ClientFrame(ping=frame_pb2.Ping(nonce=self._nonce)))
                self._to_send.notify()

    def _reset_orphans(self) -> None:
        now = time.monotonic()
        for seat in list(self._seats.values()):
            if not (seat.released and seat.channel.finish_sent):
                continue
            if seat.orphan_since is None:
                seat.orphan_since = now
            elif now - seat.orphan_since >= ORPHAN_PATIENCE:
                self.reset(seat)
