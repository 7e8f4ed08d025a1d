package streampair_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/net/nettest"

	"streampair.dev/go/streampair"
	pb "streampair.dev/go/streampair/v1"
)

// newClient is on a real streampaird, whose address is in $STREAMPAIR_TEST_SERVER.
func newClient(t *testing.T) *streampair.Client {
	t.Helper()
	server := os.Getenv("STREAMPAIR_TEST_SERVER")
	if server == "" {
		t.Skip("STREAMPAIR_TEST_SERVER names no server; tools/test_clients starts one")
	}
	client, err := streampair.NewClient(server, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { client.Close() })
	return client
}

func listen(t *testing.T) (net.Listener, int) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	return listener, listener.Addr().(*net.TCPAddr).Port
}

// pipe is a Conn and the target's end of it.
func pipe(t *testing.T, client *streampair.Client) (*streampair.Conn, *net.TCPConn) {
	t.Helper()
	listener, port := listen(t)
	conn, err := client.Dial(context.Background(), "127.0.0.1", port, nil)
	if err != nil {
		t.Fatal(err)
	}
	accepted, err := listener.Accept()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close(); accepted.Close() })
	return conn, accepted.(*net.TCPConn)
}

// TestNetConn is what golang.org/x/net asks of every net.Conn.
func TestNetConn(t *testing.T) {
	client := newClient(t)
	nettest.TestConn(t, func() (net.Conn, net.Conn, func(), error) {
		conn, target := pipe(t, client)
		return conn, target, func() { conn.Close(); target.Close() }, nil
	})
}

func TestHalfCloseAndFinish(t *testing.T) {
	conn, target := pipe(t, newClient(t))
	if _, err := conn.Write([]byte("question")); err != nil {
		t.Fatal(err)
	}
	if err := conn.CloseWrite(); err != nil {
		t.Fatal(err)
	}
	if got, err := io.ReadAll(target); err != nil || string(got) != "question" {
		t.Fatalf("the target read %q, %v", got, err)
	}
	_, _ = target.Write([]byte("answer"))
	target.Close()
	if got, err := io.ReadAll(conn); err != nil || string(got) != "answer" {
		t.Fatalf("read %q, %v", got, err)
	}
	var e *streampair.Error
	if _, err := conn.Write([]byte("late")); !errors.As(err, &e) || e.Code() != 12 {
		t.Fatalf("a write after CloseWrite: %v", err)
	}
	info, err := conn.Finish(context.Background())
	if err != nil || info.BytesWritten != 8 || info.BytesRead != 6 {
		t.Fatalf("%+v, %v", info, err)
	}
}

func TestBytesAreEqualBothWaysAtOnce(t *testing.T) {
	conn, target := pipe(t, newClient(t))
	data := make([]byte, 20<<20)
	_, _ = rand.Read(data)
	go func() { // An echo.
		_, _ = io.Copy(target, target)
		_ = target.CloseWrite()
	}()
	go func() {
		_, _ = io.Copy(conn, bytes.NewReader(data))
		_ = conn.CloseWrite()
	}()
	var back bytes.Buffer
	if _, err := io.Copy(&back, conn); err != nil || !bytes.Equal(back.Bytes(), data) {
		t.Fatalf("%d bytes came back, %v", back.Len(), err)
	}
}

