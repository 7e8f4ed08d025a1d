"""Failures as exceptions: domain, subdomain and code say what happened, the stage where.

Every exception is a StreamError and an OSError, so code written for sockets catches it. Where Python has a class of its
own for the failure (ConnectionRefusedError, TimeoutError, socket.gaierror, ssl.SSLError...) it is one of those as well.
"""

from __future__ import annotations

import enum
import errno
import os
import socket
import ssl
from typing import Any, Iterator, Optional, Tuple, Type

import grpc
from google.protobuf import any_pb2

from streampair.v1 import error_pb2

POSIX = error_pb2.ERROR_DOMAIN_POSIX
NET_DB = error_pb2.ERROR_DOMAIN_NET_DB
SSL = error_pb2.ERROR_DOMAIN_SSL
SOCKS = error_pb2.ERROR_DOMAIN_SOCKS
HTTP = error_pb2.ERROR_DOMAIN_HTTP
STREAMPAIR = error_pb2.ERROR_DOMAIN_STREAMPAIR


class Origin(enum.Enum):
    """Who said it."""

    SERVER = "server"  # The server: a refused target, a bad request, a quota.
    TRANSPORT = "transport"  # The RPC to the server failed and carried no StreamError. See `status_code`.
    CLIENT = "client"  # This library or its user: a time-out here, a reset, a write after the finish.


class StreamError(OSError):
    """One failure. Branch on the triple, the stage or the class, never on the text."""

    def __init__(self, proto: Any, origin: Origin = Origin.SERVER,
                 status_code: Optional[grpc.StatusCode] = None) -> None:
        number = proto.code if proto.domain in (POSIX, NET_DB, SSL) else errno.EIO
        super().__init__(number, describe(proto))
        self.proto = proto
        self.origin = origin
        #: gRPC's own word, if the failure came as the status of an RPC.
        self.status_code = status_code

    @property
    def domain(self) -> int:
        return int(self.proto.domain)

    @property
    def subdomain(self) -> int:
        return int(self.proto.subdomain)

    @property
    def code(self) -> int:
        return int(self.proto.code)

    @property
    def triple(self) -> Tuple[int, int, int]:
        return self.domain, self.subdomain, self.code

    @property
    def symbol(self) -> str:
        return str(self.proto.symbol)

    @property
    def stage(self) -> str:
        return stage_text(self.proto.stage)

    @property
    def reason(self) -> str:
        return reason_text(self.proto.reason)

    @property
    def message(self) -> str:
        return str(self.proto.message)

    @property
    def address(self) -> str:
        return str(self.proto.address)

    @property
    def retryable(self) -> bool:
        return bool(self.proto.retryable)

    def __str__(self) -> str:
        return describe(self.proto)

    def __reduce__(self) -> Any:
        return _rebuild, (self.proto.SerializeToString(), self.origin, self.status_code)

    def again(self) -> "StreamError":
        """The same failure as an exception of its own, since one that was raised holds on to a traceback."""
        return make(self.proto, self.origin, self.status_code)


class StreamRefused(StreamError, ConnectionRefusedError):
    """(POSIX, 0, ECONNREFUSED)."""


class StreamReset(StreamError, ConnectionResetError):
    """(POSIX, 0, ECONNRESET), and what this side has reset."""


class StreamAborted(StreamError, ConnectionAbortedError):
    """The connection to the server was lost."""


class StreamBroken(StreamError, BrokenPipeError):
    """A write that can reach nobody."""


class StreamTimeout(StreamError, TimeoutError):
    """(POSIX, 0, ETIMEDOUT): the target's, or a time-out of this side (`origin` tells)."""


class StreamNameError(StreamError, socket.gaierror):
    """The NetDB domain: a name has no address."""


class StreamTlsError(StreamError, ssl.SSLError):  # type: ignore[misc]
    """The SSL domain."""


class StreamDenied(StreamError, PermissionError):
    """The operator's policy."""


