package streampair

const (
	maxCredit      = 1<<31 - 1 // More is never outstanding (frame.proto, Window).
	beforeAttached = 64 << 10  // What may be sent before the server has said its window (frame.proto, Attach).
	maxWindow      = 64 << 20
)

// windowBudget is by how much the windows of one RPC may grow together: credit that was granted cannot be taken back.
type windowBudget struct{ left int }

func (b *windowBudget) take(wanted int) int {
	if wanted > b.left {
		wanted = b.left
	}
	b.left -= wanted
	return wanted
}

// receiveWindow knows what the server may still send, and when to grant more.
//
// Half of the window consumed is granted back at once. The window doubles only for a reader that keeps up: the server
// said that it used its last credit and had more, and after that everything received was consumed. So unread bytes
// never exceed size, and a stream that nobody reads never makes its window grow. Pure.
type receiveWindow struct {
	budget                        *windowBudget
	initial, size, credit, unread int
	starved                       bool
}

func newReceiveWindow(initial int, budget *windowBudget) receiveWindow {
	return receiveWindow{budget: budget, initial: initial, size: initial, credit: initial}
}

// onData is false, and changes nothing, if the server had not that much credit.
func (w *receiveWindow) onData(bytes int, starved bool) bool {
	if bytes > w.credit {
		return false
	}
	w.credit -= bytes
	w.unread += bytes
	w.starved = starved
	return true
}

// onConsumed returns the credit to grant now, 0 for none. The window may grow up to limit.
func (w *receiveWindow) onConsumed(bytes, limit int) int {
	w.unread -= bytes
	if w.starved && w.unread == 0 {
		w.starved = false
		target := 2 * w.size
		if target > limit {
			target = limit
		}
		if target > w.size {
			w.size += w.budget.take(target - w.size)
		}
	}
	grant := w.size - w.credit - w.unread
	if 2*grant < w.size {
		return 0
	}
	w.credit += grant
	return grant
}

// close returns the growth to the budget.
func (w *receiveWindow) close() {
	w.budget.left += w.size - w.initial
	w.size = w.initial
}

// sendCredit is what may be sent before the server grants more.
type sendCredit struct{ available int64 }

// grant is false, and changes nothing, if the sum would be too large.
func (c *sendCredit) grant(bytes int64) bool {
	if bytes > maxCredit-c.available {
		return false
	}
	c.available += bytes
	return true
}
