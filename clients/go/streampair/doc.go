// Package streampair opens TCP streams to any host:port through a Streampair server.
//
//	client, err := streampair.NewClient("127.0.0.1:7450", nil)
//	conn, err := client.DialContext(ctx, "tcp", "example.com:80")
//	web := http.Client{Transport: &http.Transport{DialContext: client.DialContext}}
//
// A Conn is a net.Conn with deadlines and CloseWrite. Every failure is, or wraps, an *Error that names it by domain,
// subdomain and code: use errors.As, or errors.Is with a syscall.Errno, os.ErrDeadlineExceeded, net.ErrClosed.
//
// All streams of a client share one RPC, each with credit of its own: what is unread of a Conn is bounded by its
// window, what is unsent by Options.UnsentLimit, and a Conn that nobody reads slows no other.
package streampair
