package streampair

import (
	"context"
	"io"
	"net"
	"net/netip"
	"sync"
	"time"

	pb "streampair.dev/go/streampair/v1"
)

// Conn is one pair: a net.Conn at the other end of a server. Methods may be called by several goroutines at a time.
//
// Close is what it is for a socket: what was written still goes, then a FIN, and a RST for a target that sends on.
// Reset cuts. Finish waits for the server's last word.
type Conn struct {
	rpc  *transferRPC
	seat *seat

	// Guarded by rpc.mu.
	closed          bool
	readBy, writeBy deadline
	readMu, writeMu sync.Mutex // One reader and one writer at a time.
}

var (
	_ net.Conn      = (*Conn)(nil)
	_ io.WriterTo   = (*Conn)(nil)
	_ io.ReaderFrom = (*Conn)(nil)
)

// deadline wakes a condition when its time has come.
type deadline struct {
	at    time.Time
	timer *time.Timer
}

func (d *deadline) passed() bool { return !d.at.IsZero() && !time.Now().Before(d.at) }

func (d *deadline) set(at time.Time, mu *sync.Mutex, wake *sync.Cond) {
	if d.timer != nil {
		d.timer.Stop()
		d.timer = nil
	}
	d.at = at
	if at.IsZero() {
		return
	}
	d.timer = time.AfterFunc(time.Until(at), func() {
		mu.Lock()
		defer mu.Unlock()
		wake.Broadcast()
	})
	wake.Broadcast()
}

func (c *Conn) wrap(op string, err error) error {
	if err == nil || err == io.EOF {
		return err
	}
	return &net.OpError{Op: op, Net: "tcp", Addr: c.RemoteAddr(), Err: err}
}

// Read is io.EOF once the target has finished and everything was read.
func (c *Conn) Read(buffer []byte) (int, error) {
	c.readMu.Lock()
	defer c.readMu.Unlock()
	n := 0
	err := c.readWith(func() {
		n = c.seat.unread.read(buffer)
		c.seat.took(n, c.rpc.windowLimit(c.seat.channel))
	}, len(buffer) > 0)
	return n, c.wrap("read", err)
}

// readWith waits for bytes and calls take with the lock held.
func (c *Conn) readWith(take func(), wait bool) error {
	c.rpc.mu.Lock()
	defer c.rpc.mu.Unlock()
	for {
		if c.closed {
			return errClosed()
		}
		if c.readBy.passed() {
			return errDeadline()
		}
		if !wait {
			return nil
		}
		if c.seat.unread.size > 0 {
			take()
			if c.seat.wantsControl() {
				c.rpc.turns.note(c.seat.channel)
				c.rpc.toSend.Signal()
			}
			return nil
		}
		if err := c.seat.readError(); err != nil {
			return err
		}
		c.seat.readable.Wait()
	}
}

// WriteTo hands what comes to w, without a buffer of its own. io.Copy uses it.
func (c *Conn) WriteTo(w io.Writer) (int64, error) {
	c.readMu.Lock()
	defer c.readMu.Unlock()
	var total int64
	for {
		var piece []byte
		err := c.readWith(func() {
			piece = c.seat.unread.take(maxPiece)
			c.seat.took(len(piece), c.rpc.windowLimit(c.seat.channel))
		}, true)
		if err == io.EOF {
			return total, nil
		}
		if err != nil {
			return total, c.wrap("read", err)
		}
		n, err := w.Write(piece)
		total += int64(n)
		if err != nil {
			return total, err
		}
	}
}

// Write waits until everything found room, which does not mean that the target has it.
func (c *Conn) Write(data []byte) (int, error) {
	c.writeMu.Lock()
	defer c.writeMu.Unlock()
	written, err := c.write(data)
	return written, c.wrap("write", err)
}

func (c *Conn) write(data []byte) (int, error) {
	written := 0
	ch := c.seat.channel
	c.rpc.mu.Lock()
	defer c.rpc.mu.Unlock()
	for {
		if c.closed {
			return written, errClosed()
		}
		if c.writeBy.passed() {
			return written, errDeadline()
		}
		if ch.writeOver() {
			return written, ch.writeError()
		}
		if written == len(data) {
			return written, nil
		}
		if ch.room() == 0 {
			ch.writerWaiting = true
			for !ch.writable() && !c.closed && !c.writeBy.passed() {
				c.seat.writable.Wait()
			}
			ch.writerWaiting = false
			continue
		}
		size := len(data) - written
		if room := ch.room(); size > room {
			size = room
		}
		if size > maxPiece {
			size = maxPiece
		}
		c.rpc.mu.Unlock() // Nobody needs to wait while bytes are copied.
		piece := append([]byte(nil), data[written:written+size]...)
		c.rpc.mu.Lock()
		if ch.writeOver() || c.closed {
			continue
		}
		ch.write(piece)
		written += size
		ch.writerWaiting = written < len(data)
		c.rpc.turns.note(ch)
		c.rpc.toSend.Signal()
		ch.writerWaiting = false
	}
}

