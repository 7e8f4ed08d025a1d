package streampair

import (
	"context"
	"fmt"
	"net"
	"os"
	"strings"
	"syscall"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	pb "streampair.dev/go/streampair/v1"
)

// Origin says who stated an error.
type Origin int

const (
	// OriginServer: the server said so: a refused target, a bad request, a quota.
	OriginServer Origin = iota
	// OriginTransport: the RPC to the server failed and carried no StreamError. See StatusCode.
	OriginTransport
	// OriginClient: this library or its user: a deadline here, a reset, a write after CloseWrite.
	OriginClient
)

// Error is one failure. Branch on domain, subdomain and code, or on the stage, never on the text.
type Error struct {
	// Proto is what the server sent, or would have sent.
	Proto *pb.StreamError
	// Origin says who stated it.
	Origin Origin
	// StatusCode is gRPC's own word, if the failure came as the status of an RPC.
	StatusCode codes.Code

	also error // What else it is, for errors.Is.
}

// Domain is a pb.ErrorDomain, or one added later.
func (e *Error) Domain() pb.ErrorDomain { return pb.ErrorDomain(e.Proto.GetDomain()) }

// Subdomain is 0 outside SOCKS.
func (e *Error) Subdomain() uint32 { return e.Proto.GetSubdomain() }

// Code is the number within domain and subdomain.
func (e *Error) Code() int32 { return e.Proto.GetCode() }

// Symbol is the code's name, for instance "ECONNREFUSED"; empty if it has none.
func (e *Error) Symbol() string { return e.Proto.GetSymbol() }

// Stage says where it happened.
func (e *Error) Stage() string { return word(e.Proto.GetStage().String(), "ERROR_STAGE_") }

// Reason is the word of RFC 9209.
func (e *Error) Reason() string { return word(e.Proto.GetReason().String(), "ERROR_REASON_") }

// Retryable: the same request may succeed later without a change.
func (e *Error) Retryable() bool { return e.Proto.GetRetryable() }

// Matches tells whether this is that triple.
func (e *Error) Matches(domain pb.ErrorDomain, subdomain uint32, code int32) bool {
	return e.Domain() == domain && e.Subdomain() == subdomain && e.Code() == code
}

// Triple is for people: "(POSIX, 0, 111)".
func (e *Error) Triple() string {
	domain := strings.TrimPrefix(e.Domain().String(), "ERROR_DOMAIN_")
	return fmt.Sprintf("(%s, %d, %d)", domain, e.Subdomain(), e.Code())
}

// Error is on one line: "ECONNREFUSED (POSIX, 0, 111) at stage connect, connection_refused, 127.0.0.1:9: the text".
func (e *Error) Error() string {
	text := e.Triple()
	if e.Symbol() != "" {
		text = e.Symbol() + " " + text
	}
	if stage := e.Stage(); stage != "" {
		text += " at stage " + stage
	}
	if reason := e.Reason(); reason != "" {
		text += ", " + reason
	}
	if address := e.Proto.GetAddress(); address != "" {
		text += ", " + address
	}
	if message := e.Proto.GetMessage(); message != "" {
		text += ": " + message
	}
	return text
}

// Timeout makes Error a net.Error: true for time-outs of this side and of the target.
func (e *Error) Timeout() bool {
	return e.Matches(pb.ErrorDomain_ERROR_DOMAIN_POSIX, 0, int32(syscall.ETIMEDOUT))
}

// Temporary makes Error a net.Error.
func (e *Error) Temporary() bool { return e.Retryable() }

// Is lets errors.Is find the syscall.Errno of the POSIX domain, and Go's own words for what this side did.
func (e *Error) Is(target error) bool {
	if errno, ok := target.(syscall.Errno); ok {
		return e.Matches(pb.ErrorDomain_ERROR_DOMAIN_POSIX, 0, int32(errno))
	}
	return e.also != nil && target == e.also
}

func word(name, prefix string) string {
	if strings.HasSuffix(name, "_UNSPECIFIED") {
		return ""
	}
	return strings.ToLower(strings.TrimPrefix(name, prefix))
}

func fromProto(proto *pb.StreamError) *Error { return &Error{Proto: proto, Origin: OriginServer} }

// fromStatus makes an Error of the end of an RPC: the StreamError in its details if there is one, else what the status
// amounts to.
func fromStatus(err error) *Error {
	st := status.Convert(err)
	for _, detail := range st.Details() {
		if proto, ok := detail.(*pb.StreamError); ok {
			return &Error{Proto: proto, Origin: OriginServer, StatusCode: st.Code()}
		}
	}
	code := pb.StreampairCode_STREAMPAIR_CODE_CLIENT_GONE
	switch st.Code() {
	case codes.Unimplemented:
		code = pb.StreampairCode_STREAMPAIR_CODE_UNIMPLEMENTED
	case codes.ResourceExhausted:
		code = pb.StreampairCode_STREAMPAIR_CODE_MESSAGE_TOO_LARGE
	case codes.PermissionDenied, codes.Unauthenticated:
		code = pb.StreampairCode_STREAMPAIR_CODE_POLICY_DENIED
	}
	e := ours(code, pb.ErrorStage_ERROR_STAGE_UNSPECIFIED, st.Message())
	e.Origin, e.StatusCode = OriginTransport, st.Code()
	e.Proto.Retryable = st.Code() == codes.Unavailable
	switch st.Code() {
	case codes.Canceled:
		e.also = context.Canceled
	case codes.DeadlineExceeded:
		e.also = context.DeadlineExceeded
	}
	return e
}

