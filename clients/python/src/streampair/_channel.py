"""One channel of a Transfer RPC as a pure state machine: no I/O, no lock, no clock; the RPC drives it.

Three parties call it. The application reads, writes, finishes and resets; deliver_... takes what the server sent and
returns what was wrong with it (the RPC then resets the channel); send_... puts frames into a message. Terminal states
are sticky and the first failure wins.
"""

from __future__ import annotations

import collections
from dataclasses import dataclass
from typing import Any, Deque, Dict, List, Optional, Tuple

from streampair import errors
from streampair._queue import ByteQueue
from streampair._window import BEFORE_ATTACHED, ReceiveWindow, SendCredit, WindowBudget
from streampair.errors import StreamError
from streampair.v1 import event_pb2, frame_pb2, stream_pair_pb2

Fault = Optional[StreamError]


@dataclass
class OpenInfo:
    """How far a pair has come, and where it leads."""

    connected: bool = False  # The TCP connection stands (to the first proxy, if there is one).
    ready: bool = False  # All handshakes are done.
    remote_address: str = ""
    local_address: str = ""
    tls: Any = None  # The TlsHandshakeReport of the last TLS handshake.


@dataclass
class EndInfo:
    """The server's last word on a stream. What it has not said is 0."""

    bytes_read: int = 0
    bytes_written: int = 0
    held: bool = False
    finish_kind: int = 0  # How the target finished: a frame_pb2.FinishKind.


