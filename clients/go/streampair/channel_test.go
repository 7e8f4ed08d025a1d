package streampair

import (
	"bytes"
	"errors"
	"io"
	"os"
	"syscall"
	"testing"

	pb "streampair.dev/go/streampair/v1"
)

const testWindow = 1000

func newTestChannel(number uint32, attach *pb.Attach) *channel {
	if attach == nil {
		attach = &pb.Attach{}
	}
	return newChannel(number, attach, testWindow, 1<<20, &windowBudget{1 << 20})
}

func attachTest(t *testing.T, c *channel, window uint32) {
	t.Helper()
	frames := c.sendControl(nil)
	if len(frames) != 1 || frames[0].GetAttach().GetWindow() != testWindow {
		t.Fatalf("the first frame is %v", frames)
	}
	deliverTest(t, c, &pb.ServerFrame{Content: &pb.ServerFrame_Attached{Attached: &pb.Attached{Window: window}}})
	ready := &pb.StreamEvent{Type: pb.StreamEventType_STREAM_EVENT_TYPE_READY}
	deliverTest(t, c, &pb.ServerFrame{Content: &pb.ServerFrame_Event{Event: ready}})
}

func deliverTest(t *testing.T, c *channel, frame *pb.ServerFrame) {
	t.Helper()
	if fault := c.deliver(frame); fault != nil {
		t.Fatal(fault)
	}
}

func finishFrame() *pb.ServerFrame {
	return &pb.ServerFrame{Content: &pb.ServerFrame_Finish{Finish: &pb.Finish{}}}
}

func endFrame(code int32) *pb.ServerFrame {
	end := &pb.End{Error: &pb.StreamError{Domain: 1, Code: code}}
	return &pb.ServerFrame{Content: &pb.ServerFrame_End{End: end}}
}

func turn(c *channel) []*pb.ClientFrame {
	frames, _ := c.sendTurn(1<<20, nil)
	return frames
}

func TestWindowGrantsHalfAtOnceAndGrowsForAReaderThatKeepsUp(t *testing.T) {
	budget := &windowBudget{150}
	w := newReceiveWindow(100, budget)
	check := func(what string, ok bool) {
		t.Helper()
		if !ok {
			t.Fatalf("%s: %+v", what, w)
		}
	}
	check("takes its credit", w.onData(100, true))
	check("and no more", !w.onData(1, false))
	check("less than half is not granted", w.onConsumed(49, 1000) == 0)
	check("half is", w.onConsumed(11, 1000) == 60 && w.size == 100)
	check("all consumed after it starved: twice the size", w.onConsumed(40, 1000) == 140 && w.size == 200)
	check("full again", w.onData(200, true))
	check("up to the budget", w.onConsumed(200, 1000) == 250 && budget.left == 0)
	w.close()
	check("which comes back", budget.left == 150)
}

func TestQueueKeepsOrderAcrossPiecesOfAllSizes(t *testing.T) {
	var q byteQueue
	var all []byte
	for _, size := range []int{1, 5000, 10, 10, 4096, 4097, 1, 100000, 3} {
		piece := bytes.Repeat([]byte{byte(size)}, size)
		q.append(piece)
		all = append(all, piece...)
	}
	var taken []byte
	buffer := make([]byte, 777)
	for q.size > 0 {
		taken = append(taken, buffer[:q.read(buffer)]...)
	}
	if !bytes.Equal(taken, all) {
		t.Fatal("not the same bytes")
	}
	for i := 0; i < 10000; i++ {
		q.append([]byte{'x'})
	}
	if len(q.pieces) > 8 {
		t.Fatalf("tiny pieces are kept in %d buffers", len(q.pieces))
	}
	// What was taken stays as it was, whatever is appended then.
	_ = q.take(1) // The first is alone in its buffer.
	first := q.take(3)
	q.append([]byte("yyyy"))
	if string(first) != "xxx" {
		t.Fatalf("taken bytes changed to %q", first)
	}
}

func TestSendsOnlyWithinCreditAndSaysWhenItStarves(t *testing.T) {
	c := newTestChannel(1, nil)
	c.write(make([]byte, 100000))
	if c.wantsTurn() {
		t.Fatal("data before the attach")
	}
	attachTest(t, c, 70000)
	frames := turn(c)
	if len(frames) != 1 || len(frames[0].GetData().Payload) != 70000 || !frames[0].GetData().Starved {
		t.Fatalf("sent %d frames", len(frames))
	}
	deliverTest(t, c, &pb.ServerFrame{Content: &pb.ServerFrame_Window{Window: &pb.Window{Increment: 30000}}})
	c.finishWanted = true
	frames = turn(c)
	if len(frames) != 2 || frames[0].GetData().GetStarved() || frames[1].GetFinish() == nil {
		t.Fatalf("then %v", len(frames))
	}
}