// A write waits for a slow target, bounded; its deadline says so, and the rest goes on afterwards.
func TestBackPressure(t *testing.T) {
	conn, target := pipe(t, newClient(t))
	_ = conn.SetWriteDeadline(time.Now().Add(300 * time.Millisecond))
	sent, err := io.Copy(conn, io.LimitReader(zeros{}, 256<<20))
	var timeout net.Error
	if !errors.As(err, &timeout) || !timeout.Timeout() || !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Fatalf("%d bytes, %v", sent, err)
	}
	if sent > 64<<20 {
		t.Fatalf("%d bytes found room somewhere", sent)
	}
	_ = conn.SetWriteDeadline(time.Time{})
	conn.Close()
	if got, err := io.Copy(io.Discard, target); err != nil || got != sent {
		t.Fatalf("%d were written, %d arrived, %v", sent, got, err)
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { return len(p), nil }

func TestRefusedIsAnErrno(t *testing.T) {
	client := newClient(t)
	_, err := client.DialContext(context.Background(), "tcp", "127.0.0.1:1")
	var e *streampair.Error
	if !errors.Is(err, syscall.ECONNREFUSED) || !errors.As(err, &e) || e.Stage() != "connect" || !e.Retryable() ||
		!e.Matches(pb.ErrorDomain_ERROR_DOMAIN_POSIX, 0, 111) || e.Origin != streampair.OriginServer {
		t.Fatal(err)
	}
}

func TestNoServer(t *testing.T) {
	client, err := streampair.NewClient("127.0.0.1:1", nil)
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	_, err = client.Dial(context.Background(), "127.0.0.1", 80, nil)
	var e *streampair.Error
	if !errors.As(err, &e) || e.Origin != streampair.OriginTransport || e.Code() != 18 {
		t.Fatal(err)
	}
}

func TestContextsGiveUp(t *testing.T) {
	client := newClient(t)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := client.DialContext(ctx, "tcp", "127.0.0.1:1"); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	conn, _ := pipe(t, client)
	ctx, cancel = context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	if _, err := conn.Finish(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Fatal(err)
	}
}

func TestCancelEndsAllStreamsAndTheNextOneWorks(t *testing.T) {
	client := newClient(t)
	conn, _ := pipe(t, client)
	client.Cancel()
	if _, err := conn.Read(make([]byte, 1)); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	again, target := pipe(t, client)
	_, _ = target.Write([]byte("x"))
	if _, err := again.Read(make([]byte, 1)); err != nil {
		t.Fatal(err)
	}
}

func TestHTTPTransport(t *testing.T) {
	client := newClient(t)
	pages := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = w.Write(bytes.Repeat([]byte(r.URL.Path), 10000))
	})
	plain, secure := httptest.NewServer(pages), httptest.NewTLSServer(pages)
	defer plain.Close()
	defer secure.Close()
	transport := secure.Client().Transport.(*http.Transport).Clone()
	transport.DialContext = client.DialContext
	defer transport.CloseIdleConnections()
	web := &http.Client{Transport: transport}
	var all sync.WaitGroup
	for i := 0; i < 50; i++ {
		url := plain.URL
		if i%2 == 1 {
			url = secure.URL // TLS from end to end.
		}
		all.Add(1)
		go func() {
			defer all.Done()
			response, err := web.Get(url + "/page")
			if err != nil {
				t.Error(err)
				return
			}
			defer response.Body.Close()
			if body, err := io.ReadAll(response.Body); err != nil || len(body) != 50000 {
				t.Errorf("%d bytes, %v", len(body), err)
			}
		}()
	}
	all.Wait()
}

func TestPairsByName(t *testing.T) {
	client := newClient(t)
	ctx := context.Background()
	listener, port := listen(t)
	labels := map[string]string{"test": "go-by-name"}
	pair, err := client.Create(ctx, streampair.PairSpec("127.0.0.1", port,
		&streampair.Options{Labels: labels, Hold: time.Minute}))
	if err != nil {
		t.Fatal(err)
	}
	conn, err := client.Attach(ctx, pair.GetName(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if target, err := listener.Accept(); err == nil {
		defer target.Close()
	}
	var e *streampair.Error
	if _, err := client.Attach(ctx, pair.GetName(), nil); !errors.As(err, &e) || e.Code() != 6 {
		t.Fatalf("a second attach: %v", err)
	}
	if pairs, err := client.List(ctx, labels); err != nil || len(pairs) != 1 {
		t.Fatalf("%v, %v", pairs, err)
	}
	if err := client.Delete(ctx, pair.GetName()); err != nil {
		t.Fatal(err)
	}
	if _, err := client.Get(ctx, pair.GetName()); !errors.As(err, &e) || e.Code() != 4 {
		t.Fatal(err)
	}
	if answer, err := client.Explain(ctx, pb.ErrorDomain_ERROR_DOMAIN_POSIX, 0, 111); err != nil ||
		answer.GetSymbol() != "ECONNREFUSED" {
		t.Fatalf("%v, %v", answer, err)
	}
}
