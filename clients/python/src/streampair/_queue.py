"""Bytes that wait, in the pieces in which they came. Pure."""

from __future__ import annotations

import collections
from typing import Deque, List, Union

_SMALL = 4 << 10  # Pieces up to this are joined, so that many tiny ones do not cost a multiple of their bytes.
_JOINED = 64 << 10


class ByteQueue:
    def __init__(self) -> None:
        self._pieces: Deque[Union[bytes, bytearray]] = collections.deque()
        self._head = 0  # Taken of the first piece.
        self.size = 0

    def __len__(self) -> int:
        return self.size

    def append(self, piece: bytes) -> None:
        if not piece:
            return
        self.size += len(piece)
        if len(piece) <= _SMALL and self._pieces:
            last = self._pieces[-1]
            if isinstance(last, bytearray) and len(last) < _JOINED:
                last += piece
                return
        self._pieces.append(bytearray(piece) if len(piece) <= _SMALL else piece)

    def take(self, limit: int) -> bytes:
        """Up to `limit` bytes from the front."""
        parts: List[Union[bytes, bytearray]] = []
        while limit > 0 and self._pieces:
            piece = self._pieces[0]
            left = len(piece) - self._head
            part = min(limit, left)
            parts.append(piece if part == len(piece) else bytes(memoryview(piece)[self._head:self._head + part]))
            limit -= part
            self.size -= part
            if part == left:
                self._pieces.popleft()
                self._head = 0
            else:
                self._head += part
        if len(parts) == 1:
            return bytes(parts[0])  # No copy if it is bytes already.
        return b"".join(parts)

    def clear(self) -> None:
        self._pieces.clear()
        self._head = self.size = 0
