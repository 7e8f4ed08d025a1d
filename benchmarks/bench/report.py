"""Results for people: tables in Markdown, and one chart."""

import platform
import subprocess


def machine():
    def first(command, default="?"):
        try:
            return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip().splitlines()[0]
        except (OSError, subprocess.CalledProcessError, IndexError):
            return default
    model = "?"
    with open("/proc/cpuinfo", encoding="utf-8") as cpus:
        lines = cpus.read().splitlines()
    for line in lines:
        if line.startswith("model name"):
            model = line.split(":", 1)[1].strip()
    return {
        "cpu": model,
        "cpus": sum(line.startswith("processor") for line in lines),
        "kernel": platform.release(),
        "grpc": first(["dpkg-query", "-W", "-f=${Version}", "libgrpc++1.51"]),
        "haproxy": first(["dpkg-query", "-W", "-f=${Version}", "haproxy"]),
        "openssh": first(["dpkg-query", "-W", "-f=${Version}", "openssh-server"]),
        "commit": first(["git", "rev-parse", "--short", "HEAD"]),
    }


def _table(head, rows):
    lines = ["| " + " | ".join(head) + " |", "|" + " --- |" * len(head)]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in rows])


def ratio_table(ratios):
    rows = []
    for each, value in ratios:
        reached = value <= each.goal if each.lower_is_better else value >= each.goal
        rows.append([each.name, f"{value:.2f}", f"{each.goal:g}", f"{each.dream:g}", "yes" if reached else "no"])
    return _table(["figure", "here", "goal", "dream", "goal reached"], rows)


def _spread(measurements, field):
    values = [each[field] for each in measurements if field in each]
    return f"{min(values):.0f} to {max(values):.0f}"


def bytes_table(middle, results):
    rows = [[name, f"{each['mbps']:.0f}", _spread(results[name], "mbps"), f"{each.get('cpu_per_gb', 0):.2f}",
             f"{each.get('load_cpu_per_gb', 0):.2f}"]
            for name, each in middle.items() if each["mbps"] > 1 and each["round_trips"] == 0 and each["opened"] == 0]
    return _table(["way, work, connections", "MB/s", "spread", "CPU s/GB", "load's CPU s/GB"], rows)


def ping_table(middle):
    rows = [[name, f"{each['p50_us']:.0f}", f"{each['p99_us']:.0f}", f"{each['p999_us']:.0f}",
             f"{each['us_per_round_trip']:.0f}"] for name, each in middle.items() if "us_per_round_trip" in each]
    return _table(["way", "p50 us", "p99", "p99.9", "CPU us a round trip"], rows)


def open_table(middle):
    rows = [[name, f"{each['opens']:.0f}", f"{each['us_per_open']:.0f}"]
            for name, each in middle.items() if " open " in name and "us_per_open" in each]
    return _table(["way, connections at a time", "a second", "CPU us each"], rows)


def idle_table(middle):
    rows = [[name, f"{each['kb_per_idle']:.2f}"] for name, each in middle.items() if "kb_per_idle" in each]
    return _table(["way, connections", "resident KB each"], rows)


def stall_table(middle):
    rows = [[name, f"{each['mbps']:.0f}", f"{(each['resident_kb'] - each['resident_before_kb']) / 1024:.0f}"]
            for name, each in middle.items() if " stalled=" in name]
    return _table(["way beside unread pairs", "MB/s", "resident MiB more than before"], rows)


def markdown(document):
    about = document["machine"]
    parts = [
        "# Benchmark results", "",
        f"{document['date']}, commit {about['commit']}. {about['cpus']} x {about['cpu']}, kernel {about['kernel']}, gRPC "
        f"{about['grpc']}. Load, relay and target share the CPUs; loopback in a network namespace with reno. Medians of "
        f"{document['rounds']} interleaved rounds of {document['seconds']} s. Absolute figures are those of this machine: "
        "compare ratios.", "",
        "## Ratios", "", ratio_table(document["ratio_objects"]), "",
        "## Bytes", "", bytes_table(document["medians"], document["results"]), "",
        "## Round trips of 64 bytes", "", ping_table(document["medians"]), "",
        "## Connections opened, used for a byte each way, and closed", "", open_table(document["medians"]), "",
        "## Idle connections", "", idle_table(document["medians"]), "",
        "## Beside pairs that nobody reads", "", stall_table(document["medians"]), "",
    ]
    if document["failed"]:
        parts += ["## Left out", ""] + [f"- {name}: {why}" for name, why in document["failed"].items()] + [""]
    return "\n".join(parts)


def chart(middle):
    """MB/s of one connection, down and up, a pair of bars for each way."""
    ways = [name.split()[0] for name in middle if name.endswith(" down 1") and not name.startswith("tls_loop ")]
    top = max(middle[f"{way} {work} 1"]["mbps"] for way in ways for work in ("down", "up")
              if f"{way} {work} 1" in middle)
    row, left, wide = 40, 110, 560
    body = []
    for index, way in enumerate(ways):
        y = 40 + index * row
        body.append(f'<text x="{left - 8}" y="{y + 18}" text-anchor="end">{way}</text>')
        for offset, work, colour in ((0, "down", "#2b6cb0"), (14, "up", "#dd6b20")):
            each = middle.get(f"{way} {work} 1")
            if each:
                width = each["mbps"] / top * wide
                body.append(f'<rect x="{left}" y="{y + offset}" width="{width:.0f}" height="12" fill="{colour}"/>'
                            f'<text x="{left + width + 4:.0f}" y="{y + offset + 10}" font-size="10">'
                            f'{each["mbps"]:.0f}</text>')
    height = 50 + len(ways) * row
    return (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {left + wide + 60} {height}" '
            'font-family="sans-serif" font-size="12"><rect width="100%" height="100%" fill="white"/>'
            f'<text x="{left}" y="20">One connection, MB/s: <tspan fill="#2b6cb0">down</tspan> and '
            f'<tspan fill="#dd6b20">up</tspan></text>{"".join(body)}</svg>\n')
