package streampair

import (
	"io"

	"google.golang.org/protobuf/proto"

	pb "streampair.dev/go/streampair/v1"
)

// OpenInfo says how far a pair has come, and where it leads.
type OpenInfo struct {
	Connected     bool // The TCP connection stands (to the first proxy, if there is one).
	Ready         bool // All handshakes are done.
	RemoteAddress string
	LocalAddress  string                 // The server's end of the connection.
	TLS           *pb.TlsHandshakeReport // Of the last TLS handshake.
}

// EndInfo is the server's last word on a stream. What it has not said is 0.
type EndInfo struct {
	BytesRead    uint64 // Sent to this client on this channel.
	BytesWritten uint64 // Written to the target on this channel.
	Held         bool   // The pair still exists and may be attached to again.
	FinishKind   pb.FinishKind
}

type propertyInOrder struct {
	after uint64 // So many written bytes.
	frame *pb.ClientFrame
}

// channel is one channel of a Transfer RPC as a pure state machine: no I/O, no lock, no clock; the RPC drives it.
//
// Three parties call it. The application reads, writes, finishes and resets; deliver... takes what the server sent and
// returns what was wrong with it (the RPC then resets the channel); send... puts frames into a message. Terminal states
// are sticky and the first failure wins.
type channel struct {
	number      uint32
	unsentLimit int

	attach     *pb.ClientFrame
	attachSent bool
	attached   bool
	pairName   string
	open       OpenInfo
	end        EndInfo

	unsent        byteQueue
	bytesWritten  uint64 // By the application.
	properties    []propertyInOrder
	nextProperty  uint32
	results       map[uint32]*Error
	credit        sendCredit
	writerWaiting bool
	finishWanted  bool
	finishSent    bool
	resetWanted   bool
	resetSent     bool
	abandoned     bool
	dropped       bool // Bytes came, or were there, that nobody will read.

	unread         byteQueue
	bytesTaken     uint64 // By the application.
	window         receiveWindow
	grant          int
	targetFinished bool
	ended          bool
	err            *Error

	controlQueued, turnQueued bool // Kept for sendTurns.
}

func newChannel(number uint32, attach *pb.Attach, window, unsentLimit int, budget *windowBudget) *channel {
	attach = proto.Clone(attach).(*pb.Attach)
	attach.Window = proto.Uint32(uint32(window))
	c := &channel{
		number:      number,
		unsentLimit: unsentLimit,
		attach:      &pb.ClientFrame{Channel: number, Content: &pb.ClientFrame_Attach{Attach: attach}},
		results:     map[uint32]*Error{},
		credit:      sendCredit{available: beforeAttached},
		window:      newReceiveWindow(window, budget),
	}
	// A half that is not ours counts as finished from the start.
	c.finishWanted = attach.Halves == pb.Half_HALF_READ
	c.finishSent = c.finishWanted
	c.targetFinished = attach.Halves == pb.Half_HALF_WRITE
	return c
}

// The application's side.

func (c *channel) readOver() bool { return c.targetFinished || c.ended }

// readable: a read would not wait, because bytes, the end or an error are there.
func (c *channel) readable() bool { return c.unread.size > 0 || c.readOver() || c.err != nil }

// took notes that the application has so many bytes more.
func (c *channel) took(bytes, windowLimit int) {
	c.bytesTaken += uint64(bytes)
	grant := c.window.onConsumed(bytes, windowLimit)
	if !c.readOver() {
		c.grant += grant
	}
}

// readError is what a read without bytes comes to; nil: nothing yet. An orderly end stays one when the other direction
// fails later; a reset here ends everything.
func (c *channel) readError() error {
	switch {
	case c.targetFinished && !c.resetWanted:
		return io.EOF
	case c.err != nil:
		return c.err
	case c.readOver():
		return io.EOF
	}
	return nil
}

func (c *channel) writeOver() bool { return c.err != nil || c.finishWanted || c.ended }

func (c *channel) writeError() *Error {
	switch {
	case c.err != nil:
		return c.err
	case c.finishWanted:
		return errAfterFinish()
	}
	return errPairOver()
}

// room is how many bytes may be appended now; 0 also when nothing can be written any more.
func (c *channel) room() int {
	if c.writeOver() || c.unsent.size >= c.unsentLimit {
		return 0
	}
	return c.unsentLimit - c.unsent.size
}

