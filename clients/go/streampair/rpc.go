package streampair

import (
	"context"
	"io"
	"math"
	"sync"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"
	"google.golang.org/protobuf/proto"

	pb "streampair.dev/go/streampair/v1"
)

const (
	service          = "/streampair.v1.StreamPairService/"
	maxAttachBytes   = 1 << 20 // A larger frame could bring a message over the server's limit, and so down all streams.
	maxPiece         = 256 << 10
	silentHeartbeats = 3 // Without any answer until the server is taken for lost.
	orphanPatience   = time.Minute
	activeFor        = time.Second // That a channel which moved bytes counts as active.
)

// seat is one stream's place in an RPC. The RPC's lock guards it.
type seat struct {
	*channel
	readable, writable, changed sync.Cond
	settled, released           bool
	orphanSince                 time.Time
}

type activity struct {
	channel *channel
	at      time.Time
}

// transferRPC is one Transfer RPC with all its channels: the part that has the lock, the goroutines and the clock. One
// lock guards everything; nothing waits while it is held, but on the conditions made of it. Three goroutines: one sends,
// one receives, one has the heartbeat.
type transferRPC struct {
	options ClientOptions
	cancel  context.CancelFunc
	stream  grpc.ClientStream
	doneC   chan struct{} // Closed at the end.

	mu           sync.Mutex
	toSend       sync.Cond
	seats        map[uint32]*seat
	next         uint64
	live         int // Seats not settled.
	turns        sendTurns
	budget       windowBudget
	recent       [2]activity
	lastReceived time.Time
	nonce        uint64
	finishing    bool
	halfClosed   bool
	draining     bool
	done         bool
	broken       *Error
}

func startRPC(conn *grpc.ClientConn, options ClientOptions) *transferRPC {
	ctx, cancel := context.WithCancel(context.Background())
	if len(options.Metadata) > 0 {
		ctx = metadata.NewOutgoingContext(ctx, options.Metadata)
	}
	r := &transferRPC{
		options:      options,
		cancel:       cancel,
		doneC:        make(chan struct{}),
		seats:        map[uint32]*seat{},
		next:         1,
		budget:       windowBudget{options.WindowGrowth},
		lastReceived: time.Now(),
	}
	r.toSend.L = &r.mu
	go r.run(ctx, conn)
	return r
}

func (r *transferRPC) run(ctx context.Context, conn *grpc.ClientConn) {
	description := &grpc.StreamDesc{ClientStreams: true, ServerStreams: true}
	stream, err := conn.NewStream(ctx, description, service+"Transfer")
	if err != nil {
		r.ended(err)
		return
	}
	r.stream = stream
	go r.send()
	go r.beat()
	r.ended(r.receive())
}

// open returns nil if this RPC takes no more streams. A seat that cannot work otherwise has its error already.
func (r *transferRPC) open(attach *pb.Attach, window, unsentLimit int) *seat {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.done || r.finishing || r.broken != nil || r.next > math.MaxUint32 {
		return nil
	}
	if window < 1 {
		window = 1
	} else if window > maxWindow {
		window = maxWindow
	}
	s := &seat{channel: newChannel(uint32(r.next), attach, window, unsentLimit, &r.budget)}
	r.next++
	s.readable.L, s.writable.L, s.changed.L = &r.mu, &r.mu, &r.mu
	r.seats[s.number] = s
	r.live++
	if proto.Size(attach) > maxAttachBytes {
		s.deliverRPCLost(errAttachTooLarge())
	}
	r.update(s)
	return s
}

func (r *transferRPC) release(s *seat) {
	r.mu.Lock()
	defer r.mu.Unlock()
	s.released = true
	s.abandon()
	r.update(s)
}

// update follows every change of the seat: wakes who waits, counts it out when it is over. Requires the lock.
func (r *transferRPC) update(s *seat) {
	r.turns.note(s.channel)
	s.changed.Broadcast()
	if s.channel.readable() {
		s.readable.Broadcast()
	}
	if s.channel.writable() {
		s.writable.Broadcast()
	}
	if s.overOnWire() && !s.settled {
		s.settled = true
		r.live--
	}
	if s.settled && s.released && r.seats[s.number] == s {
		delete(r.seats, s.number)
		s.window.close()
		for i := range r.recent {
			if r.recent[i].channel == s.channel {
				r.recent[i] = activity{}
			}
		}
	}
	if !r.turns.empty() || (r.finishing && r.live == 0) {
		r.toSend.Signal()
	}
}

// windowLimit is how far a window may grow now. Requires the lock.
func (r *transferRPC) windowLimit(c *channel) int {
	if !c.window.starved {
		return 0
	}
	for _, other := range r.recent {
		if other.channel != nil && other.channel != c && time.Since(other.at) < activeFor {
			return r.options.WindowShared
		}
	}
	return r.options.WindowAlone
}

func (r *transferRPC) noteActivity(c *channel) {
	if r.recent[0].channel != c {
		r.recent[0], r.recent[1] = r.recent[1], r.recent[0]
	}
	r.recent[0] = activity{c, time.Now()}
}

// finishOpening: no stream will follow; half-closes once the last one has ended.
func (r *transferRPC) finishOpening() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.finishing = true
	r.toSend.Signal()
}