// ReadFrom writes what r gives, in pieces that are worth a message. io.Copy uses it.
func (c *Conn) ReadFrom(r io.Reader) (int64, error) {
	buffer := make([]byte, maxPiece)
	var total int64
	for {
		n, err := r.Read(buffer)
		if n > 0 {
			written, writeErr := c.Write(buffer[:n])
			total += int64(written)
			if writeErr != nil {
				return total, writeErr
			}
		}
		if err == io.EOF {
			return total, nil
		}
		if err != nil {
			return total, err
		}
	}
}

// CloseWrite is the half-close: the target gets a FIN after everything that was written. Reading goes on.
func (c *Conn) CloseWrite() error {
	c.rpc.mu.Lock()
	defer c.rpc.mu.Unlock()
	if c.closed {
		return errClosed()
	}
	c.seat.finishWanted = true
	c.rpc.update(c.seat)
	return nil
}

// Close ends the Conn; calls that wait return net.ErrClosed.
func (c *Conn) Close() error {
	c.rpc.mu.Lock()
	if c.closed {
		c.rpc.mu.Unlock()
		return c.wrap("close", errClosed())
	}
	c.closed = true
	c.readBy.set(time.Time{}, nil, nil)
	c.writeBy.set(time.Time{}, nil, nil)
	c.seat.readable.Broadcast()
	c.seat.writable.Broadcast()
	c.rpc.mu.Unlock()
	c.rpc.release(c.seat)
	return nil
}

// Reset gives the pair up: a RST for the target. Drops what is unread and unsent, and ends calls that wait.
func (c *Conn) Reset() {
	c.rpc.mu.Lock()
	defer c.rpc.mu.Unlock()
	c.seat.reset(errResetHere())
	c.rpc.update(c.seat)
}

// Finish ends in order: finishes, drops what still comes, and waits for the server's last word. Returns the failure of
// the stream, whenever it came. Resets when ctx is over.
func (c *Conn) Finish(ctx context.Context) (EndInfo, error) {
	stop := c.wakeOn(ctx)
	defer stop()
	c.rpc.mu.Lock()
	defer c.rpc.mu.Unlock()
	c.seat.finishWanted = true
	c.rpc.update(c.seat)
	for !c.seat.overOnWire() {
		if size := c.seat.unread.size; size > 0 {
			// Taking it keeps credit flowing, so that the end can come.
			c.seat.unread.clear()
			c.seat.took(size, 0)
			c.rpc.update(c.seat)
			continue
		}
		if ctx.Err() != nil {
			c.seat.reset(contextError(ctx))
			c.rpc.update(c.seat)
			break
		}
		c.seat.changed.Wait()
	}
	if c.seat.err != nil {
		return EndInfo{}, c.seat.err
	}
	return c.seat.end, nil
}

func contextError(ctx context.Context) *Error {
	if ctx.Err() == context.DeadlineExceeded {
		e := errDeadline()
		e.also = context.DeadlineExceeded
		return e
	}
	e := errResetHere()
	e.also = context.Canceled
	return e
}

// wakeOn makes the end of ctx a change of the seat, until stop is called.
func (c *Conn) wakeOn(ctx context.Context) (stop func()) {
	if ctx.Done() == nil {
		return func() {}
	}
	over := make(chan struct{})
	go func() {
		select {
		case <-ctx.Done():
			c.rpc.mu.Lock()
			defer c.rpc.mu.Unlock()
			c.seat.changed.Broadcast()
		case <-over:
		}
	}()
	return func() { close(over) }
}

// wait returns once reached says so or the stream is over (nil), or ctx is. Requires the lock.
func (c *Conn) wait(ctx context.Context, reached func() bool) error {
	for !reached() && !c.seat.ended && c.seat.err == nil {
		if ctx.Err() != nil {
			return contextError(ctx)
		}
		c.seat.changed.Wait()
	}
	if !reached() {
		if c.seat.err != nil {
			return c.seat.err
		}
		return errPairOver()
	}
	return nil
}

func (c *Conn) waitFor(ctx context.Context, reached func() bool) (OpenInfo, error) {
	stop := c.wakeOn(ctx)
	defer stop()
	c.rpc.mu.Lock()
	defer c.rpc.mu.Unlock()
	err := c.wait(ctx, reached)
	return c.seat.open, err
}

// WaitConnected waits until the TCP connection stands.
func (c *Conn) WaitConnected(ctx context.Context) (OpenInfo, error) {
	return c.waitFor(ctx, func() bool { return c.seat.open.Connected })
}

