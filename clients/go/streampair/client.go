package streampair

import (
	"context"
	"crypto/rand"
	"fmt"
	"net"
	"os"
	"strconv"
	"sync"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/metadata"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/durationpb"

	pb "streampair.dev/go/streampair/v1"
)

// DefaultServer is used if neither the caller nor $STREAMPAIR_SERVER names one.
const DefaultServer = "127.0.0.1:7450"

// ClientOptions say how to reach a server. The zero value has the defaults.
type ClientOptions struct {
	// Credentials for a server that wants TLS. Default: none.
	Credentials credentials.TransportCredentials
	// Metadata goes with every RPC: "authorization" and the like.
	Metadata metadata.MD
	// Timeout of RPCs that answer once. Default 30 s.
	Timeout time.Duration
	// Heartbeat is how often to ping. A server silent for three times as long is taken for lost. Default 20 s.
	Heartbeat time.Duration
	// Linger is how long to wait for the RPC's end after its last stream. Default 5 s.
	Linger time.Duration
	// WindowAlone, WindowShared: how far a stream's receive window may grow while no other stream of the client moves
	// bytes (default 4 MiB), and beside others (1 MiB). WindowGrowth: by how much all together (64 MiB).
	WindowAlone, WindowShared, WindowGrowth int
	// OnDraining is told when the server says that it is going down: streams that live on are cut after grace, and new
	// ones go to a new RPC. Must not block.
	OnDraining func(grace time.Duration)
	// DialOptions are handed to gRPC.
	DialOptions []grpc.DialOption
}

func (o ClientOptions) withDefaults() ClientOptions {
	duration := func(d *time.Duration, value time.Duration) {
		if *d <= 0 {
			*d = value
		}
	}
	size := func(s *int, value int) {
		if *s <= 0 {
			*s = value
		}
	}
	duration(&o.Timeout, 30*time.Second)
	duration(&o.Heartbeat, 20*time.Second)
	duration(&o.Linger, 5*time.Second)
	size(&o.WindowAlone, 4<<20)
	size(&o.WindowShared, 1<<20)
	size(&o.WindowGrowth, 64<<20)
	if o.Credentials == nil {
		o.Credentials = insecure.NewCredentials()
	}
	return o
}

// Options say what is asked of a new pair beyond its target, and how its stream behaves. Nothing is checked here: the
// server is the authority.
type Options struct {
	// TLS, or TLSContext with everything that can be set: the server speaks TLS with the target.
	TLS        *pb.SslSettings
	TLSContext *pb.SslContext
	// Socks is the proxy on the way.
	Socks *pb.SocksProxy
	// Labels are for lists and logs.
	Labels map[string]string
	// ConnectTimeout from open to connected, counted by the server. Default: the server's.
	ConnectTimeout time.Duration
	// Hold is how long the server keeps the pair when its client is gone. Default: it goes with the client.
	Hold time.Duration
	// Properties are anything else of property.proto.
	Properties []*pb.Property
	// Window is the receive window to begin with. Default 256 KiB.
	Window int
	// UnsentLimit is how much written data may wait here for credit. Default 512 KiB.
	UnsentLimit int
	// Halves to use. Default: all that the pair has.
	Halves pb.Half
	// ReadOffset, for Attach: the bytes of the read half that the client has.
	ReadOffset *uint64
}

// Client is a server, seen from a program. It connects when first used, and again when the connection was lost. Its
// methods may be called by several goroutines at a time.
type Client struct {
	options ClientOptions
	conn    *grpc.ClientConn

	mu     sync.Mutex
	rpc    *transferRPC
	closed bool
}

// NewClient does not wait: a server that cannot be reached shows in the calls. server is "host:port", "unix:/path" or any
// name that gRPC resolves; empty: $STREAMPAIR_SERVER, or DefaultServer.
func NewClient(server string, options *ClientOptions) (*Client, error) {
	if server == "" {
		server = os.Getenv("STREAMPAIR_SERVER")
	}
	if server == "" {
		server = DefaultServer
	}
	if options == nil {
		options = &ClientOptions{}
	}
	o := options.withDefaults()
	dial := append([]grpc.DialOption{
		grpc.WithTransportCredentials(o.Credentials),
		grpc.WithUserAgent("streampair-go"),
		// Our own windows bound each stream; the RPC needs room for several of them.
		grpc.WithInitialWindowSize(4 << 20),
		grpc.WithInitialConnWindowSize(8 << 20),
		grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(8 << 20)),
	}, o.DialOptions...)
	conn, err := grpc.NewClient(server, dial...)
	if err != nil {
		return nil, err
	}
	return &Client{options: o, conn: conn}, nil
}

