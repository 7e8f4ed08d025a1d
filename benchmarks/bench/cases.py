"""Which measurements a run makes, and which ratios are read from them."""

from collections import namedtuple

# One measurement: a way, and what the load does on it. Its key names it in results.
Case = namedtuple("Case", "way work connections message stalled pinned")


def case(way, work, connections=1, message=None, stalled=0, pinned=False):
    if message is None:
        # The raw stream is fastest with 64 KiB messages; the others write what a program would.
        message = {"ping": 64}.get(work, 65536 if way == "raw_grpc" else 262144)
    return Case(way, work, connections, message, stalled, pinned)


def key(each):
    text = f"{each.way} {each.work} {each.connections}"
    if each.work != "ping" and each.message not in (65536, 262144) or each.work == "ping" and each.message != 64:
        text += f" message={each.message}"
    if each.stalled:
        text += f" stalled={each.stalled}"
    return text + (" pinned" if each.pinned else "")


OURS = ("channels", "rpcs")
PEERS = ("haproxy", "nginx", "dante", "microsocks", "ssh_L", "ssh_D", "stunnel", "shadowsocks", "v2ray")

QUICK = (
    [case("raw_grpc", work) for work in ("down", "up")]
    + [case("direct", work) for work in ("down", "up")]
    + [case("channels", work, n) for work in ("down", "up") for n in (1, 16, 256)]
    + [case("rpcs", work) for work in ("down", "up")]
    + [case(way, "ping", pinned=True) for way in ("raw_grpc", "channels")]
    + [case(way, "open", 16) for way in ("channels", "rpcs", "haproxy")]
    + [case("channels", "down", stalled=1000)]
    + [case(way, work) for way in ("channels_tls", "tls_loop") for work in ("down", "up")]
)

FULL = QUICK + (
    [case(way, "both") for way in ("raw_grpc", "direct", *OURS)]
    + [case("rpcs", work, n) for work in ("down", "up") for n in (16, 256)]
    + [case(way, work) for way in PEERS for work in ("down", "up")]
    + [case(way, "down", 16) for way in PEERS]
    + [case(way, "open", 16) for way in ("direct", *PEERS) if way != "haproxy"]
    + [case(way, "ping") for way in ("direct", "raw_grpc", *OURS, *PEERS)]
    + [case("direct", "ping", pinned=True), case("rpcs", "ping", pinned=True)]
    + [case(way, "ping", pinned=True) for way in PEERS]
    + [case("channels", work, message=size) for work in ("up",) for size in (1024, 4096, 16384, 65536)]
    + [case("raw_grpc", work, message=size) for work in ("up",) for size in (1024, 4096, 16384)]
    + [case("channels", "down", stalled=n) for n in (1, 10, 100)]
    + [case("channels", "up", stalled=n) for n in (1, 10, 100, 1000)]
    + [case("channels", "open", n) for n in (64, 256)]
    + [case("channels", "down", n) for n in (4, 64, 1024)]
)

# Resident memory of an idle pair: connections that stand and are silent. Once, on a fresh server.
IDLE = [case("channels", "idle", 1000), case("rpcs", "idle", 1000)]
IDLE_FULL = [case("channels", "idle", n) for n in (1000, 10000, 50000)] + [
    case("rpcs", "idle", n) for n in (1000, 10000)] + [
    case(way, "idle", 1000) for way in ("haproxy", "nginx", "microsocks", "ssh_L")]

# What a change should be held against. `value` takes a function from keys to medians.
Ratio = namedtuple("Ratio", "name value goal dream lower_is_better")


def _mbps(measure, name):
    return measure(name)["mbps"]


def _gb_cpu(measure, name, field="cpu_per_gb"):
    return measure(name)[field]


def _floor(measure, work):
    return _gb_cpu(measure, f"raw_grpc {work} 1") + _gb_cpu(measure, f"direct {work} 1", "load_cpu_per_gb")


def _tls(measure, work):
    """What TLS to the target adds to the server's CPU, by what TLS costs in memory."""
    extra = _gb_cpu(measure, f"channels_tls {work} 1") - _gb_cpu(measure, f"channels {work} 1")
    return extra / _gb_cpu(measure, f"tls_loop {work} 1")


RATIOS = [
    Ratio("plain down / raw gRPC down, 1 pair",
          lambda m: _mbps(m, "channels down 1") / _mbps(m, "raw_grpc down 1"), 0.75, 0.90, False),
    Ratio("plain up / raw gRPC up, 1 pair",
          lambda m: _mbps(m, "channels up 1") / _mbps(m, "raw_grpc up 1"), 0.65, 0.80, False),
    Ratio("one RPC a pair, down / raw gRPC down",
          lambda m: _mbps(m, "rpcs down 1") / _mbps(m, "raw_grpc down 1"), 0.75, 0.90, False),
    Ratio("one RPC a pair, up / raw gRPC up",
          lambda m: _mbps(m, "rpcs up 1") / _mbps(m, "raw_grpc up 1"), 0.65, 0.80, False),
    Ratio("16 pairs in one RPC / 1 pair, down",
          lambda m: _mbps(m, "channels down 16") / _mbps(m, "channels down 1"), 0.9, 1.0, False),
    Ratio("16 pairs in one RPC / 1 pair, up",
          lambda m: _mbps(m, "channels up 16") / _mbps(m, "channels up 1"), 0.9, 1.0, False),
    Ratio("256 pairs in one RPC / 1 pair, down",
          lambda m: _mbps(m, "channels down 256") / _mbps(m, "channels down 1"), 0.75, 1.0, False),
    Ratio("256 pairs in one RPC / 1 pair, up",
          lambda m: _mbps(m, "channels up 256") / _mbps(m, "channels up 1"), 0.75, 1.0, False),
    Ratio("server CPU per GB down / (raw gRPC server + one TCP receive)",
          lambda m: _gb_cpu(m, "channels down 1") / _floor(m, "down"), 1.05, 1.00, True),
    Ratio("server CPU per GB up / (raw gRPC server + one TCP send)",
          lambda m: _gb_cpu(m, "channels up 1") / _floor(m, "up"), 1.10, 1.00, True),
    Ratio("ping-pong p50 on one CPU / raw gRPC",
          lambda m: m("channels ping 1 pinned")["p50_us"] / m("raw_grpc ping 1 pinned")["p50_us"], 1.5, 1.3, True),
    Ratio("pairs a second as channels / HAProxy TCP, 16 at once",
          lambda m: m("channels open 16")["opens"] / m("haproxy open 16")["opens"], 1.0, 1.3, False),
    Ratio("pairs a second, one RPC each / HAProxy TCP, 16 at once",
          lambda m: m("rpcs open 16")["opens"] / m("haproxy open 16")["opens"], 0.75, 1.0, False),
    Ratio("resident KB of an idle pair, as a channel",
          lambda m: m("channels idle 1000")["kb_per_idle"], 1.5, 0.9, True),
    Ratio("resident KB of an idle pair, as an RPC",
          lambda m: m("rpcs idle 1000")["kb_per_idle"], 17, 12, True),
    Ratio("a read pair beside 1,000 unread ones / alone",
          lambda m: _mbps(m, "channels down 1 stalled=1000") / _mbps(m, "channels down 1"), 0.9, 1.0, False),
    Ratio("TLS to the target, extra CPU per GB down / a plain BoringSSL loop",
          lambda m: _tls(m, "down"), 1.15, 1.0, True),
    Ratio("TLS to the target, extra CPU per GB up / a plain BoringSSL loop",
          lambda m: _tls(m, "up"), 1.15, 1.0, True),
]
