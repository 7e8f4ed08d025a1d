"""A server, seen from a program: makes streams through it, and asks it about pairs."""

from __future__ import annotations

import os
import threading
import uuid
from types import TracebackType
from typing import Any, Callable, Dict, Iterator, Mapping, Optional, Sequence, Tuple, Type, Union

import grpc

from streampair import errors
from streampair._rpc import Metadata, RpcOptions, TransferRpc
from streampair.stream import Stream, Tls, tls_property
from streampair.v1 import frame_pb2, property_pb2, stream_pair_pb2, target_pb2
from streampair.v1 import stream_pair_service_pb2 as service_pb2

DEFAULT_SERVER = "127.0.0.1:7450"
WINDOW = 256 << 10
UNSENT_LIMIT = 512 << 10

# Pings of HTTP/2 are no help on idle RPCs through balancers, so the heartbeat is ours; messages are bounded by windows.
_CHANNEL_OPTIONS = (("grpc.max_receive_message_length", 8 << 20), ("grpc.primary_user_agent", "streampair-python"))


def pair_spec(host: str, port: int, *, tls: Union[Tls, None] = None,
              socks: Optional[property_pb2.SocksProxy] = None, labels: Optional[Mapping[str, str]] = None,
              connect_timeout: Optional[float] = None, hold: Optional[float] = None,
              properties: Sequence[property_pb2.Property] = ()) -> stream_pair_pb2.StreamPairSpec:
    """A pair to a host, by name or IP literal. Nothing is checked here: the server is the authority.

    tls              True, SslSettings or SslContext: the server speaks TLS with the target
    socks            the proxy on the way
    connect_timeout  seconds from open to connected, counted by the server
    hold             seconds that the server keeps the pair when its client is gone; None: it goes with the client
    properties       anything else of property.proto
    """
    spec = stream_pair_pb2.StreamPairSpec(target=target_pb2.Target(host=target_pb2.HostTarget(name=host, port=port)))
    spec.labels.update(labels or {})
    if connect_timeout is not None:
        spec.properties.add().timeouts.connect.FromNanoseconds(int(connect_timeout * 1e9))
    if hold is not None:
        spec.hold_timeout.FromNanoseconds(int(hold * 1e9))
    if socks is not None:
        spec.properties.add().socks_proxy.CopyFrom(socks)
    if tls is not None and tls is not False:
        spec.properties.append(tls_property(tls))
    spec.properties.extend(properties)
    return spec