// Close cuts streams that live on; those that were closed before have arrived.
func (c *Client) Close() error {
	c.mu.Lock()
	rpc := c.rpc
	c.rpc, c.closed = nil, true
	c.mu.Unlock()
	if rpc != nil {
		rpc.closeAll()
	}
	return c.conn.Close()
}

// Cancel ends the RPC of all streams at once; they fail. The next stream gets a new one.
func (c *Client) Cancel() {
	c.mu.Lock()
	rpc := c.rpc
	c.rpc = nil
	c.mu.Unlock()
	if rpc != nil {
		rpc.cancelAll()
	}
}

// PairSpec is a pair to a host, by name or IP literal.
func PairSpec(host string, port int, options *Options) *pb.StreamPairSpec {
	if options == nil {
		options = &Options{}
	}
	spec := &pb.StreamPairSpec{
		Target: &pb.Target{Destination: &pb.Target_Host{Host: &pb.HostTarget{Name: host, Port: int32(port)}}},
		Labels: options.Labels,
	}
	add := func(property *pb.Property) { spec.Properties = append(spec.Properties, property) }
	if options.ConnectTimeout > 0 {
		timeouts := &pb.Timeouts{Connect: durationpb.New(options.ConnectTimeout)}
		add(&pb.Property{Value: &pb.Property_Timeouts{Timeouts: timeouts}})
	}
	if options.Hold > 0 {
		spec.HoldTimeout = durationpb.New(options.Hold)
	}
	if options.Socks != nil {
		add(&pb.Property{Value: &pb.Property_SocksProxy{SocksProxy: options.Socks}})
	}
	if options.TLS != nil {
		add(&pb.Property{Value: &pb.Property_SslSettings{SslSettings: options.TLS}})
	}
	if options.TLSContext != nil {
		add(&pb.Property{Value: &pb.Property_SslContext{SslContext: options.TLSContext}})
	}
	spec.Properties = append(spec.Properties, options.Properties...)
	return spec
}

// DialContext is what net.Dialer's is: for http.Transport, database drivers and all that take such a function.
func (c *Client) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	return c.Dialer(nil)(ctx, network, address)
}

// Dialer is DialContext with options, for instance http.Transport{DialTLSContext: client.Dialer(&Options{TLS: ...})}.
func (c *Client) Dialer(options *Options) func(ctx context.Context, network, address string) (net.Conn, error) {
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := c.dialAddress(ctx, network, address, options)
		if err != nil {
			return nil, &net.OpError{Op: "dial", Net: network, Err: err}
		}
		return conn, nil
	}
}

func (c *Client) dialAddress(ctx context.Context, network, address string, options *Options) (*Conn, error) {
	if network != "tcp" && network != "tcp4" && network != "tcp6" {
		return nil, net.UnknownNetworkError(network)
	}
	host, service, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	port, err := strconv.Atoi(service)
	if err != nil {
		if port, err = net.DefaultResolver.LookupPort(ctx, network, service); err != nil {
			return nil, err
		}
	}
	return c.Dial(ctx, host, port, options)
}

// Dial opens a stream to a new pair and waits until it is ready for bytes. The end of ctx gives it up.
func (c *Client) Dial(ctx context.Context, host string, port int, options *Options) (*Conn, error) {
	return c.Open(ctx, PairSpec(host, port, options), options)
}

// Open is Dial to whatever the spec says; of the options only those of the stream count.
func (c *Client) Open(ctx context.Context, spec *pb.StreamPairSpec, options *Options) (*Conn, error) {
	return c.ready(ctx, &pb.Attach{Pair: &pb.Attach_Create{Create: spec}}, options)
}

// Attach opens a stream to a pair that exists: made by Create, or held.
func (c *Client) Attach(ctx context.Context, name string, options *Options) (*Conn, error) {
	return c.ready(ctx, &pb.Attach{Pair: &pb.Attach_Name{Name: name}}, options)
}

// Start is Open without the wait: what goes wrong shows in the Conn's calls, and bytes may be written meanwhile.
func (c *Client) Start(spec *pb.StreamPairSpec, options *Options) (*Conn, error) {
	return c.start(&pb.Attach{Pair: &pb.Attach_Create{Create: spec}}, options)
}

