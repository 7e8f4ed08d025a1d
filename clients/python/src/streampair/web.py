"""HTTP through a Streampair server with Python's own urllib and http.client.

    opener = streampair.web.build_opener("127.0.0.1:7450")
    opener.open("http://example.com/")
    http.client.HTTPResponse by hand: HTTPConnection(client, "example.com")

https: URLs are secured by the server (the pair's TLS settings), so trust and errors are the pair's: StreamTlsError has
the number of the CFStream contract.
"""

from __future__ import annotations

import http.client
import urllib.request
from typing import Any, Optional, Union

from streampair.client import Client
from streampair.stream import Tls


class HTTPConnection(http.client.HTTPConnection):
    """As http.client.HTTPConnection, over a stream of the given client."""

    def __init__(self, client: Client, host: str, port: Optional[int] = None, *, tls: Optional[Tls] = None,
                 pair: Optional[dict[str, Any]] = None, **options: Any) -> None:
        if tls and port is None and ":" not in host.rpartition("]")[2]:
            port = http.client.HTTPS_PORT
        super().__init__(host, port, **options)
        self._client = client
        self._pair = dict(pair or {}, tls=tls)

    def connect(self) -> None:
        timeout = self.timeout if isinstance(self.timeout, (int, float)) else None
        self.sock = self._client.connect(self.host, self.port, timeout=timeout, **self._pair)


class Handler(urllib.request.AbstractHTTPHandler):
    """http: and https: for an urllib opener. Further arguments configure the pairs, as in Client.connect."""

    def __init__(self, client: Client, *, tls: Tls = True, **pair: Any) -> None:
        super().__init__()
        self._client = client
        self._tls = tls
        self._pair = pair

    def http_open(self, request: urllib.request.Request) -> Any:
        return self._open(request, None)

    def https_open(self, request: urllib.request.Request) -> Any:
        return self._open(request, self._tls)

    def _open(self, request: urllib.request.Request, tls: Optional[Tls]) -> Any:
        def connection(host: str, **options: Any) -> HTTPConnection:
            return HTTPConnection(self._client, host, tls=tls, pair=self._pair, **options)

        return self.do_open(connection, request)  # type: ignore[arg-type]

    http_request = https_request = urllib.request.AbstractHTTPHandler.do_request_


def build_opener(client: Union[Client, str, None] = None, *handlers: Any, **pair: Any) -> urllib.request.OpenerDirector:
    """An opener whose http: and https: URLs go through the server; no proxies of the environment."""
    if not isinstance(client, Client):
        client = Client(client)
    return urllib.request.build_opener(urllib.request.ProxyHandler({}), _NoDirectHTTP(), _NoDirectHTTPS(),
                                       Handler(client, **pair), *handlers)


# urllib leaves its own handlers out if one derived from them is given.
class _NoDirectHTTP(urllib.request.HTTPHandler):
    def http_open(self, request: urllib.request.Request) -> Any:
        return None


class _NoDirectHTTPS(urllib.request.HTTPSHandler):
    def https_open(self, request: urllib.request.Request) -> Any:
        return None
