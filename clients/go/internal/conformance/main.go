// The Go client's side of tests/conformance: one JSON object a line, there and back.
package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"google.golang.org/protobuf/encoding/protojson"

	"streampair.dev/go/streampair"
	pb "streampair.dev/go/streampair/v1"
)

type step struct {
	Op               string
	Server           string
	HeartbeatMs      int `json:"heartbeat_ms"`
	Host             string
	Port             int
	As, Of           string
	Text             *string
	Pattern          int
	Bytes            int
	Count            int
	TimeoutMs        int             `json:"timeout_ms"`
	ConnectTimeoutMs int             `json:"connect_timeout_ms"`
	Socks            json.RawMessage // As in property.proto.
}

type answer map[string]any

type driver struct {
	client   *streampair.Client
	draining chan struct{}
	conns    map[string]*streampair.Conn
}

const blockSize = 65536

// pattern reads as what every driver makes alike: blocks of 64 KiB, each with its number in its first eight bytes.
type pattern struct {
	left, at int
	number   uint64
	block    [blockSize]byte
}

func newPattern(size int) *pattern {
	p := &pattern{left: size, at: blockSize}
	for j := range p.block {
		p.block[j] = byte(j*7 + (j>>8)*13)
	}
	return p
}

func (p *pattern) Read(buffer []byte) (int, error) {
	if p.left == 0 {
		return 0, io.EOF
	}
	if p.at == blockSize {
		binary.LittleEndian.PutUint64(p.block[:], p.number)
		p.number++
		p.at = 0
	}
	n := copy(buffer, p.block[p.at:])
	if n > p.left {
		n = p.left
	}
	p.at += n
	p.left -= n
	return n, nil
}

func (d *driver) conn(name string) *streampair.Conn {
	if name == "" {
		name = "main"
	}
	return d.conns[name]
}

func readInto(conn io.Reader, limit int) answer {
	digest, size, text, result := sha256.New(), 0, []byte(nil), answer{}
	buffer := make([]byte, 1<<20)
	for limit < 0 || size < limit {
		want := buffer
		if limit >= 0 && limit-size < len(want) {
			want = want[:limit-size]
		}
		n, err := conn.Read(want)
		digest.Write(want[:n])
		size += n
		if room := 256 - len(text); room > 0 {
			if n < room {
				room = n
			}
			text = append(text, want[:room]...)
		}
		if err == io.EOF {
			result["end"] = true
			break
		}
		if err != nil {
			result["error"] = describe(err)
			break
		}
	}
	result["bytes"], result["sha256"], result["text"] = size, hex.EncodeToString(digest.Sum(nil)), string(text)
	return result
}

func describe(err error) answer {
	var e *streampair.Error
	if !errors.As(err, &e) {
		return answer{"text": err.Error(), "domain": 0, "subdomain": 0, "code": 0, "stage": "not one of ours"}
	}
	return answer{"domain": e.Domain(), "subdomain": e.Subdomain(), "code": e.Code(), "stage": e.Stage(),
		"text": e.Error()}
}