_POSIX_CLASSES = {
    errno.ECONNREFUSED: StreamRefused,
    errno.ECONNRESET: StreamReset,
    errno.ECONNABORTED: StreamAborted,
    errno.EPIPE: StreamBroken,
    errno.ETIMEDOUT: StreamTimeout,
    errno.EACCES: StreamDenied,
    errno.EPERM: StreamDenied,
}
_OUR_CLASSES = {
    error_pb2.STREAMPAIR_CODE_RESET_BY_CLIENT: StreamReset,
    error_pb2.STREAMPAIR_CODE_CLIENT_GONE: StreamAborted,
    error_pb2.STREAMPAIR_CODE_AFTER_FINISH: StreamBroken,
    error_pb2.STREAMPAIR_CODE_POLICY_DENIED: StreamDenied,
}
_DOMAIN_CLASSES = {NET_DB: StreamNameError, SSL: StreamTlsError}


def make(proto: Any, origin: Origin = Origin.SERVER, status_code: Optional[grpc.StatusCode] = None) -> StreamError:
    """The exception of the right class."""
    kind: Type[StreamError] = StreamError
    if proto.domain == POSIX:
        kind = _POSIX_CLASSES.get(proto.code, StreamError)
    elif proto.domain == STREAMPAIR:
        kind = _OUR_CLASSES.get(proto.code, StreamError)
    else:
        kind = _DOMAIN_CLASSES.get(proto.domain, StreamError)
    return kind(proto, origin, status_code)


def _rebuild(data: bytes, origin: Origin, status_code: Optional[grpc.StatusCode]) -> StreamError:
    return make(error_pb2.StreamError.FromString(data), origin, status_code)


# Words.

def _name(enum_type: Any, prefix: str, number: int) -> str:
    value = enum_type.DESCRIPTOR.values_by_number.get(number)
    return value.name[len(prefix):] if value is not None else str(number)


def domain_text(domain: int) -> str:
    return _name(error_pb2.ErrorDomain, "ERROR_DOMAIN_", domain) if domain else ""


def stage_text(stage: int) -> str:
    return _name(error_pb2.ErrorStage, "ERROR_STAGE_", stage).lower() if stage else ""


def reason_text(reason: int) -> str:
    return _name(error_pb2.ErrorReason, "ERROR_REASON_", reason).lower() if reason else ""


def describe(proto: Any) -> str:
    """On one line: "ECONNREFUSED (POSIX, 0, 111) at stage connect, connection_refused, 127.0.0.1:9: the text"."""
    text = f"({domain_text(proto.domain)}, {proto.subdomain}, {proto.code})"
    if proto.symbol:
        text = f"{proto.symbol} {text}"
    if proto.stage:
        text += f" at stage {stage_text(proto.stage)}"
    if proto.reason:
        text += f", {reason_text(proto.reason)}"
    if proto.address:
        text += f", {proto.address}"
    return f"{text}: {proto.message}" if proto.message else text


# What this side states itself, one function a row.

def _ours(code: int, stage: Any, message: str, origin: Origin = Origin.CLIENT,
          status_code: Optional[grpc.StatusCode] = None, retryable: bool = False) -> StreamError:
    symbol = _name(error_pb2.StreampairCode, "STREAMPAIR_CODE_", code)
    return make(error_pb2.StreamError(domain=STREAMPAIR, code=code, packed_error=code, symbol=symbol, message=message,
                                      stage=stage, retryable=retryable), origin, status_code)


def _posix(code: int, reason: Any, message: str) -> StreamError:
    return make(error_pb2.StreamError(
        domain=POSIX, code=code, packed_error=code, symbol=errno.errorcode[code], message=message,
        stage=error_pb2.ERROR_STAGE_STREAM, reason=reason), Origin.CLIENT)


def timed_out() -> StreamError:
    return _posix(errno.ETIMEDOUT, error_pb2.ERROR_REASON_CONNECTION_READ_TIMEOUT,
                  "the time-out of this side has passed")


def would_block() -> BlockingIOError:
    return BlockingIOError(errno.EAGAIN, os.strerror(errno.EAGAIN))


def not_connected() -> StreamError:
    return _posix(errno.EBADF, error_pb2.ERROR_REASON_UNSPECIFIED, "the stream was closed here")


def pair_over() -> StreamError:
    return _posix(errno.EPIPE, error_pb2.ERROR_REASON_CONNECTION_TERMINATED, "the pair has ended")


def reset_here() -> StreamError:
    return _ours(error_pb2.STREAMPAIR_CODE_RESET_BY_CLIENT, error_pb2.ERROR_STAGE_STREAM,
                 "the stream was reset by this client")