class Channel:
    def __init__(self, number: int, attach: Any, window: int, unsent_limit: int, budget: WindowBudget) -> None:
        self.number = number
        self.unsent_limit = unsent_limit
        # A half that is not ours counts as finished from the start.
        self.finish_wanted = self.finish_sent = attach.halves == stream_pair_pb2.HALF_READ
        self.target_finished = attach.halves == stream_pair_pb2.HALF_WRITE
        attach.window = window
        self._attach: Any = frame_pb2.ClientFrame(channel=number, attach=attach)
        self.attach_sent = False
        self.attached = False
        self.pair_name = ""
        self.open_info = OpenInfo()
        self.end_info = EndInfo()
        self._unsent = ByteQueue()
        self._bytes_written = 0  # By the application.
        # Frames that keep their place between the bytes: after how many written ones.
        self._properties: Deque[Tuple[int, Any]] = collections.deque()
        self.credit = SendCredit()
        self.writer_waiting = False
        self.reset_wanted = False
        self.reset_sent = False
        self.abandoned = False
        self._dropped = False  # Bytes came, or were there, that nobody will read.
        self._unread = ByteQueue()
        self.window = ReceiveWindow(window, budget)
        self._grant = 0
        self.bytes_taken = 0  # By the application.
        self.ended = False
        self.error: Optional[StreamError] = None
        self._next_property = 1
        self.property_results: Dict[int, Optional[StreamError]] = {}
        # Kept here for the RPC's queues.
        self.control_queued = False
        self.turn_queued = False

    # The application's side.

    @property
    def read_over(self) -> bool:
        return self.target_finished or self.ended

    @property
    def readable(self) -> bool:
        """A read would not wait: bytes, the end or an error are there."""
        return bool(self._unread) or self.read_over or self.error is not None

    def read(self, limit: int, window_limit: int) -> Optional[bytes]:
        """Up to `limit` bytes; empty at the end; None: nothing yet. Raises the stream's error."""
        if self._unread:
            data = self._unread.take(limit)
            self._consumed(len(data), window_limit)
            return data
        # An orderly end stays one when the other direction fails later; a reset here ends everything.
        if self.target_finished and not self.reset_wanted:
            return b""
        if self.error is not None:
            raise self.error.again()
        return b"" if self.read_over else None

    def _consumed(self, size: int, window_limit: int) -> None:
        self.bytes_taken += size
        grant = self.window.on_consumed(size, window_limit)
        if not self.read_over:
            self._grant += grant

    @property
    def room(self) -> int:
        """Bytes that may be appended now; 0 also when nothing can be written any more."""
        return 0 if self.write_over else max(0, self.unsent_limit - len(self._unsent))

    @property
    def write_over(self) -> bool:
        return self.error is not None or self.finish_wanted or self.ended

    def write_error(self) -> StreamError:
        if self.error is not None:
            return self.error.again()
        return errors.write_after_finish() if self.finish_wanted else errors.pair_over()

    @property
    def writable(self) -> bool:
        """Enough room to be worth a writer's while, or an error."""
        return 2 * self.room >= self.unsent_limit or self.write_over

    def write(self, data: bytes) -> None:
        self._unsent.append(data)
        self._bytes_written += len(data)

    def set_property(self, prop: Any, read_offset: Optional[int]) -> int:
        """Puts the property after the data that was written; its id."""
        frame = frame_pb2.ClientFrame(channel=self.number)
        frame.set_property.id = self._next_property
        frame.set_property.property.CopyFrom(prop)
        if read_offset is not None:
            frame.set_property.read_offset = read_offset
        self._next_property += 1
        self._properties.append((self._bytes_written, frame))
        return int(frame.set_property.id)

    def finish(self) -> None:
        self.finish_wanted = True

    def abandon(self) -> None:
        """The application is gone, as after close() of a socket: what is unsent still goes, and the FIN after it.

        As from a kernel, the target gets a RST if it sent or sends what nobody will read.
        """
        if self.error is not None or self.ended:
            return
        if not self.open_info.ready and not self._unsent:
            self.reset(errors.reset_here())
            return
        self.abandoned = True
        self.finish_wanted = True
        self._dropped = bool(self._unread)
        self._unread.clear()
        self._reset_if_dropped()

    def _reset_if_dropped(self) -> None:
        if self.abandoned and self._dropped and self.finish_sent:
            self.reset(errors.reset_here())

    def reset(self, why: StreamError) -> None:
        """Gives the pair up. Drops what is unread and unsent."""
        if self.ended or self.reset_wanted:
            return
        self.error = self.error or why
        self.reset_wanted = True
        self._unread.clear()
        self._stop_sending()
        # A channel that the server never heard of needs no farewell.
        if not self.attach_sent:
            self._attach = None
            self.reset_sent = True

    # The server's side. Nothing may be delivered once over_on_wire.

    @property
    def over_on_wire(self) -> bool:
        return self.ended or self.reset_sent

    def deliver_data(self, payload: bytes, starved: bool) -> Fault:
        if self.reset_wanted:
            return None
        if not payload:
            return errors.protocol_broken("data without bytes")
        if self.target_finished:
            return errors.protocol_broken("data after the target's finish")
        if not self.window.on_data(len(payload), starved):
            return errors.credit_broken("more data than was granted")
        if self.abandoned:
            self._dropped = True
            self._reset_if_dropped()
        else:
            self._unread.append(payload)
        return None

    def deliver_frame(self, kind: str, frame: Any) -> Fault:
        if kind == "end":
            self._deliver_end(frame.end)
            return None
        if self.reset_wanted:
            return None
        if kind == "window":
            if frame.window.increment == 0 or not self.credit.grant(frame.window.increment):
                return errors.credit_broken("a window frame out of range")
        elif kind == "finish":
            if self.target_finished:
                return errors.protocol_broken("a second finish")
            self.target_finished = True
            self.end_info.finish_kind = frame.finish.kind
            self._grant = 0
        elif kind == "attached":
            return self._deliver_attached(frame.attached)
        elif kind == "event":
            self._deliver_event(frame.event)
        elif kind == "property_result":
            result = frame.property_result
            self.property_results[result.id] = errors.make(result.error) if result.HasField("error") else None
        return None  # Anything else is of no use to us, or was added by a later version.

    def _deliver_attached(self, attached: Any) -> Fault:
        if self.attached:
            return errors.protocol_broken("a second attached")
        # What may be sent before this frame counts towards the window.
        if attached.window < BEFORE_ATTACHED or not self.credit.grant(attached.window - BEFORE_ATTACHED):
            return errors.credit_broken("the first window is out of range")
        self.attached = True
        self.pair_name = attached.name
        return None

    def _deliver_event(self, event: Any) -> None:
        info = self.open_info
        if event.type == event_pb2.STREAM_EVENT_TYPE_OPEN_COMPLETED:
            info.connected = True
            info.remote_address = event.remote_address
            info.local_address = event.local_address
        elif event.type == event_pb2.STREAM_EVENT_TYPE_READY:
            info.ready = True
        elif event.type == event_pb2.STREAM_EVENT_TYPE_TLS_HANDSHAKE_COMPLETED:
            info.tls = event.tls_handshake_report

    def _deliver_end(self, end: Any) -> None:
        self.ended = True
        self.end_info.bytes_read = end.bytes_read
        self.end_info.bytes_written = end.bytes_written
        self.end_info.held = end.held
        if end.HasField("error") and self.error is None:
            self.error = errors.make(end.error)
        self._stop_sending()

    def deliver_rpc_lost(self, why: StreamError) -> None:
        """The RPC ended without an end frame."""
        self.ended = True
        self.error = self.error or why
        self._attach = None
        self._stop_sending()

    def _stop_sending(self) -> None:
        self._unsent.clear()
        self._properties.clear()
        self._grant = 0

    # The wire's side.

    @property
    def wants_control(self) -> bool:
        """Frames that take no turn: attach, window, reset."""
        return not self.over_on_wire and (not self.attach_sent or self.reset_wanted or self._grant > 0)

    def send_control(self, frames: List[Any]) -> None:
        if self.over_on_wire:
            return
        if not self.attach_sent:
            frames.append(self._attach)
            self._attach = None
            self.attach_sent = True
        if self.reset_wanted:
            frames.append(frame_pb2.ClientFrame(channel=self.number, reset=frame_pb2.Reset()))
            self.reset_sent = True
        elif self._grant > 0:
            frames.append(frame_pb2.ClientFrame(channel=self.number, window=frame_pb2.Window(increment=self._grant)))
            self._grant = 0

    @property
    def wants_turn(self) -> bool:
        """Data within credit, and what comes in order with it."""
        if self.over_on_wire or self.reset_wanted or not self.attach_sent or self.finish_sent:
            return False
        if self._bytes_to_property() == 0:
            return True
        return self.credit.available > 0 if self._unsent else self.finish_wanted

    def _bytes_to_property(self) -> Optional[int]:
        """Of what is unsent, how much goes before the next property. None: there is none."""
        if not self._properties:
            return None
        return self._properties[0][0] - (self._bytes_written - len(self._unsent))

    def send_turn(self, quantum: int, frames: List[Any]) -> int:
        """Sends at most `quantum` bytes; returns how many."""
        if not self.wants_turn:
            return 0
        size = 0
        last: Any = None
        while True:
            to_property = self._bytes_to_property()
            if to_property == 0:
                frames.append(self._properties.popleft()[1])
                continue
            part = min(quantum - size, len(self._unsent), self.credit.available)
            if to_property is not None:
                part = min(part, to_property)
            if part == 0:
                break
            last = frame_pb2.ClientFrame(channel=self.number)
            last.data.payload = self._unsent.take(part)
            frames.append(last)
            self.credit.available -= part
            size += part
        # Before the server has told its window we do not know our last credit.
        if last is not None and self.attached and self.credit.available == 0 and (self._unsent or self.writer_waiting):
            last.data.starved = True
        if self.finish_wanted and not self._unsent and not self._properties:
            frames.append(frame_pb2.ClientFrame(channel=self.number, finish=frame_pb2.Finish()))
            self.finish_sent = True
            self._reset_if_dropped()
        return size
