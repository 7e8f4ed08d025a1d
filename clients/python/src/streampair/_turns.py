"""What goes into the next message of an RPC, so that no channel waits for another. Pure."""

from __future__ import annotations

import collections
from typing import Any, Callable, Deque, List, Optional

from streampair._channel import Channel

BATCH_BYTES = 512 << 10  # Data in one message, about.
MIN_QUANTUM = 16 << 10  # In one turn.
MAX_QUANTUM = 256 << 10
CONTROL_FRAMES = 4096  # Other frames in one message, about; an attach counts for what it may hold.
CONNECTION_FRAMES = 1024  # Frames of no channel that may wait.


class SendTurns:
    """Small frames of all channels first, then data in turns of equal size, going round."""

    def __init__(self) -> None:
        self._connection: List[Any] = []
        # By number, since a channel may go away while it waits here.
        self._control: Deque[int] = collections.deque()
        self._turns: Deque[int] = collections.deque()

    def note(self, channel: Channel) -> None:
        """Takes note of what the channel wants to send now. Cheap; call it after every change."""
        if not channel.control_queued and channel.wants_control:
            channel.control_queued = True
            self._control.append(channel.number)
        if not channel.turn_queued and channel.wants_turn:
            channel.turn_queued = True
            self._turns.append(channel.number)

    def add_frame(self, frame: Any) -> None:
        """A ping or pong. Dropped if too many wait, which only a peer that floods and does not read brings about."""
        if len(self._connection) < CONNECTION_FRAMES:
            self._connection.append(frame)

    def __bool__(self) -> bool:
        return bool(self._connection or self._control or self._turns)

    def fill(self, lookup: Callable[[int], Optional[Channel]], served: Callable[[Channel, int], None]) -> List[Any]:
        """The next message's frames; empty if there is nothing to send."""
        frames, self._connection = self._connection, []
        control_bytes = 0
        while self._control and len(frames) < CONTROL_FRAMES and control_bytes < 1 << 20:
            channel = lookup(self._control.popleft())
            if channel is None:
                continue
            channel.control_queued = False
            attaching = not channel.attach_sent
            before = len(frames)
            channel.send_control(frames)
            if attaching and len(frames) > before:
                control_bytes += frames[before].ByteSize()
            self.note(channel)  # It may have data that had to wait for the attach.
            served(channel, 0)
        # Who is ready now gets the same share; who becomes ready later gets one of the next message's.
        quantum = min(max(BATCH_BYTES // max(len(self._turns), 1), MIN_QUANTUM), MAX_QUANTUM)
        size = 0
        while self._turns and size < BATCH_BYTES:
            channel = lookup(self._turns.popleft())
            if channel is None:
                continue
            channel.turn_queued = False
            turn = channel.send_turn(quantum, frames)
            size += turn
            self.note(channel)
            served(channel, turn)
        return frames
