package streampair

const (
	smallPiece  = 4 << 10 // Up to this, pieces are joined, so that tiny ones do not cost a multiple of their bytes.
	joinedPiece = 64 << 10
)

// byteQueue holds bytes that wait, in the pieces in which they came. Pieces that were appended are never changed.
type byteQueue struct {
	pieces [][]byte
	size   int
}

func (q *byteQueue) append(piece []byte) {
	if len(piece) == 0 {
		return
	}
	q.size += len(piece)
	if len(piece) <= smallPiece {
		// Only a piece made here has spare room, which nobody else can see.
		if n := len(q.pieces) - 1; n >= 0 && len(q.pieces[n]) < joinedPiece && cap(q.pieces[n])-len(q.pieces[n]) >= len(piece) {
			q.pieces[n] = append(q.pieces[n], piece...)
			return
		}
		capacity := len(piece)
		if len(q.pieces) > 0 {
			capacity = 4 * smallPiece
		}
		piece = append(make([]byte, 0, capacity), piece...)
		q.pieces = append(q.pieces, piece)
		return
	}
	q.pieces = append(q.pieces, piece[:len(piece):len(piece)])
}

// take removes the front piece, or at most limit bytes of it. Requires: size > 0.
func (q *byteQueue) take(limit int) []byte {
	piece := q.pieces[0]
	if len(piece) > limit {
		q.pieces[0] = piece[limit:]
		piece = piece[:limit:limit]
	} else {
		q.pieces[0] = nil
		q.pieces = q.pieces[1:]
		if len(q.pieces) == 0 {
			q.pieces = nil
		}
	}
	q.size -= len(piece)
	return piece
}

// read moves bytes to buffer and says how many.
func (q *byteQueue) read(buffer []byte) int {
	total := 0
	for total < len(buffer) && q.size > 0 {
		total += copy(buffer[total:], q.take(len(buffer)-total))
	}
	return total
}

func (q *byteQueue) clear() { q.pieces, q.size = nil, 0 }
