#!/usr/bin/env python3
"""Runs the conformance cases of one client against a real streampaird.

usage: run.py --server PATH --cases-file FILE [--language NAME] [--only TEXT] -- DRIVER [ARGUMENT...]

The driver is a small program in the client's language: see README.md. Prints a line a case, and with --report adds the
outcomes as tools/test_report.py wants them. Fails if a case did.
"""

import argparse
import json
import os
import queue
import signal
import subprocess
import sys
import tempfile
import threading
import time

import targets

HERE = os.path.dirname(os.path.abspath(__file__))
PATIENCE = 60.0  # For anything that must happen; nothing takes so long unless it is broken.


class Failure(Exception):
    pass


class Server:
    """A streampaird of its own."""

    def __init__(self, program, flags, folder):
        ready = os.path.join(folder, f"ready-{time.monotonic_ns()}")
        self._log = open(ready + ".log", "w+", encoding="utf-8")
        self.process = subprocess.Popen(
            [program, "--listen=127.0.0.1:0", f"--ready-file={ready}", *flags], stderr=self._log)
        deadline = time.monotonic() + PATIENCE
        while not os.path.exists(ready) or not os.path.getsize(ready):
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise Failure("streampaird did not start: " + self.log())
            time.sleep(0.01)  # There is nothing to wait on but the file.
        with open(ready, encoding="utf-8") as file:
            self.address = json.load(file)["listen"][0]

    def log(self):
        self._log.seek(0)
        return self._log.read()[-2000:]

    def ends(self):
        try:
            return self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            raise Failure("streampaird does not end") from None

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self._log.close()


class Driver:
    """The client's side: one JSON object a line, there and back."""

    def __init__(self, command, address, heartbeat_ms):
        environment = dict(os.environ, STREAMPAIR_SERVER=address)
        for name in ("http_proxy", "https_proxy", "grpc_proxy", "HTTP_PROXY", "HTTPS_PROXY", "GRPC_PROXY"):
            environment.pop(name, None)
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment,
                                        text=True)
        self._lines = queue.Queue()
        threading.Thread(target=self._read, daemon=True).start()
        self.call({"op": "begin", "server": address, "heartbeat_ms": heartbeat_ms})

    def _read(self):
        for line in self.process.stdout:
            self._lines.put(line)
        self._lines.put(None)

    def call(self, step):
        self.process.stdin.write(json.dumps(step) + "\n")
        self.process.stdin.flush()
        try:
            line = self._lines.get(timeout=PATIENCE)
        except queue.Empty:
            raise Failure(f"no answer to {step}") from None
        if line is None:
            raise Failure(f"the driver ended at {step}")
        return json.loads(line)

    def memory(self):
        with open(f"/proc/{self.process.pid}/status", encoding="utf-8") as file:
            return next(int(line.split()[1]) << 10 for line in file if line.startswith("VmRSS:"))

    def end(self):
        """Closes its input: it must end by itself, and well."""
        self.process.stdin.close()
        try:
            code = self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            raise Failure("the driver does not end") from None
        if code != 0:
            raise Failure(f"the driver ended with {code}")

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()


_hashes = {}


def sha256(size):
    if size not in _hashes:
        _hashes[size] = targets.pattern_sha256(size)
    return _hashes[size]


def expected(value):
    """"pattern:N" and "sha:N" stand for the SHA-256 of N bytes of the pattern."""
    if not isinstance(value, str):
        return value
    words = []
    for word in value.split(" "):
        name, colon, size = word.partition(":")
        words.append(sha256(int(size)) if colon and name in ("pattern", "sha") and size.isdigit() else word)
    return " ".join(words)


def check(what, expect, found):
    if "error" in found and "error" not in expect:
        raise Failure(f"{what}: {found['error']}")
    for key, value in expect.items():
        if key == "at_most":
            if not found["value"] <= value:
                raise Failure(f"{what}: {found['value']} is more than {value}")
        elif key == "error":
            error = found.get("error")
            triple = error and [error["domain"], error["subdomain"], error["code"], error["stage"]]
            if triple != value:
                raise Failure(f"{what}: wanted the error {value}, found {found}")
        elif found.get(key) != expected(value):
            raise Failure(f"{what}: {key} should be {expected(value)}, found {found}")


