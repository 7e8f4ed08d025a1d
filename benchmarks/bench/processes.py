"""Programs that a run starts: each is waited for until it serves, and killed with the run."""

import os
import signal
import socket
import subprocess
import time

DEADLINE = 15  # Seconds that a program has to come up.


class Failed(Exception):
    """A program did not come up, or a measurement could not be made."""


def free_port():
    """A port that the kernel picks. In a namespace of our own nobody else can take it meanwhile."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Processes:
    def __init__(self, folder):
        self.folder = folder
        self.running = []
        self.files = 0

    def path(self, name):
        """A path in the run's folder that nobody else has."""
        self.files += 1
        return os.path.join(self.folder, f"{self.files}-{name}")

    def start(self, name, command, pinned=False, env=None):
        """Starts a program in a group of its own; its output goes to a file of the run's folder."""
        if pinned:
            command = ["taskset", "-c", "0", *command]
        path = self.path(name + ".log")
        log = open(path, "wb")
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                   start_new_session=True, env={**os.environ, **(env or {})})
        process.name, process.log = name, path
        self.running.append(process)
        return process

    def start_printing_port(self, name, command, pinned=False):
        """Starts a program whose first line of output is its port."""
        process = self.start(name, command, pinned)
        return process, int(self.await_that(process, lambda: self._first_line(process.log)))

    @staticmethod
    def _first_line(path):
        with open(path, encoding="utf-8", errors="replace") as log:
            line = log.readline()
        return line.strip() if line.endswith("\n") else None

    def await_that(self, process, done):
        """Polls for what another program does; gives up when it has ended or time has."""
        end = time.monotonic() + DEADLINE
        while time.monotonic() < end:
            result = done()
            if result:
                return result
            if process.poll() is not None:
                break
            time.sleep(0.01)
        with open(process.log, encoding="utf-8", errors="replace") as log:
            raise Failed(f"{process.name} did not come up: {log.read().strip()[-300:]}")

    def await_port(self, process, port):
        def connects():
            with socket.socket() as probe:
                return probe.connect_ex(("127.0.0.1", port)) == 0
        self.await_that(process, connects)

    def stop(self, process):
        self.running.remove(process)
        for kind in (signal.SIGTERM, signal.SIGKILL):
            try:
                os.killpg(process.pid, kind)
                process.wait(3)
                return
            except subprocess.TimeoutExpired:
                continue
            except ProcessLookupError:
                process.wait()
                return

    def stop_all(self):
        for process in list(self.running):
            self.stop(process)