func (c *Client) ready(ctx context.Context, attach *pb.Attach, options *Options) (*Conn, error) {
	if ctx.Err() != nil {
		return nil, contextError(ctx)
	}
	conn, err := c.start(attach, options)
	if err != nil {
		return nil, err
	}
	if _, err := conn.WaitReady(ctx); err != nil {
		conn.Reset()
		conn.Close()
		return nil, err
	}
	return conn, nil
}

func (c *Client) start(attach *pb.Attach, options *Options) (*Conn, error) {
	window, unsentLimit := 256<<10, 512<<10
	if options != nil {
		attach.Halves, attach.ReadOffset = options.Halves, options.ReadOffset
		if options.Window > 0 {
			window = options.Window
		}
		if options.UnsentLimit > 0 {
			unsentLimit = options.UnsentLimit
		}
	}
	for {
		rpc, err := c.current()
		if err != nil {
			return nil, err
		}
		if s := rpc.open(attach, window, unsentLimit); s != nil {
			return &Conn{rpc: rpc, seat: s}, nil
		}
		c.mu.Lock() // It ended meanwhile.
		if c.rpc == rpc {
			c.rpc = nil
		}
		c.mu.Unlock()
	}
}

func (c *Client) current() (*transferRPC, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return nil, errClientClosed()
	}
	if c.rpc == nil {
		c.rpc = startRPC(c.conn, c.options)
	}
	return c.rpc, nil
}

// Create makes a pair that waits to be attached to. The request carries an id of its own, so gRPC may repeat it.
func (c *Client) Create(ctx context.Context, spec *pb.StreamPairSpec) (*pb.StreamPair, error) {
	var id [16]byte
	if _, err := rand.Read(id[:]); err != nil {
		return nil, err
	}
	id[6], id[8] = id[6]&0x0f|0x40, id[8]&0x3f|0x80
	request := &pb.CreateStreamPairRequest{Spec: spec,
		RequestId: fmt.Sprintf("%x-%x-%x-%x-%x", id[:4], id[4:6], id[6:8], id[8:10], id[10:])}
	response := &pb.CreateStreamPairResponse{}
	err := c.unary(ctx, "CreateStreamPair", request, response)
	return response.GetStreamPair(), err
}

// Get returns the pair's state.
func (c *Client) Get(ctx context.Context, name string) (*pb.StreamPair, error) {
	response := &pb.GetStreamPairResponse{}
	err := c.unary(ctx, "GetStreamPair", &pb.GetStreamPairRequest{Name: name}, response)
	return response.GetStreamPair(), err
}

// List returns the caller's pairs, oldest first; labels must all match.
func (c *Client) List(ctx context.Context, labels map[string]string) ([]*pb.StreamPair, error) {
	var pairs []*pb.StreamPair
	request := &pb.ListStreamPairsRequest{PageSize: 1000, Labels: labels}
	for {
		page := &pb.ListStreamPairsResponse{}
		if err := c.unary(ctx, "ListStreamPairs", request, page); err != nil {
			return nil, err
		}
		pairs = append(pairs, page.GetStreamPairs()...)
		if page.GetNextPageToken() == "" {
			return pairs, nil
		}
		request.PageToken = page.GetNextPageToken()
	}
}

// Delete releases the pair.
func (c *Client) Delete(ctx context.Context, name string) error {
	return c.unary(ctx, "DeleteStreamPair", &pb.DeleteStreamPairRequest{Name: name}, &pb.DeleteStreamPairResponse{})
}

// Explain says what a number means. With subdomain 0 a packed SOCKS code is split.
func (c *Client) Explain(ctx context.Context, domain pb.ErrorDomain, subdomain uint32,
	code int32) (*pb.ExplainErrorResponse, error) {
	response := &pb.ExplainErrorResponse{}
	request := &pb.ExplainErrorRequest{Domain: int32(domain), Subdomain: subdomain, Code: code}
	return response, c.unary(ctx, "ExplainError", request, response)
}

func (c *Client) unary(ctx context.Context, method string, request, response proto.Message) error {
	ctx, cancel := context.WithTimeout(ctx, c.options.Timeout)
	defer cancel()
	if len(c.options.Metadata) > 0 {
		ctx = metadata.NewOutgoingContext(ctx, c.options.Metadata)
	}
	if err := c.conn.Invoke(ctx, service+method, request, response); err != nil {
		return fromStatus(err)
	}
	return nil
}