// What this side states itself, one function a row.

func ours(code pb.StreampairCode, stage pb.ErrorStage, message string) *Error {
	return &Error{Origin: OriginClient, Proto: &pb.StreamError{
		Domain:      int32(pb.ErrorDomain_ERROR_DOMAIN_STREAMPAIR),
		Code:        int32(code),
		PackedError: int32(code),
		Symbol:      strings.TrimPrefix(code.String(), "STREAMPAIR_CODE_"),
		Message:     message,
		Stage:       stage,
	}}
}

func posix(errno syscall.Errno, symbol string, reason pb.ErrorReason, message string, also error) *Error {
	return &Error{Origin: OriginClient, also: also, Proto: &pb.StreamError{
		Domain:      int32(pb.ErrorDomain_ERROR_DOMAIN_POSIX),
		Code:        int32(errno),
		PackedError: int32(errno),
		Symbol:      symbol,
		Message:     message,
		Stage:       pb.ErrorStage_ERROR_STAGE_STREAM,
		Reason:      reason,
	}}
}

func errDeadline() *Error {
	return posix(syscall.ETIMEDOUT, "ETIMEDOUT", pb.ErrorReason_ERROR_REASON_CONNECTION_READ_TIMEOUT,
		"the deadline of this side has passed", os.ErrDeadlineExceeded)
}

func errClosed() *Error {
	return posix(syscall.EBADF, "EBADF", pb.ErrorReason_ERROR_REASON_UNSPECIFIED,
		"the stream was closed here", net.ErrClosed)
}

func errPairOver() *Error {
	return posix(syscall.EPIPE, "EPIPE", pb.ErrorReason_ERROR_REASON_CONNECTION_TERMINATED, "the pair has ended", nil)
}

func errResetHere() *Error {
	return ours(pb.StreampairCode_STREAMPAIR_CODE_RESET_BY_CLIENT, pb.ErrorStage_ERROR_STAGE_STREAM,
		"the stream was reset by this client")
}

func errAfterFinish() *Error {
	return ours(pb.StreampairCode_STREAMPAIR_CODE_AFTER_FINISH, pb.ErrorStage_ERROR_STAGE_REQUEST,
		"nothing can be written after the finish")
}

func errClientClosed() *Error {
	e := ours(pb.StreampairCode_STREAMPAIR_CODE_WRONG_STATE, pb.ErrorStage_ERROR_STAGE_REQUEST, "this client was closed")
	e.also = net.ErrClosed
	return e
}

func errAttachTooLarge() *Error {
	return ours(pb.StreampairCode_STREAMPAIR_CODE_MESSAGE_TOO_LARGE, pb.ErrorStage_ERROR_STAGE_REQUEST,
		"what is asked of the pair takes more than 1 MiB")
}

func errCredit(what string) *Error {
	return ours(pb.StreampairCode_STREAMPAIR_CODE_CREDIT_EXCEEDED, pb.ErrorStage_ERROR_STAGE_INTERNAL,
		"the server broke the rules of credit: "+what)
}

func errProtocol(what string) *Error {
	return ours(pb.StreampairCode_STREAMPAIR_CODE_MALFORMED_MESSAGE, pb.ErrorStage_ERROR_STAGE_INTERNAL,
		"the server's message makes no sense: "+what)
}

func errCancelled() *Error {
	e := ours(pb.StreampairCode_STREAMPAIR_CODE_CLIENT_GONE, pb.ErrorStage_ERROR_STAGE_STREAM, "cancelled by this client")
	e.StatusCode, e.also = codes.Canceled, context.Canceled
	return e
}

func errServerSilent() *Error {
	e := ours(pb.StreampairCode_STREAMPAIR_CODE_CLIENT_GONE, pb.ErrorStage_ERROR_STAGE_UNSPECIFIED,
		"the server has not answered heartbeats; the connection to it is taken for lost")
	e.Origin, e.StatusCode, e.Proto.Retryable = OriginTransport, codes.Unavailable, true
	return e
}

func errEndedWithoutEnd() *Error {
	e := ours(pb.StreampairCode_STREAMPAIR_CODE_CLIENT_GONE, pb.ErrorStage_ERROR_STAGE_UNSPECIFIED,
		"the server ended the RPC without ending the stream")
	e.Origin = OriginTransport
	return e
}