func (d *driver) run(s step) (answer, error) {
	ctx := context.Background()
	if s.TimeoutMs > 0 && s.Op != "read" {
		limited, cancel := context.WithTimeout(ctx, time.Duration(s.TimeoutMs)*time.Millisecond)
		defer cancel()
		ctx = limited
	}
	conn := d.conn(s.Of)
	switch s.Op {
	case "begin":
		var once sync.Once
		client, err := streampair.NewClient(s.Server, &streampair.ClientOptions{
			Heartbeat:  time.Duration(s.HeartbeatMs) * time.Millisecond,
			OnDraining: func(time.Duration) { once.Do(func() { close(d.draining) }) },
		})
		d.client = client
		return answer{}, err
	case "open":
		options, err := s.options()
		if err != nil {
			return nil, err
		}
		conn, err := d.client.Dial(ctx, s.Host, s.Port, options)
		if err != nil {
			return nil, err
		}
		name := s.As
		if name == "" {
			name = "main"
		}
		d.conns[name] = conn
		return answer{}, nil
	case "write":
		if s.Text != nil {
			_, err := conn.Write([]byte(*s.Text))
			return answer{}, err
		}
		_, err := io.Copy(conn, newPattern(s.Pattern))
		return answer{}, err
	case "finish":
		return answer{}, conn.CloseWrite()
	case "read":
		if s.TimeoutMs > 0 {
			_ = conn.SetReadDeadline(time.Now().Add(time.Duration(s.TimeoutMs) * time.Millisecond))
			defer func() { _ = conn.SetReadDeadline(time.Time{}) }()
		}
		return readInto(conn, s.Bytes), nil
	case "read_all":
		return readInto(conn, -1), nil
	case "exchange":
		written := make(chan error, 1)
		go func() {
			_, err := io.Copy(conn, newPattern(s.Pattern))
			written <- err
		}()
		result := readInto(conn, s.Pattern)
		return result, <-written
	case "round_trips":
		one := []byte{'x'}
		for i := 0; i < s.Count; i++ {
			if _, err := conn.Write(one); err != nil {
				return nil, err
			}
			if _, err := io.ReadFull(conn, one); err != nil {
				return nil, err
			}
		}
		return answer{"count": s.Count}, nil
	case "unread":
		return answer{"value": conn.Unread()}, nil
	case "many":
		return d.many(s)
	case "reset":
		conn.Reset()
		return answer{}, nil
	case "close":
		return answer{}, conn.Close()
	case "end":
		info, err := conn.Finish(ctx)
		return answer{"bytes_read": info.BytesRead, "bytes_written": info.BytesWritten}, err
	case "cancel_open":
		limited, cancel := context.WithCancel(ctx)
		go cancel()
		_, err := d.client.Dial(limited, s.Host, s.Port, nil)
		return answer{"cancelled": errors.Is(err, context.Canceled)}, nil
	case "cancel_read":
		go conn.Reset()
		_, err := conn.Read(make([]byte, 1))
		var e *streampair.Error
		return answer{"cancelled": errors.As(err, &e) && e.Origin == streampair.OriginClient}, nil
	case "await_draining":
		<-d.draining
		return answer{"draining": true}, nil
	}
	return nil, fmt.Errorf("no such operation: %s", s.Op)
}

func (s step) options() (*streampair.Options, error) {
	options := &streampair.Options{ConnectTimeout: time.Duration(s.ConnectTimeoutMs) * time.Millisecond}
	if s.Socks != nil {
		options.Socks = &pb.SocksProxy{}
		return options, protojson.Unmarshal(s.Socks, options.Socks)
	}
	return options, nil
}

func (d *driver) many(s step) (answer, error) {
	digest := sha256.New()
	_, _ = io.Copy(digest, newPattern(s.Pattern))
	wanted := hex.EncodeToString(digest.Sum(nil))
	var all sync.WaitGroup
	var mu sync.Mutex
	right := 0
	for i := 0; i < s.Count; i++ {
		all.Add(1)
		go func() {
			defer all.Done()
			conn, err := d.client.Dial(context.Background(), s.Host, s.Port, nil)
			if err != nil {
				return
			}
			defer conn.Close()
			go func() { _, _ = io.Copy(conn, newPattern(s.Pattern)) }()
			if readInto(conn, s.Pattern)["sha256"] == wanted {
				mu.Lock()
				defer mu.Unlock()
				right++
			}
		}()
	}
	all.Wait()
	return answer{"right": right}, nil
}

func main() {
	d := &driver{draining: make(chan struct{}), conns: map[string]*streampair.Conn{}}
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 1<<20)
	out := json.NewEncoder(os.Stdout)
	for lines.Scan() {
		var s step
		if err := json.NewDecoder(bytes.NewReader(lines.Bytes())).Decode(&s); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(2)
		}
		result, err := d.run(s)
		if err != nil {
			if result == nil {
				result = answer{}
			}
			result["error"] = describe(err)
		}
		if err := out.Encode(result); err != nil {
			os.Exit(2)
		}
	}
	if d.client != nil {
		d.client.Close()
	}
}