// writable: enough room to be worth a writer's while, or an error.
func (c *channel) writable() bool { return 2*c.room() >= c.unsentLimit || c.writeOver() }

func (c *channel) write(piece []byte) {
	c.unsent.append(piece)
	c.bytesWritten += uint64(len(piece))
}

// setProperty puts the property after the data that was written, and returns its id.
func (c *channel) setProperty(property *pb.Property, readOffset *uint64) uint32 {
	c.nextProperty++
	frame := &pb.SetPropertyFrame{Id: c.nextProperty, Property: property, ReadOffset: readOffset}
	c.properties = append(c.properties, propertyInOrder{c.bytesWritten,
		&pb.ClientFrame{Channel: c.number, Content: &pb.ClientFrame_SetProperty{SetProperty: frame}}})
	return c.nextProperty
}

// reset gives the pair up. Drops what is unread and unsent.
func (c *channel) reset(why *Error) {
	if c.ended || c.resetWanted {
		return
	}
	if c.err == nil {
		c.err = why
	}
	c.resetWanted = true
	c.unread.clear()
	c.stopSending()
	// A channel that the server never heard of needs no farewell.
	if !c.attachSent {
		c.attach = nil
		c.resetSent = true
	}
}

// abandon: the application is gone, as after Close of a socket: what is unsent still goes, and the FIN after it. As from
// a kernel, the target gets a RST if it sent or sends what nobody will read.
func (c *channel) abandon() {
	if c.err != nil || c.ended {
		return
	}
	if !c.open.Ready && c.unsent.size == 0 {
		c.reset(errResetHere())
		return
	}
	c.abandoned = true
	c.finishWanted = true
	c.dropped = c.unread.size > 0
	c.unread.clear()
	c.resetIfDropped()
}

func (c *channel) resetIfDropped() {
	if c.abandoned && c.dropped && c.finishSent {
		c.reset(errResetHere())
	}
}

// The server's side. Nothing may be delivered once overOnWire.

func (c *channel) overOnWire() bool { return c.ended || c.resetSent }

func (c *channel) deliverData(payload []byte, starved bool) *Error {
	if c.resetWanted {
		return nil
	}
	if len(payload) == 0 {
		return errProtocol("data without bytes")
	}
	if c.targetFinished {
		return errProtocol("data after the target's finish")
	}
	if !c.window.onData(len(payload), starved) {
		return errCredit("more data than was granted")
	}
	if c.abandoned {
		c.dropped = true
		c.resetIfDropped()
		return nil
	}
	c.unread.append(payload)
	return nil
}

func (c *channel) deliver(frame *pb.ServerFrame) *Error {
	if end := frame.GetEnd(); end != nil {
		c.deliverEnd(end)
		return nil
	}
	if c.resetWanted {
		return nil
	}
	switch content := frame.Content.(type) {
	case *pb.ServerFrame_Window:
		increment := int64(content.Window.GetIncrement())
		if increment == 0 || !c.credit.grant(increment) {
			return errCredit("a window frame out of range")
		}
	case *pb.ServerFrame_Finish:
		if c.targetFinished {
			return errProtocol("a second finish")
		}
		c.targetFinished = true
		c.end.FinishKind = content.Finish.GetKind()
		c.grant = 0
	case *pb.ServerFrame_Attached:
		return c.deliverAttached(content.Attached)
	case *pb.ServerFrame_Event:
		c.deliverEvent(content.Event)
	case *pb.ServerFrame_PropertyResult:
		var err *Error
		if content.PropertyResult.Error != nil {
			err = fromProto(content.PropertyResult.Error)
		}
		c.results[content.PropertyResult.GetId()] = err
	}
	return nil // Anything else is of no use to us, or was added by a later version.
}

func (c *channel) deliverAttached(attached *pb.Attached) *Error {
	if c.attached {
		return errProtocol("a second attached")
	}
	// What may be sent before this frame counts towards the window.
	window := int64(attached.GetWindow())
	if window < beforeAttached || !c.credit.grant(window-beforeAttached) {
		return errCredit("the first window is out of range")
	}
	c.attached = true
	c.pairName = attached.GetName()
	return nil
}