func TestAPropertyKeepsItsPlace(t *testing.T) {
	c := newTestChannel(1, nil)
	attachTest(t, c, 1<<20)
	c.write([]byte("before"))
	id := c.setProperty(&pb.Property{Value: &pb.Property_NoDelay{NoDelay: true}}, nil)
	c.write([]byte("after"))
	frames := turn(c)
	if len(frames) != 3 || string(frames[0].GetData().Payload) != "before" || frames[1].GetSetProperty().GetId() != id ||
		string(frames[2].GetData().Payload) != "after" {
		t.Fatalf("sent %v", frames)
	}
}

func TestTheServersFaultsAreFound(t *testing.T) {
	c := newTestChannel(1, nil)
	attachTest(t, c, 1<<20)
	code := func(e *Error) int32 {
		if e == nil {
			return 0
		}
		return e.Code()
	}
	if got := code(c.deliverData(make([]byte, testWindow+1), false)); got != 10 {
		t.Errorf("too much data: %d", got)
	}
	if got := code(c.deliverData(nil, false)); got != 11 {
		t.Errorf("no data: %d", got)
	}
	window := &pb.ServerFrame{Content: &pb.ServerFrame_Window{Window: &pb.Window{Increment: maxCredit}}}
	if got := code(c.deliver(window)); got != 10 {
		t.Errorf("too much credit: %d", got)
	}
	deliverTest(t, c, finishFrame())
	if got := code(c.deliver(finishFrame())); got != 11 {
		t.Errorf("a second finish: %d", got)
	}
	if got := code(c.deliverData([]byte("x"), false)); got != 11 {
		t.Errorf("data after the finish: %d", got)
	}
}

func TestBytesComeBeforeTheErrorAndAnOrderlyEndStaysOne(t *testing.T) {
	c := newTestChannel(1, nil)
	attachTest(t, c, 1<<20)
	if fault := c.deliverData([]byte("last"), false); fault != nil {
		t.Fatal(fault)
	}
	deliverTest(t, c, endFrame(104))
	if !c.readable() || c.unread.size != 4 {
		t.Fatal("the bytes are gone")
	}
	c.unread.clear()
	if err := c.readError(); !errors.Is(err, syscall.ECONNRESET) {
		t.Fatal(err)
	}
	c = newTestChannel(2, nil)
	attachTest(t, c, 1<<20)
	deliverTest(t, c, finishFrame())
	deliverTest(t, c, endFrame(32))
	if err := c.readError(); err != io.EOF {
		t.Fatal(err)
	}
}

func TestAbandonSendsWhatIsUnsentAndResetsForWhatNobodyReads(t *testing.T) {
	c := newTestChannel(1, nil)
	attachTest(t, c, 1<<20)
	c.write([]byte("bye"))
	c.abandon()
	if frames := turn(c); len(frames) != 2 || frames[1].GetFinish() == nil {
		t.Fatalf("sent %v", frames)
	}
	if c.wantsControl() {
		t.Fatal("no reset is due yet")
	}
	_ = c.deliverData([]byte("x"), false)
	if frames := c.sendControl(nil); len(frames) != 1 || frames[0].GetReset_() == nil {
		t.Fatalf("sent %v", frames)
	}
	c = newTestChannel(2, nil)
	_ = c.sendControl(nil)
	c.abandon()
	if frames := c.sendControl(nil); len(frames) != 1 || frames[0].GetReset_() == nil {
		t.Fatalf("before the pair is open: %v", frames)
	}
}

func TestEveryoneGetsTheSameShare(t *testing.T) {
	channels := map[uint32]*channel{}
	var turns sendTurns
	for number := uint32(1); number <= 8; number++ {
		c := newTestChannel(number, nil)
		attachTest(t, c, 1<<24)
		c.write(make([]byte, 1<<20))
		turns.note(c)
		channels[number] = c
	}
	turns.note(newTestChannel(9, nil)) // Gone before its turn.
	sent := map[uint32]int{}
	frames := turns.fill(func(number uint32) *channel { return channels[number] },
		func(c *channel, bytes int) { sent[c.number] += bytes })
	for number, bytes := range sent {
		if bytes != 64<<10 {
			t.Errorf("channel %d sent %d", number, bytes)
		}
	}
	if len(sent) != 8 || len(frames) != 8 {
		t.Errorf("%d channels, %d frames", len(sent), len(frames))
	}
}

func TestErrorsAreWhatGoKnows(t *testing.T) {
	e := fromProto(&pb.StreamError{Domain: 1, Code: 111, Symbol: "ECONNREFUSED", Stage: pb.ErrorStage_ERROR_STAGE_CONNECT,
		Reason: pb.ErrorReason_ERROR_REASON_CONNECTION_REFUSED, Address: "127.0.0.1:9", Message: "the text"})
	const text = "ECONNREFUSED (POSIX, 0, 111) at stage connect, connection_refused, 127.0.0.1:9: the text"
	if e.Error() != text {
		t.Error(e.Error())
	}
	if !errors.Is(e, syscall.ECONNREFUSED) || errors.Is(e, syscall.ECONNRESET) || e.Timeout() {
		t.Error("is something else")
	}
	if !errors.Is(errDeadline(), os.ErrDeadlineExceeded) || !errDeadline().Timeout() {
		t.Error("a deadline is none")
	}
}
