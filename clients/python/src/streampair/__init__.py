"""TCP streams to any host:port through a Streampair server.

    import streampair
    with streampair.connect(("example.com", 80)) as sock: ...

`Client` for one server with its options, `streampair.aio` for asyncio streams, `streampair.web` for urllib and
http.client. The messages of the API are in `streampair.v1`.
"""

from streampair._channel import EndInfo, OpenInfo
from streampair.client import Client, connect, pair_spec
from streampair.errors import (Origin, StreamAborted, StreamBroken, StreamDenied, StreamError, StreamNameError,
                               StreamRefused, StreamReset, StreamTimeout, StreamTlsError)
from streampair.stream import Stream
from streampair.v1.property_pb2 import SocksProxy
from streampair.v1.tls_pb2 import SslContext, SslSettings

__all__ = [
    "Client", "EndInfo", "OpenInfo", "Origin", "SocksProxy", "SslContext", "SslSettings", "Stream", "StreamAborted",
    "StreamBroken", "StreamDenied", "StreamError", "StreamNameError", "StreamRefused", "StreamReset", "StreamTimeout",
    "StreamTlsError", "connect", "pair_spec",
]
__version__ = "0.1.0"