class Case:
    def __init__(self, case, arguments, folder, shared_server, pairs):
        self.case = case
        self.own_server = "server" in case
        self.server = Server(arguments.server, case["server"], folder) if self.own_server else shared_server
        self.driver = None
        self.targets = {}
        self.memory = 0
        self.arguments = arguments
        self.pairs = pairs

    def run(self):
        for name, kind in self.case.get("targets", {}).items():
            special = {"refused": targets.RefusedPort, "hanging": targets.HangingPort}.get(kind)
            self.targets[name] = special() if special else targets.make(kind)
        self.driver = Driver(self.arguments.driver, self.server.address, self.case.get("heartbeat_ms", 20000))
        for number, step in enumerate(self.case["steps"], 1):
            what = f"step {number} ({step.get('op') or step['runner']})"
            if "runner" in step:
                getattr(self, step["runner"])(what, step)
            else:
                check(what, step.get("expect", {}), self.driver.call(self.request(step)))
        self.driver.end()

    def request(self, step):
        request = {key: value for key, value in step.items() if key != "expect"}
        if "to" in request:
            request["host"], request["port"] = "127.0.0.1", self.targets[request.pop("to")].port
        if "socks" in request:
            proxy = dict(request["socks"])
            port = self.targets[proxy.pop("to")].port
            request["socks"] = dict(proxy, host="127.0.0.1", port=port)
        return request

    # What the runner itself does or looks at.

    def remember_memory(self, _what, _step):
        self.memory = self.driver.memory()

    def memory_grew_at_most(self, what, step):
        grown = self.driver.memory() - self.memory
        if grown > step["bytes"]:
            raise Failure(f"{what}: by {grown} bytes")

    def sent_at_most(self, what, step):
        """What the target could send shows that nobody on the way took more than windows and buffers."""
        sent = self.targets[step["of"]].sent
        if sent > step["bytes"]:
            raise Failure(f"{what}: the target has sent {sent}")

    def target_saw(self, what, step):
        try:
            seen = self.targets[step["of"]].seen.get(timeout=PATIENCE)
        except queue.Empty:
            raise Failure(f"{what}: the target saw no end") from None
        check(what, step["expect"], seen)

    def no_pairs_left(self, what, _step):
        deadline = time.monotonic() + PATIENCE
        while self.pairs(self.server.address) > 0:
            if time.monotonic() > deadline:
                raise Failure(f"{what}: pairs are left on the server")
            time.sleep(0.01)  # The server tells nobody when a pair goes.

    def terminate_server(self, _what, _step):
        self.server.process.send_signal(signal.SIGTERM)

    def kill_server(self, _what, _step):
        self.server.process.kill()

    def stop_server(self, _what, _step):
        self.server.process.send_signal(signal.SIGSTOP)

    def server_ends(self, what, _step):
        code = self.server.ends()
        if code != 0:
            raise Failure(f"{what}: with {code}: {self.server.log()}")

    def close(self):
        if self.driver is not None:
            self.driver.close()
        for target in self.targets.values():
            target.close()
        if self.own_server:
            self.server.close()


def pairs_on(address):
    """How many pairs the server has, asked with the Python client's stubs."""
    import streampair
    with streampair.Client(address) as client:
        return len(list(client.list()))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--server", required=True)
    parser.add_argument("--language", default="client")
    parser.add_argument("--only", default="")
    parser.add_argument("--report")
    parser.add_argument("driver", nargs="+")
    arguments = parser.parse_args()
    with open(os.path.join(HERE, "cases.json"), encoding="utf-8") as file:
        cases = [case for case in json.load(file)["cases"] if arguments.only in case["name"]]
    failed = 0
    with tempfile.TemporaryDirectory() as folder:
        shared = Server(arguments.server, [f"--dns-servers={targets.NameServer().address}"], folder)
        try:
            for case in cases:
                began = time.monotonic()
                outcome, why = "passed", ""
                running = None
                try:
                    running = Case(case, arguments, folder, shared, pairs_on)
                    running.run()
                except (Failure, OSError, ValueError, KeyError) as error:
                    outcome, why = "failed", f": {error!r}" if not isinstance(error, Failure) else f": {error}"
                    failed += 1
                finally:
                    if running is not None:
                        running.close()
                print(f"{outcome}: {arguments.language}: {case['name']} "
                      f"({time.monotonic() - began:.1f} s){why}", flush=True)
                if arguments.report:
                    with open(arguments.report, "a", encoding="utf-8") as file:
                        name = f"conformance {arguments.language}: {case['name']}"
                        file.write(json.dumps(["clients", name, outcome]) + "\n")
        finally:
            shared.close()
    return 1 if failed or not cases else 0


if __name__ == "__main__":
    sys.exit(main())
