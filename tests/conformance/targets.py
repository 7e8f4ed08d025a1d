"""What pairs lead to in the conformance cases: TCP targets that say what they saw, and a name server.

Each target is a thread a connection, on a port of the kernel's choice on loopback.
"""

import hashlib
import queue
import socket
import struct
import threading

BLOCK = 65536
_BLOCK_BYTES = bytes((j * 7 + (j >> 8) * 13) & 0xFF for j in range(BLOCK))


def pattern(size):
    """`size` bytes that every driver makes alike: blocks of 64 KiB, each with its number in its first eight bytes."""
    number = 0
    while size > 0:
        block = struct.pack("<Q", number) + _BLOCK_BYTES[8:]
        yield block[:size]
        size -= BLOCK
        number += 1


def pattern_sha256(size):
    digest = hashlib.sha256()
    for block in pattern(size):
        digest.update(block)
    return digest.hexdigest()


class Target:
    """Listens, and runs `serve(connection, target)` for each connection. `seen` gets what serve returns."""

    def __init__(self, serve):
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=1024)
        self.port = self._listener.getsockname()[1]
        self.seen = queue.Queue()
        self.sent = 0
        self._serve = serve
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(target=self._run, args=(connection,), daemon=True).start()

    def _run(self, connection):
        try:
            seen = self._serve(connection, self)
        except OSError as error:
            seen = {"end": type(error).__name__}
        finally:
            connection.close()
        if seen is not None:
            self.seen.put(seen)

    def close(self):
        self._listener.close()


def _drain(connection):
    """Reads to the end: how many bytes, their SHA-256, and how it ended."""
    digest, size, buffer = hashlib.sha256(), 0, bytearray(1 << 18)
    end = "fin"
    try:
        while True:
            count = connection.recv_into(buffer)
            if count == 0:
                break
            digest.update(memoryview(buffer)[:count])
            size += count
    except ConnectionResetError:
        end = "reset"
    return {"bytes": size, "sha256": digest.hexdigest(), "end": end}


def echo(connection, _target):
    buffer = bytearray(1 << 18)
    while True:
        count = connection.recv_into(buffer)
        if count == 0:
            connection.shutdown(socket.SHUT_WR)
            return None
        connection.sendall(memoryview(buffer)[:count])


def pour(size):
    """Sends a pattern, then FIN; counts what the kernel took."""
    def serve(connection, target):
        for block in pattern(size):
            connection.sendall(block)
            target.sent += len(block)
        connection.shutdown(socket.SHUT_WR)
        return _drain(connection)
    return serve


def sink(connection, _target):
    """Reads to the FIN, then says what it got."""
    seen = _drain(connection)
    if seen["end"] == "fin":
        connection.sendall(f"{seen['bytes']} {seen['sha256']}".encode())
    return seen


def finish_first(connection, _target):
    """Says hello and finishes; the other direction goes on."""
    connection.sendall(b"hello")
    connection.shutdown(socket.SHUT_WR)
    return _drain(connection)


def reset_after_hello(connection, _target):
    """Says hello, waits for a byte, and resets."""
    connection.sendall(b"hello")
    connection.recv(1)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def silent(connection, _target):
    return _drain(connection)


def _exactly(connection, size):
    data = b""
    while len(data) < size:
        piece = connection.recv(size - len(data))
        if not piece:
            raise ConnectionResetError
        data += piece
    return data


def socks5(password):
    """A SOCKS 5 proxy (RFC 1928) that wants the login `user` with that password (RFC 1929), and echoes itself."""
    def serve(connection, target):
        _, methods = _exactly(connection, 2)
        if 2 not in _exactly(connection, methods):
            connection.sendall(b"\5\xff")
            return {"end": "no login offered"}
        connection.sendall(b"\5\2")
        user = _exactly(connection, _exactly(connection, 2)[1])
        given = _exactly(connection, _exactly(connection, 1)[0])
        right = (user, given) == (b"user", password.encode())
        connection.sendall(b"\1\0" if right else b"\1\1")
        if not right:
            return _drain(connection)
        kind = _exactly(connection, 4)[3]
        _exactly(connection, {1: 4, 4: 16}.get(kind) or _exactly(connection, 1)[0])
        _exactly(connection, 2)
        connection.sendall(b"\5\0\0\1\x7f\0\0\1\0\7")
        return echo(connection, target)
    return serve


KINDS = {
    "echo": echo, "sink": sink, "finish_first": finish_first, "reset_after_hello": reset_after_hello,
    "silent": silent,
}


def make(kind):
    name, _, detail = kind.partition(":")
    if name == "pour":
        return Target(pour(int(detail)))
    return Target(socks5(detail) if name == "socks5" else KINDS[name])


class RefusedPort:
    """A port of ours on which nobody listens."""

    def __init__(self):
        self._socket = socket.socket()
        self._socket.bind(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]

    def close(self):
        self._socket.close()


class HangingPort:
    """A port whose connections are never made: its queue is full."""

    def __init__(self):
        self._listener = socket.socket()
        self._listener.bind(("127.0.0.1", 0))
        self._listener.listen(0)
        self.port = self._listener.getsockname()[1]
        self._fillers = []
        while True:
            filler = socket.socket()
            filler.settimeout(0.2)
            self._fillers.append(filler)
            try:
                filler.connect(("127.0.0.1", self.port))
            except TimeoutError:
                return

    def close(self):
        for filler in self._fillers:
            filler.close()
        self._listener.close()


class NameServer:
    """Says of every name that it does not exist."""

    def __init__(self):
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self._socket.getsockname()[1]}"
        threading.Thread(target=self._answer, daemon=True).start()

    def _answer(self):
        while True:
            query, sender = self._socket.recvfrom(4096)
            # The question comes back; response, recursion available, NXDOMAIN.
            question = query[12:query.index(b"\0", 12) + 5]
            self._socket.sendto(query[:2] + b"\x81\x83\0\1\0\0\0\0\0\0" + question, sender)