func (r *transferRPC) breakOff(why *Error) {
	if !r.done && r.broken == nil {
		r.broken = why
		r.cancel()
		r.toSend.Signal()
	}
}

func (r *transferRPC) cancelAll() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.breakOff(errCancelled())
}

// closeAll resets what has not ended in order, and waits for the end of the RPC, at most the linger.
func (r *transferRPC) closeAll() {
	r.mu.Lock()
	r.finishing = true
	for _, s := range r.seats {
		if !s.released {
			s.reset(errResetHere())
			r.update(s)
		}
	}
	r.toSend.Signal()
	r.mu.Unlock()
	timer := time.NewTimer(r.options.Linger)
	defer timer.Stop()
	select {
	case <-r.doneC:
	case <-timer.C:
	}
	r.cancel()
}

func (r *transferRPC) send() {
	served := func(c *channel, bytes int) {
		if bytes > 0 {
			r.noteActivity(c)
		}
		if s := r.seats[c.number]; s != nil {
			r.update(s)
		}
	}
	lookup := func(number uint32) *channel {
		if s := r.seats[number]; s != nil {
			return s.channel
		}
		return nil
	}
	for {
		r.mu.Lock()
		var frames []*pb.ClientFrame
		for {
			if r.done || r.broken != nil {
				r.mu.Unlock()
				return
			}
			if frames = r.turns.fill(lookup, served); len(frames) > 0 {
				break
			}
			if r.finishing && r.live == 0 {
				r.halfClosed = true
				r.mu.Unlock()
				_ = r.stream.CloseSend() // The end of the RPC tells.
				time.AfterFunc(r.options.Linger, r.cancel)
				return
			}
			r.toSend.Wait()
		}
		r.mu.Unlock()
		if r.stream.SendMsg(&pb.TransferRequest{Frames: frames}) != nil {
			return // The receiver learns why.
		}
	}
}

func (r *transferRPC) receive() error {
	for {
		message := &pb.TransferResponse{}
		if err := r.stream.RecvMsg(message); err != nil {
			return err
		}
		var grace []time.Duration
		r.mu.Lock()
		r.lastReceived = time.Now()
		for _, frame := range message.Frames {
			if draining := frame.GetDraining(); draining != nil && !r.draining {
				grace = append(grace, draining.GetGrace().AsDuration())
			}
			r.deliver(frame)
		}
		r.mu.Unlock()
		if r.options.OnDraining != nil {
			for _, left := range grace {
				r.options.OnDraining(left)
			}
		}
	}
}

func (r *transferRPC) ended(err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !(r.finishing && r.live == 0) && r.broken == nil {
		if err == io.EOF {
			r.broken = errEndedWithoutEnd()
		} else {
			r.broken = fromStatus(err)
		}
	}
	r.done = true
	for _, s := range r.seats {
		if !s.overOnWire() {
			s.deliverRPCLost(r.broken)
		}
		r.update(s)
	}
	r.toSend.Signal()
	r.cancel()
	close(r.doneC)
}

func (r *transferRPC) deliver(frame *pb.ServerFrame) {
	switch content := frame.Content.(type) {
	case *pb.ServerFrame_Ping:
		r.turns.addFrame(&pb.ClientFrame{Content: &pb.ClientFrame_Pong{Pong: &pb.Pong{Nonce: content.Ping.GetNonce()}}})
		r.toSend.Signal()
		return
	case *pb.ServerFrame_Draining:
		// What lives on may end in order; what is new goes to an RPC that may lead elsewhere.
		r.draining, r.finishing = true, true
		r.toSend.Signal()
		return
	case *pb.ServerFrame_Pong, nil:
		return
	}
	s := r.seats[frame.Channel]
	if s == nil || s.overOnWire() {
		// What was on its way to a stream that we reset is no fault.
		if frame.Channel == 0 || uint64(frame.Channel) >= r.next {
			r.breakOff(errProtocol("a frame for a channel that was never opened"))
		}
		return
	}
	var fault *Error
	if data := frame.GetData(); data != nil {
		r.noteActivity(s.channel)
		fault = s.deliverData(data.Payload, data.Starved)
	} else {
		fault = s.channel.deliver(frame)
	}
	if fault != nil {
		s.reset(fault)
	}
	r.update(s)
}

func (r *transferRPC) beat() {
	ticker := time.NewTicker(r.options.Heartbeat)
	defer ticker.Stop()
	for {
		select {
		case <-r.doneC:
			return
		case <-ticker.C:
		}
		r.mu.Lock()
		if time.Since(r.lastReceived) >= silentHeartbeats*r.options.Heartbeat {
			r.breakOff(errServerSilent())
			r.mu.Unlock()
			return
		}
		r.resetOrphans()
		r.nonce++
		r.turns.addFrame(&pb.ClientFrame{Content: &pb.ClientFrame_Ping{Ping: &pb.Ping{Nonce: r.nonce}}})
		r.toSend.Signal()
		r.mu.Unlock()
	}
}

// resetOrphans gives up streams that are gone, have sent their FIN and wait too long for the target's.
func (r *transferRPC) resetOrphans() {
	for _, s := range r.seats {
		switch {
		case !s.released || !s.finishSent:
		case s.orphanSince.IsZero():
			s.orphanSince = time.Now()
		case time.Since(s.orphanSince) >= orphanPatience:
			s.reset(errResetHere())
			r.update(s)
		}
	}
}