func (c *channel) deliverEvent(event *pb.StreamEvent) {
	switch event.GetType() {
	case pb.StreamEventType_STREAM_EVENT_TYPE_OPEN_COMPLETED:
		c.open.Connected = true
		c.open.RemoteAddress = event.GetRemoteAddress()
		c.open.LocalAddress = event.GetLocalAddress()
	case pb.StreamEventType_STREAM_EVENT_TYPE_READY:
		c.open.Ready = true
	case pb.StreamEventType_STREAM_EVENT_TYPE_TLS_HANDSHAKE_COMPLETED:
		c.open.TLS = event.GetTlsHandshakeReport()
	}
}

func (c *channel) deliverEnd(end *pb.End) {
	c.ended = true
	c.end.BytesRead, c.end.BytesWritten, c.end.Held = end.GetBytesRead(), end.GetBytesWritten(), end.GetHeld()
	if end.Error != nil && c.err == nil {
		c.err = fromProto(end.Error)
	}
	c.stopSending()
}

// deliverRPCLost: the RPC ended without an end frame.
func (c *channel) deliverRPCLost(why *Error) {
	c.ended = true
	if c.err == nil {
		c.err = why
	}
	c.attach = nil
	c.stopSending()
}

func (c *channel) stopSending() {
	c.unsent.clear()
	c.properties = nil
	c.grant = 0
}

// The wire's side.

// wantsControl: frames that take no turn: attach, window, reset.
func (c *channel) wantsControl() bool {
	return !c.overOnWire() && (!c.attachSent || c.resetWanted || c.grant > 0)
}

func (c *channel) sendControl(frames []*pb.ClientFrame) []*pb.ClientFrame {
	if c.overOnWire() {
		return frames
	}
	if !c.attachSent {
		frames = append(frames, c.attach)
		c.attach = nil
		c.attachSent = true
	}
	if c.resetWanted {
		c.resetSent = true
		return append(frames, &pb.ClientFrame{Channel: c.number, Content: &pb.ClientFrame_Reset_{Reset_: &pb.Reset{}}})
	}
	if c.grant > 0 {
		window := &pb.Window{Increment: uint32(c.grant)}
		c.grant = 0
		frames = append(frames, &pb.ClientFrame{Channel: c.number, Content: &pb.ClientFrame_Window{Window: window}})
	}
	return frames
}

// bytesToProperty: of what is unsent, how much goes before the next property; false: there is none.
func (c *channel) bytesToProperty() (int, bool) {
	if len(c.properties) == 0 {
		return 0, false
	}
	return int(c.properties[0].after - (c.bytesWritten - uint64(c.unsent.size))), true
}

// wantsTurn: data within credit, and what comes in order with it.
func (c *channel) wantsTurn() bool {
	if c.overOnWire() || c.resetWanted || !c.attachSent || c.finishSent {
		return false
	}
	if before, some := c.bytesToProperty(); some && before == 0 {
		return true
	}
	if c.unsent.size == 0 {
		return c.finishWanted
	}
	return c.credit.available > 0
}

// sendTurn sends at most quantum bytes, and returns how many.
func (c *channel) sendTurn(quantum int, frames []*pb.ClientFrame) ([]*pb.ClientFrame, int) {
	if !c.wantsTurn() {
		return frames, 0
	}
	total := 0
	var last *pb.Data
	for {
		before, some := c.bytesToProperty()
		if some && before == 0 {
			frames = append(frames, c.properties[0].frame)
			c.properties = c.properties[1:]
			continue
		}
		part := quantum - total
		if some && before < part {
			part = before
		}
		if int64(part) > c.credit.available {
			part = int(c.credit.available)
		}
		if part <= 0 || c.unsent.size == 0 {
			break
		}
		last = &pb.Data{Payload: c.unsent.take(part)}
		c.credit.available -= int64(len(last.Payload))
		total += len(last.Payload)
		frames = append(frames, &pb.ClientFrame{Channel: c.number, Content: &pb.ClientFrame_Data{Data: last}})
	}
	// Before the server has told its window we do not know our last credit.
	if last != nil && c.attached && c.credit.available == 0 && (c.unsent.size > 0 || c.writerWaiting) {
		last.Starved = true
	}
	if c.finishWanted && c.unsent.size == 0 && len(c.properties) == 0 {
		frames = append(frames, &pb.ClientFrame{Channel: c.number, Content: &pb.ClientFrame_Finish{Finish: &pb.Finish{}}})
		c.finishSent = true
		c.resetIfDropped()
	}
	return frames, total
}
