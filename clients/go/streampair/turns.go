package streampair

import (
	"google.golang.org/protobuf/proto"

	pb "streampair.dev/go/streampair/v1"
)

const (
	batchBytes       = 512 << 10 // Data in one message, about.
	minQuantum       = 16 << 10  // In one turn.
	maxQuantum       = 256 << 10
	controlBytes     = 1 << 20 // Attach frames in one message, about.
	controlFrames    = 4096    // Other frames in one message, about.
	connectionFrames = 1024    // Frames of no channel that may wait.
)

// sendTurns decides what goes into the next message of an RPC, so that no channel waits for another: small frames of
// all channels first, then data in turns of equal size, going round. Pure.
type sendTurns struct {
	connection []*pb.ClientFrame
	// By number, since a channel may go away while it waits here.
	control, turns []uint32
}

// note takes note of what the channel wants to send now. Cheap; call it after every change.
func (t *sendTurns) note(c *channel) {
	if !c.controlQueued && c.wantsControl() {
		c.controlQueued = true
		t.control = append(t.control, c.number)
	}
	if !c.turnQueued && c.wantsTurn() {
		c.turnQueued = true
		t.turns = append(t.turns, c.number)
	}
}

// addFrame adds a ping or pong. Dropped if too many wait, which only a peer that floods and does not read brings about.
func (t *sendTurns) addFrame(frame *pb.ClientFrame) {
	if len(t.connection) < connectionFrames {
		t.connection = append(t.connection, frame)
	}
}

func (t *sendTurns) empty() bool { return len(t.connection)+len(t.control)+len(t.turns) == 0 }

// fill returns the next message's frames; none if there is nothing to send.
func (t *sendTurns) fill(lookup func(uint32) *channel, served func(*channel, int)) []*pb.ClientFrame {
	frames := t.connection
	t.connection = nil
	attachBytes := 0
	for len(t.control) > 0 && len(frames) < controlFrames && attachBytes < controlBytes {
		c := lookup(t.control[0])
		t.control = t.control[1:]
		if c == nil {
			continue
		}
		c.controlQueued = false
		if c.attach != nil {
			attachBytes += proto.Size(c.attach)
		}
		frames = c.sendControl(frames)
		t.note(c) // It may have data that had to wait for the attach.
		served(c, 0)
	}
	// Who is ready now gets the same share; who becomes ready later gets one of the next message's.
	quantum := batchBytes
	if len(t.turns) > 0 {
		quantum = batchBytes / len(t.turns)
	}
	if quantum < minQuantum {
		quantum = minQuantum
	}
	if quantum > maxQuantum {
		quantum = maxQuantum
	}
	for bytes := 0; len(t.turns) > 0 && bytes < batchBytes; {
		c := lookup(t.turns[0])
		t.turns = t.turns[1:]
		if c == nil {
			continue
		}
		c.turnQueued = false
		var sent int
		frames, sent = c.sendTurn(quantum, frames)
		bytes += sent
		t.note(c)
		served(c, sent)
	}
	return frames
}
