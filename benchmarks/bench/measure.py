"""Makes the measurements: interleaved rounds, so that a slow minute of the machine hits all alike."""

import json
import os
import statistics
import subprocess
import sys

import cases
from peers import Starter
from processes import Failed


class Bench:
    def __init__(self, processes, folder, programs, seconds):
        self.processes = processes
        self.folder = folder
        self.programs = programs
        self.seconds = seconds
        self.starters = {}
        self.ways = {}

    def _starter(self, pinned):
        if pinned not in self.starters:
            _, port = self.processes.start_printing_port(
                "target-pinned" if pinned else "target", [os.path.join(self.programs, "benchmarks/load/target")],
                pinned)
            self.starters[pinned] = Starter(self.processes, self.folder, self.programs, f"127.0.0.1:{port}")
        return self.starters[pinned]

    def has(self, each):
        return self._starter(each.pinned).available(each.way)

    def _way(self, each, fresh):
        name = (each.way, each.pinned)
        if fresh:
            return self._starter(each.pinned).start(each.way, each.pinned)
        if name not in self.ways:
            self.ways[name] = self._starter(each.pinned).start(each.way, each.pinned)
        return self.ways[name]

    def measure(self, each):
        """One measurement as a dict, with what is derived from it."""
        # What holds memory is measured on a server of its own, which ends with it.
        fresh = each.work == "idle" or each.stalled > 0
        way = self._way(each, fresh)
        command = [os.path.join(self.programs, "benchmarks/load", way.program), f"--work={each.work}",
                   f"--time={self.seconds}s"]
        if way.program == "load":
            command += [f"--via={way.via}", f"--address={way.address}",
                        f"--target={way.target or self._starter(each.pinned).target}",
                        f"--connections={each.connections}", f"--message={each.message}",
                        f"--stalled={each.stalled}", f"--warm_up={2.5 if each.stalled >= 100 else 0.4}s",
                        "--watch=" + ",".join(str(process.pid) for process in way.processes)]
            command += ["--tls"] if way.tls else []
        if each.pinned:
            command = ["taskset", "-c", "0", *command]
        done = subprocess.run(command, capture_output=True, text=True, timeout=180, check=False)
        if fresh:
            for process in way.processes:
                self.processes.stop(process)
        if done.returncode != 0:
            raise Failed(f"{cases.key(each)}: the load says: {(done.stderr or done.stdout).strip()[-300:]}")
        return derive(json.loads(done.stdout), each)


def derive(raw, each):
    moved = raw["down"] + raw["up"]
    result = dict(raw)
    result["mbps"] = moved / 1e6 / raw["seconds"]
    if moved > 0:
        result["cpu_per_gb"] = raw["cpu"] / (moved / 1e9)
        result["load_cpu_per_gb"] = raw["load_cpu"] / (moved / 1e9)
    result["opens"] = raw["opened"] / raw["seconds"]
    if raw["opened"] > 0:
        result["us_per_open"] = raw["cpu"] * 1e6 / raw["opened"]
    if raw["round_trips"] > 0:
        result["us_per_round_trip"] = raw["cpu"] * 1e6 / raw["round_trips"]
    if each.work == "idle":
        result["kb_per_idle"] = (raw["resident_kb"] - raw["resident_before_kb"]) / max(1, raw["total_opened"])
    return result


def run(bench, planned, idle, rounds):
    """All results by key: a list of measurements each. What cannot be measured is told and left out."""
    results, failed = {}, {}
    missing = sorted({each.way for each in planned + idle if not bench.has(each)})
    if missing:
        print("not installed, left out: " + ", ".join(missing), file=sys.stderr)
    todo = [(0, each) for each in idle] + [(n, each) for n in range(rounds) for each in planned]
    todo = [(n, each) for n, each in todo if each.way not in missing]
    for at, (number, each) in enumerate(todo):
        name = cases.key(each)
        if name in failed:
            continue
        if sys.stderr.isatty():
            print(f"\r\x1b[K{at + 1}/{len(todo)} round {number + 1}: {name}", end="", file=sys.stderr, flush=True)
        try:
            results.setdefault(name, []).append(bench.measure(each))
        except (Failed, subprocess.TimeoutExpired) as error:
            failed[name] = str(error)
            print(f"\nleft out: {error}", file=sys.stderr)
    if sys.stderr.isatty():
        print(file=sys.stderr)
    return {name: each for name, each in results.items() if each and name not in failed}, failed


def medians(results):
    def median(measurements, field):
        return statistics.median(each[field] for each in measurements if field in each)
    return {name: {field: median(each, field) for field in each[0]} for name, each in results.items()}


def ratios(middle):
    found = []
    for each in cases.RATIOS:
        try:
            found.append((each, each.value(lambda name: middle[name])))
        except KeyError:
            continue  # One of its measurements was left out.
    return found