def write_after_finish() -> StreamError:
    return _ours(error_pb2.STREAMPAIR_CODE_AFTER_FINISH, error_pb2.ERROR_STAGE_REQUEST,
                 "nothing can be written after the finish")


def carrier_finished() -> StreamError:
    return _ours(error_pb2.STREAMPAIR_CODE_WRONG_STATE, error_pb2.ERROR_STAGE_REQUEST,
                 "this carrier takes no more streams")


def attach_too_large() -> StreamError:
    return _ours(error_pb2.STREAMPAIR_CODE_MESSAGE_TOO_LARGE, error_pb2.ERROR_STAGE_REQUEST,
                 "what is asked of the pair takes more than 1 MiB")


def credit_broken(what: str) -> StreamError:
    return _ours(error_pb2.STREAMPAIR_CODE_CREDIT_EXCEEDED, error_pb2.ERROR_STAGE_INTERNAL,
                 f"the server broke the rules of credit: {what}")


def protocol_broken(what: str) -> StreamError:
    return _ours(error_pb2.STREAMPAIR_CODE_MALFORMED_MESSAGE, error_pb2.ERROR_STAGE_INTERNAL,
                 f"the server's message makes no sense: {what}")


def cancelled() -> StreamError:
    return _ours(error_pb2.STREAMPAIR_CODE_CLIENT_GONE, error_pb2.ERROR_STAGE_STREAM, "cancelled by this client",
                 status_code=grpc.StatusCode.CANCELLED)


def server_silent() -> StreamError:
    return _ours(error_pb2.STREAMPAIR_CODE_CLIENT_GONE, error_pb2.ERROR_STAGE_UNSPECIFIED,
                 "the server has not answered heartbeats; the connection to it is taken for lost",
                 Origin.TRANSPORT, grpc.StatusCode.UNAVAILABLE, retryable=True)


def ended_without_end() -> StreamError:
    return _ours(error_pb2.STREAMPAIR_CODE_CLIENT_GONE, error_pb2.ERROR_STAGE_UNSPECIFIED,
                 "the server ended the RPC without ending the stream", Origin.TRANSPORT)


# What a status without a StreamError amounts to: it came from gRPC itself, a balancer or another kind of server.
_STATUS_CODES = {
    grpc.StatusCode.UNIMPLEMENTED: error_pb2.STREAMPAIR_CODE_UNIMPLEMENTED,
    grpc.StatusCode.RESOURCE_EXHAUSTED: error_pb2.STREAMPAIR_CODE_MESSAGE_TOO_LARGE,
    grpc.StatusCode.PERMISSION_DENIED: error_pb2.STREAMPAIR_CODE_POLICY_DENIED,
    grpc.StatusCode.UNAUTHENTICATED: error_pb2.STREAMPAIR_CODE_POLICY_DENIED,
}


def from_call(call: Any) -> StreamError:
    """From the end of an RPC: the StreamError in its details if there is one, else what the status amounts to."""
    status = call.code()
    for key, value in call.trailing_metadata() or ():
        if key == "grpc-status-details-bin":
            for detail in _details(value):
                if detail.Is(error_pb2.StreamError.DESCRIPTOR):
                    error = error_pb2.StreamError()
                    detail.Unpack(error)
                    return make(error, Origin.SERVER, status)
    if status is None or status == grpc.StatusCode.OK:
        return ended_without_end()
    return _ours(_STATUS_CODES.get(status, error_pb2.STREAMPAIR_CODE_CLIENT_GONE), error_pb2.ERROR_STAGE_UNSPECIFIED,
                 call.details() or "", Origin.TRANSPORT, status, retryable=status == grpc.StatusCode.UNAVAILABLE)


def _details(data: bytes) -> Iterator[Any]:
    """The field `details` (3) of a google.rpc.Status, which is not worth a dependency."""
    at = 0

    def varint() -> int:
        nonlocal at
        value = shift = 0
        while True:
            byte = data[at]
            at += 1
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return value

    try:
        while at < len(data):
            tag = varint()
            if tag & 7 == 0:
                varint()
            elif tag & 7 == 2:
                size = varint()
                if tag >> 3 == 3:
                    yield any_pb2.Any.FromString(data[at:at + size])
                at += size
            else:
                return
    except (IndexError, ValueError):
        return
