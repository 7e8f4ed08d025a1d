"""Credit, both sides of it. Pure."""

from __future__ import annotations

MAX_CREDIT = 2**31 - 1  # More is never outstanding (frame.proto, Window).
BEFORE_ATTACHED = 64 << 10  # What may be sent before the server has said its window (frame.proto, Attach).


class WindowBudget:
    """By how much the windows of one RPC may grow together: credit that was granted cannot be taken back."""

    def __init__(self, left: int) -> None:
        self.left = left

    def take(self, wanted: int) -> int:
        taken = min(wanted, self.left)
        self.left -= taken
        return taken

    def give_back(self, size: int) -> None:
        self.left += size


class ReceiveWindow:
    """What the server may still send, and when to grant more.

    Half of the window consumed is granted back at once. The window doubles only for a reader that keeps up: the server
    said that it used its last credit and had more, and after that everything received was consumed. So unread bytes
    never exceed `size`, and a stream that nobody reads never makes its window grow.
    """

    def __init__(self, initial: int, budget: WindowBudget) -> None:
        self._initial = initial
        self._budget = budget
        self.size = initial
        self.credit = initial
        self.unread = 0
        self._starved = False

    @property
    def wants_growth(self) -> bool:
        return self._starved

    def on_data(self, size: int, starved: bool) -> bool:
        """False, and nothing changes, if the server had not that much credit."""
        if size > self.credit:
            return False
        self.credit -= size
        self.unread += size
        self._starved = starved
        return True

    def on_consumed(self, size: int, limit: int) -> int:
        """The credit to grant now, 0 for none. The window may grow up to `limit`."""
        self.unread -= size
        if self._starved and self.unread == 0:
            self._starved = False
            target = min(limit, 2 * self.size)
            if target > self.size:
                self.size += self._budget.take(target - self.size)
        grant = self.size - self.credit - self.unread
        if 2 * grant < self.size:
            return 0
        self.credit += grant
        return grant

    def close(self) -> None:
        """Returns the growth to the budget."""
        self._budget.give_back(self.size - self._initial)
        self.size = self._initial


class SendCredit:
    """What may be sent before the server grants more."""

    def __init__(self) -> None:
        self.available = BEFORE_ATTACHED

    def grant(self, size: int) -> bool:
        """False, and nothing changes, if the sum would be too large."""
        if size > MAX_CREDIT - self.available:
            return False
        self.available += size
        return True