// WaitReady waits until all handshakes are done, which Read and Write wait for by themselves.
func (c *Conn) WaitReady(ctx context.Context) (OpenInfo, error) {
	return c.waitFor(ctx, func() bool { return c.seat.open.Ready })
}

// SetProperty sets a property between exactly the data before and after it, and waits for the answer.
func (c *Conn) SetProperty(ctx context.Context, property *pb.Property) error {
	return c.setProperty(ctx, property, false)
}

func (c *Conn) setProperty(ctx context.Context, property *pb.Property, checkOffset bool) error {
	stop := c.wakeOn(ctx)
	defer stop()
	c.rpc.mu.Lock()
	defer c.rpc.mu.Unlock()
	if c.closed {
		return errClosed()
	}
	if c.seat.writeOver() {
		return c.seat.writeError()
	}
	var offset *uint64
	if checkOffset {
		offset = new(uint64)
		*offset = c.seat.bytesTaken
	}
	id := c.seat.setProperty(property, offset)
	c.rpc.update(c.seat)
	answered := func() bool { _, ok := c.seat.results[id]; return ok }
	if err := c.wait(ctx, answered); err != nil {
		return err
	}
	result := c.seat.results[id]
	delete(c.seat.results, id)
	if result != nil {
		return result
	}
	return nil
}

// StartTLS is STARTTLS: what was written before goes in the clear, what comes after within TLS. nil: defaults. Read the
// target's answer to the last command in the clear before; what the server has read beyond what was read here is
// refused as an injection. Returns after the handshake.
func (c *Conn) StartTLS(ctx context.Context, settings *pb.SslSettings) (*pb.TlsHandshakeReport, error) {
	if settings == nil {
		settings = &pb.SslSettings{}
	}
	return c.startTLS(ctx, &pb.Property{Value: &pb.Property_SslSettings{SslSettings: settings}})
}

// StartTLSContext is StartTLS with everything that can be set.
func (c *Conn) StartTLSContext(ctx context.Context, tls *pb.SslContext) (*pb.TlsHandshakeReport, error) {
	return c.startTLS(ctx, &pb.Property{Value: &pb.Property_SslContext{SslContext: tls}})
}

func (c *Conn) startTLS(ctx context.Context, property *pb.Property) (*pb.TlsHandshakeReport, error) {
	c.rpc.mu.Lock()
	c.seat.open.TLS = nil
	c.rpc.mu.Unlock()
	if err := c.setProperty(ctx, property, true); err != nil {
		return nil, c.wrap("starttls", err)
	}
	info, err := c.waitFor(ctx, func() bool { return c.seat.open.TLS != nil })
	return info.TLS, c.wrap("starttls", err)
}

// OpenInfo says how far the pair has come, without waiting.
func (c *Conn) OpenInfo() OpenInfo {
	c.rpc.mu.Lock()
	defer c.rpc.mu.Unlock()
	return c.seat.open
}

// PairName is empty before the server has told it.
func (c *Conn) PairName() string {
	c.rpc.mu.Lock()
	defer c.rpc.mu.Unlock()
	return c.seat.pairName
}

// Unread is how many bytes are here that were not read.
func (c *Conn) Unread() int {
	c.rpc.mu.Lock()
	defer c.rpc.mu.Unlock()
	return c.seat.unread.size
}

// LocalAddr is the server's end of the connection.
func (c *Conn) LocalAddr() net.Addr { return tcpAddr(c.OpenInfo().LocalAddress) }

// RemoteAddr is the target, or the first proxy.
func (c *Conn) RemoteAddr() net.Addr { return tcpAddr(c.OpenInfo().RemoteAddress) }

func tcpAddr(text string) net.Addr {
	address, err := netip.ParseAddrPort(text)
	if err != nil {
		return &net.TCPAddr{}
	}
	return net.TCPAddrFromAddrPort(address)
}

// SetDeadline is SetReadDeadline and SetWriteDeadline.
func (c *Conn) SetDeadline(t time.Time) error {
	if err := c.SetReadDeadline(t); err != nil {
		return err
	}
	return c.SetWriteDeadline(t)
}

// SetReadDeadline also ends a Read that waits already. The zero time is none.
func (c *Conn) SetReadDeadline(t time.Time) error {
	return c.setDeadline(&c.readBy, t, &c.seat.readable)
}

// SetWriteDeadline also ends a Write that waits already. The zero time is none.
func (c *Conn) SetWriteDeadline(t time.Time) error {
	return c.setDeadline(&c.writeBy, t, &c.seat.writable)
}

func (c *Conn) setDeadline(d *deadline, t time.Time, wake *sync.Cond) error {
	c.rpc.mu.Lock()
	defer c.rpc.mu.Unlock()
	if c.closed {
		return errClosed()
	}
	d.set(t, &c.rpc.mu, wake)
	return nil
}
