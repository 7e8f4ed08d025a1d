"""The Python client's side of tests/conformance: one JSON object a line, there and back."""

import hashlib
import json
import socket
import struct
import sys
import threading

import streampair

BLOCK = bytes((j * 7 + (j >> 8) * 13) & 0xFF for j in range(65536))


def pattern(size):
    number = 0
    while size > 0:
        block = struct.pack("<Q", number) + BLOCK[8:]
        yield block[:size]
        size -= len(BLOCK)
        number += 1


class Driver:
    def __init__(self):
        self.client = None
        self.draining = threading.Event()
        self.streams = {}

    def begin(self, server, heartbeat_ms):
        self.client = streampair.Client(server, heartbeat=heartbeat_ms / 1000,
                                        on_draining=lambda grace: self.draining.set())
        return {}

    def open(self, host, port, timeout_ms=None, connect_timeout_ms=None, **step):
        name = step.pop("as", "main")
        options = {"socks": streampair.SocksProxy(**step["socks"])} if "socks" in step else {}
        stream = self.client.connect(
            host, port, timeout=None if timeout_ms is None else timeout_ms / 1000,
            connect_timeout=None if connect_timeout_ms is None else connect_timeout_ms / 1000, **options)
        self.streams[name] = stream
        return {}

    def write(self, text=None, pattern=None, of="main"):
        self._write(self.streams[of], text, pattern)
        return {}

    def _write(self, stream, text, size):
        if text is not None:
            stream.sendall(text.encode())
        else:
            for block in pattern(size):
                stream.sendall(block)

    def finish(self, of="main"):
        self.streams[of].shutdown(socket.SHUT_WR)
        return {}

    def read(self, bytes, of="main", timeout_ms=None):
        stream = self.streams[of]
        stream.settimeout(None if timeout_ms is None else timeout_ms / 1000)
        try:
            return self._read(stream, bytes)
        finally:
            stream.settimeout(None)

    def read_all(self, of="main"):
        return self._read(self.streams[of], None)

    def _read(self, stream, wanted):
        digest, size, text, result = hashlib.sha256(), 0, b"", {}
        try:
            while wanted is None or size < wanted:
                data = stream.recv(1 << 20 if wanted is None else min(1 << 20, wanted - size))
                if not data:
                    result["end"] = True
                    break
                digest.update(data)
                size += len(data)
                text = (text + data)[:256]
        except streampair.StreamError as error:
            result["error"] = as_json(error)
        return dict(result, bytes=size, sha256=digest.hexdigest(), text=text.decode("latin-1"))

    def exchange(self, pattern, of="main"):
        stream = self.streams[of]
        writer = threading.Thread(target=self._write, args=(stream, None, pattern))
        writer.start()
        result = self._read(stream, pattern)
        writer.join()
        return result

    def round_trips(self, count, of="main"):
        stream = self.streams[of]
        for _ in range(count):
            stream.sendall(b"x")
            assert stream.recv(1) == b"x"
        return {"count": count}

    def unread(self, of):
        return {"value": self.streams[of].unread}

    def many(self, host, port, count, pattern):
        right = []

        def one():
            with self.client.connect(host, port) as stream:
                writer = threading.Thread(target=self._write, args=(stream, None, pattern))
                writer.start()
                if self._read(stream, pattern)["sha256"] == wanted:
                    right.append(1)
                writer.join()

        wanted = pattern_sha256(pattern)
        threads = [threading.Thread(target=one) for _ in range(count)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return {"right": len(right)}

    def reset(self, of="main"):
        self.streams[of].reset()
        return {}

    def close(self, of="main"):
        self.streams[of].close()
        return {}

    def end(self, of="main"):
        info = self.streams[of].finish_and_wait()
        return {"bytes_read": info.bytes_read, "bytes_written": info.bytes_written}

    def cancel_open(self, host, port):
        stream = self.client.connect(host, port, wait=False)
        waiting = threading.Thread(target=stream.reset)
        waiting.start()
        try:
            stream.wait_ready()
        except streampair.StreamReset:
            return {"cancelled": True}
        finally:
            waiting.join()
            stream.close()

    def cancel_read(self, of="main"):
        stream = self.streams[of]
        waiting = threading.Thread(target=stream.reset)
        waiting.start()
        try:
            stream.recv(1)
        except streampair.StreamReset:
            return {"cancelled": True}
        finally:
            waiting.join()

    def await_draining(self):
        return {"draining": self.draining.wait()}


def pattern_sha256(size):
    digest = hashlib.sha256()
    for block in pattern(size):
        digest.update(block)
    return digest.hexdigest()


def as_json(error):
    return {"domain": error.domain, "subdomain": error.subdomain, "code": error.code, "stage": error.stage,
            "text": str(error)}


def main():
    driver = Driver()
    for line in sys.stdin:
        step = json.loads(line)
        try:
            answer = getattr(driver, step.pop("op"))(**step)
        except streampair.StreamError as error:
            answer = {"error": as_json(error)}
        print(json.dumps(answer), flush=True)
    driver.client.close()


if __name__ == "__main__":
    main()
