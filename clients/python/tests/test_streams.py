"""Against a real streampaird, whose address is in $STREAMPAIR_TEST_SERVER."""

import asyncio
import http.server
import os
import socket
import socketserver
import threading
import unittest
import urllib.error
import urllib.request

import streampair
import streampair.aio
import streampair.web

SERVER = os.environ["STREAMPAIR_TEST_SERVER"]
MEGABYTE = 1 << 20


class Echo(socketserver.BaseRequestHandler):
    def handle(self):
        while True:
            data = self.request.recv(1 << 18)
            if not data:
                return
            self.request.sendall(data)


class Web(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        body = b"page " + self.path.encode() + b"\n" * 100_000
        self.send_response(404 if "missing" in self.path else 200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        pass


class Threaded(socketserver.ThreadingTCPServer):
    daemon_threads = True
    request_queue_size = 128


class StreamsTest(unittest.TestCase):
    def setUp(self):
        self.client = streampair.Client(SERVER)
        self.addCleanup(self.client.close)

    def serve(self, handler):
        server = Threaded(("127.0.0.1", 0), handler)
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        return server.server_address[1]

    def test_what_a_socket_does(self):
        port = self.serve(Echo)
        with self.client.connect("127.0.0.1", port, timeout=30) as stream:
            self.assertEqual(stream.getpeername(), ("127.0.0.1", port))
            self.assertEqual(stream.gettimeout(), 30)
            self.assertTrue(stream.pair_name.startswith("streamPairs/"))
            self.assertEqual(stream.send(b"abc"), 3)
            buffer = bytearray(10)
            self.assertEqual(stream.recv_into(buffer, 2), 2)
            self.assertEqual(stream.recv(10), b"c")
            stream.setblocking(False)
            with self.assertRaises(BlockingIOError):
                stream.recv(1)
            stream.settimeout(0.05)
            with self.assertRaises(TimeoutError) as caught:
                stream.recv(1)
            self.assertEqual(caught.exception.origin, streampair.Origin.CLIENT)
            stream.settimeout(None)
            with stream.makefile("rwb") as file:
                file.write(b"line one\nline two\n")
                file.flush()
                self.assertEqual([file.readline(), file.readline()], [b"line one\n", b"line two\n"])
            stream.shutdown(socket.SHUT_WR)
            self.assertEqual(stream.recv(10), b"")
            with self.assertRaises(BrokenPipeError):
                stream.send(b"late")
            self.assertEqual(stream.finish_and_wait(30).bytes_written, 21)
        with self.assertRaises(OSError):
            stream.recv(1)

    def test_a_file_keeps_the_stream_open(self):
        stream = self.client.connect("127.0.0.1", self.serve(Echo))
        file = stream.makefile("r", encoding="utf-8")
        stream.sendall("grüße\n".encode())
        stream.close()
        self.assertEqual(file.readline(), "grüße\n")
        file.close()

    def test_writes_wait_for_a_slow_target(self):
        """Back-pressure: what may wait here is bounded, and a time-out says that it did not fit."""
        listener = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(listener.close)
        stream = self.client.connect("127.0.0.1", listener.getsockname()[1])
        accepted, _ = listener.accept()
        self.addCleanup(accepted.close)
        stream.settimeout(0.2)
        sent = 0
        with self.assertRaises(TimeoutError):
            while sent < 256 * MEGABYTE:
                stream.sendall(b"x" * 65536)
                sent += 65536
        self.assertLess(sent, 64 * MEGABYTE)
        stream.reset()
        stream.close()

    def test_exceptions_are_those_of_sockets(self):
        closed = socket.socket()
        self.addCleanup(closed.close)
        closed.bind(("127.0.0.1", 0))
        with self.assertRaises(ConnectionRefusedError) as caught:
            streampair.connect(("127.0.0.1", closed.getsockname()[1]), server=SERVER)
        self.assertEqual((caught.exception.triple, caught.exception.stage), ((1, 0, 111), "connect"))
        self.assertTrue(caught.exception.retryable)
        with self.assertRaises(streampair.StreamError) as caught:
            self.client.get("streamPairs/nowhere.00")
        self.assertEqual(caught.exception.domain, 1000)
        self.assertIsNotNone(caught.exception.status_code)
        with streampair.Client("127.0.0.1:1") as nobody, self.assertRaises(ConnectionAbortedError) as caught:
            nobody.connect("127.0.0.1", 1)
        self.assertEqual(caught.exception.origin, streampair.Origin.TRANSPORT)

    def test_pairs_by_name(self):
        port = self.serve(Echo)
        pair = self.client.create(streampair.pair_spec("127.0.0.1", port, labels={"test": "by-name"}, hold=60))
        self.assertEqual([p.name for p in self.client.list({"test": "by-name"})], [pair.name])
        with self.client.attach(pair.name) as stream:
            stream.sendall(b"x")
            self.assertEqual(stream.recv(1), b"x")
            with self.assertRaises(streampair.StreamError) as caught:
                self.client.attach(pair.name)
            self.assertEqual(caught.exception.triple, (1000, 0, 6))
        self.client.delete(pair.name)
        self.assertEqual(list(self.client.list({"test": "by-name"})), [])
        self.assertEqual(self.client.explain(1, 0, 111).symbol, "ECONNREFUSED")

    def test_cancel_ends_all_streams_and_the_next_one_works(self):
        port = self.serve(Echo)
        stream = self.client.connect("127.0.0.1", port)
        self.client.cancel()
        with self.assertRaises(streampair.StreamError) as caught:
            stream.recv(1)
        self.assertEqual(caught.exception.triple, (1000, 0, 18))
        with self.client.connect("127.0.0.1", port) as again:
            again.sendall(b"x")
            self.assertEqual(again.recv(1), b"x")

    def test_urllib(self):
        opener = streampair.web.build_opener(self.client)
        base = f"http://127.0.0.1:{self.serve(Web)}"
        with opener.open(f"{base}/a", timeout=30) as response:
            self.assertEqual(response.read(), b"page /a" + b"\n" * 100_000)
        body = os.urandom(MEGABYTE)
        with opener.open(urllib.request.Request(f"{base}/post", data=body)) as response:
            self.assertEqual(response.read(), body)
        with self.assertRaises(urllib.error.HTTPError) as caught:
            opener.open(f"{base}/missing")
        caught.exception.close()
        with self.assertRaises(urllib.error.URLError) as refused:
            opener.open("http://127.0.0.1:1/")
        self.assertIsInstance(refused.exception.reason, ConnectionRefusedError)

    def test_http_client_keeps_the_connection(self):
        connection = streampair.web.HTTPConnection(self.client, "127.0.0.1", self.serve(Web))
        for path in ("/1", "/2"):
            connection.request("GET", path)
            response = connection.getresponse()
            self.assertTrue(response.read().startswith(b"page " + path.encode()))
            stream = connection.sock
        self.assertIs(connection.sock, stream)
        connection.close()

    def test_asyncio(self):
        port = self.serve(Echo)

        async def one(size):
            reader, writer = await streampair.aio.open_connection("127.0.0.1", port, client=self.client)
            self.assertEqual(writer.get_extra_info("peername"), ("127.0.0.1", port))

            async def write():
                for _ in range(size // 65536):
                    writer.write(b"y" * 65536)
                    await writer.drain()
                writer.write_eof()

            _, data = await asyncio.gather(write(), reader.read())
            writer.close()
            await writer.wait_closed()
            return len(data)

        async def all_of_them():
            return await asyncio.gather(*(one(4 * MEGABYTE) for _ in range(20)))

        self.assertEqual(asyncio.run(all_of_them()), [4 * MEGABYTE] * 20)

    def test_asyncio_reader_that_does_not_read_holds_back_its_target(self):
        sent = []
        stopped = threading.Event()

        class Pour(socketserver.BaseRequestHandler):
            def handle(self):
                self.request.settimeout(0.3)
                try:
                    for _ in range(1024):
                        self.request.sendall(b"z" * 65536)
                        sent.append(1)
                except OSError:
                    pass
                stopped.set()

        async def stall():
            reader, writer = await streampair.aio.open_connection(
                "127.0.0.1", self.serve(Pour), client=self.client)
            await reader.readexactly(10)
            await asyncio.get_running_loop().run_in_executor(None, stopped.wait)
            writer.transport.abort()
            return len(reader._buffer)

        self.assertLess(asyncio.run(stall()), MEGABYTE)
        self.assertLess(len(sent), 512)

    def test_asyncio_errors_and_cancellation(self):
        async def refused():
            await streampair.aio.open_connection("127.0.0.1", 1, client=self.client)

        with self.assertRaises(ConnectionRefusedError):
            asyncio.run(refused())

        async def cancelled():
            reader, writer = await streampair.aio.open_connection(
                "127.0.0.1", self.serve(Echo), client=self.client, labels={"test": "cancelled"})
            reading = asyncio.ensure_future(reader.read(1))
            await asyncio.sleep(0)
            reading.cancel()
            with self.assertRaises(asyncio.CancelledError):
                await reading
            writer.write(b"x")
            self.assertEqual(await reader.read(1), b"x")
            writer.close()
            await writer.wait_closed()

        asyncio.run(cancelled())

    def test_tls_settings_reach_the_server(self):
        """What the settings do is the server's; that they arrive is shown by what it says of bad ones."""
        bad = streampair.SslSettings(peer_name_value="x" * 300)
        with self.assertRaises(streampair.StreamError) as caught:
            self.client.connect("127.0.0.1", 1, tls=bad)
        self.assertEqual((caught.exception.domain, caught.exception.stage), (1000, "request"))


if __name__ == "__main__":
    unittest.main()