class Client:
    """Connects when first used, and again when the connection was lost.

    All streams share one RPC, each with credit of its own, so a stream that nobody reads holds its window and slows no
    other. After a notice that the server is going down new streams get a new RPC. Thread-safe; as a context manager it
    is closed at the end.

    server    "host:port", "unix:/path" or any name that gRPC resolves; default: $STREAMPAIR_SERVER or 127.0.0.1:7450
    credentials  grpc.ChannelCredentials for a server that wants TLS; default: none
    metadata  sent with every RPC: "authorization" and the like
    timeout   seconds for RPCs that answer once
    Further arguments are those of one Transfer RPC: heartbeat, linger, deadline (seconds), window_alone,
    window_shared, window_growth (bytes), on_draining (called with the seconds of grace; must not block).
    """

    def __init__(self, server: Optional[str] = None, *, credentials: Optional[grpc.ChannelCredentials] = None,
                 metadata: Metadata = (), timeout: float = 30.0, **rpc_options: Any) -> None:
        target = server or os.environ.get("STREAMPAIR_SERVER") or DEFAULT_SERVER
        # A connection of its own, so that it is ours to close.
        options = (*_CHANNEL_OPTIONS, ("grpc.use_local_subchannel_pool", 1))
        self._channel = (grpc.insecure_channel(target, options) if credentials is None
                         else grpc.secure_channel(target, credentials, options))
        self._metadata = tuple(metadata)
        self._timeout = timeout
        self._options = RpcOptions(metadata=self._metadata, **rpc_options)
        self._lock = threading.Lock()
        self._rpc: Optional[TransferRpc] = None
        self._closed = False

    # Streams.

    def connect(self, host: str, port: int, *, timeout: Optional[float] = None, wait: bool = True,
                window: int = WINDOW, unsent_limit: int = UNSENT_LIMIT, halves: int = 0,
                **pair: Any) -> Stream:
        """A stream to a new pair; the keywords of `pair_spec` configure it.

        Waits until the pair is ready for bytes and raises what went wrong; `timeout` bounds the wait and is the
        stream's time-out afterwards, as in socket.create_connection. wait=False: returns at once; what goes wrong
        shows in the stream's calls, and bytes may be written meanwhile.
        """
        return self.open(pair_spec(host, port, **pair), timeout=timeout, wait=wait, window=window,
                         unsent_limit=unsent_limit, halves=halves)

    def open(self, spec: stream_pair_pb2.StreamPairSpec, *, timeout: Optional[float] = None, wait: bool = True,
             window: int = WINDOW, unsent_limit: int = UNSENT_LIMIT, halves: int = 0) -> Stream:
        """As connect, to whatever the spec says."""
        attach = frame_pb2.Attach(create=spec, halves=halves)  # type: ignore[arg-type]
        return self._open(attach, timeout, wait, window, unsent_limit)

    def attach(self, name: str, *, timeout: Optional[float] = None, wait: bool = True, window: int = WINDOW,
               unsent_limit: int = UNSENT_LIMIT, halves: int = 0, read_offset: Optional[int] = None) -> Stream:
        """A stream to a pair that exists: made by create(), or held."""
        attach = frame_pb2.Attach(name=name, halves=halves)  # type: ignore[arg-type]
        if read_offset is not None:
            attach.read_offset = read_offset
        return self._open(attach, timeout, wait, window, unsent_limit)

    def _open(self, attach: frame_pb2.Attach, timeout: Optional[float], wait: bool, window: int,
              unsent_limit: int) -> Stream:
        while True:
            rpc = self._current()
            seat = rpc.open(attach, window, unsent_limit)
            if seat is not None:
                break
            with self._lock:  # It ended meanwhile.
                if self._rpc is rpc:
                    self._rpc = None
        stream = Stream(rpc, seat, timeout)
        if wait:
            try:
                stream.wait_ready(timeout)
            except BaseException:
                stream.close()
                raise
        return stream

    def _current(self) -> TransferRpc:
        with self._lock:
            if self._closed:
                raise errors.carrier_finished()
            if self._rpc is None:
                self._rpc = TransferRpc(self._channel, self._options)
            return self._rpc

    def cancel(self) -> None:
        """Ends the RPC of all streams at once; they fail. The next stream gets a new one."""
        with self._lock:
            rpc, self._rpc = self._rpc, None
        if rpc is not None:
            rpc.cancel()

    def close(self) -> None:
        """Cuts streams that live on; those that ended in order have arrived."""
        with self._lock:
            rpc, self._rpc = self._rpc, None
            self._closed = True
        if rpc is not None:
            rpc.close_all()
        self._channel.close()

    def __enter__(self) -> "Client":
        return self

    def __exit__(self, kind: Optional[Type[BaseException]], error: Optional[BaseException],
                 traceback: Optional[TracebackType]) -> None:
        self.close()

    # Pairs.

    def create(self, spec: stream_pair_pb2.StreamPairSpec, *,
               validate_only: bool = False) -> stream_pair_pb2.StreamPair:
        """Makes a pair that waits to be attached to. The request carries an id of its own, so gRPC may repeat it."""
        request = service_pb2.CreateStreamPairRequest(spec=spec, request_id=str(uuid.uuid4()),
                                                      validate_only=validate_only)
        return self._unary("CreateStreamPair", request, service_pb2.CreateStreamPairResponse).stream_pair

    def get(self, name: str) -> stream_pair_pb2.StreamPair:
        request = service_pb2.GetStreamPairRequest(name=name)
        return self._unary("GetStreamPair", request, service_pb2.GetStreamPairResponse).stream_pair

    def list(self, labels: Optional[Mapping[str, str]] = None) -> Iterator[stream_pair_pb2.StreamPair]:
        """The caller's pairs, oldest first; `labels` must all match."""
        request = service_pb2.ListStreamPairsRequest(page_size=1000, labels=dict(labels or {}))
        while True:
            page = self._unary("ListStreamPairs", request, service_pb2.ListStreamPairsResponse)
            yield from page.stream_pairs
            if not page.next_page_token:
                return
            request.page_token = page.next_page_token

    def delete(self, name: str) -> None:
        """Releases the pair."""
        self._unary("DeleteStreamPair", service_pb2.DeleteStreamPairRequest(name=name),
                    service_pb2.DeleteStreamPairResponse)

    def explain(self, domain: int, subdomain: int, code: int) -> service_pb2.ExplainErrorResponse:
        """What a number means. With subdomain 0 a packed SOCKS code is split."""
        request = service_pb2.ExplainErrorRequest(domain=domain, subdomain=subdomain, code=code)
        return self._unary("ExplainError", request, service_pb2.ExplainErrorResponse)

    def _unary(self, method: str, request: Any, response: Any) -> Any:
        call: Callable[..., Any] = self._channel.unary_unary(
            f"/streampair.v1.StreamPairService/{method}", type(request).SerializeToString, response.FromString)
        try:
            return call(request, timeout=self._timeout, metadata=self._metadata)
        except grpc.RpcError as error:
            raise errors.from_call(error) from None


_clients: Dict[str, Client] = {}
_clients_lock = threading.Lock()


def connect(address: Tuple[str, int], timeout: Optional[float] = None, *, server: Optional[str] = None,
            **options: Any) -> Stream:
    """As socket.create_connection, through `server`; programs that need more make a Client.

    Streams to the same server share a Client, which lives as long as the program.
    """
    name = server or os.environ.get("STREAMPAIR_SERVER") or DEFAULT_SERVER
    with _clients_lock:
        client = _clients.get(name)
        if client is None:
            client = _clients[name] = Client(name)
    return client.connect(*address, timeout=timeout, **options)
