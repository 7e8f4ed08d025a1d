#include "server/flags.h"

#include <optional>
#include <utility>

#include "absl/flags/flag.h"
#include "absl/flags/reflection.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "server/byte_size.h"
#include "server/version.h"

namespace streampair {

bool AbslParseFlag(absl::string_view text, LogLevel* level, std::string* error) {
  for (const LogLevel each :
       {LogLevel::kDebug, LogLevel::kInfo, LogLevel::kWarning, LogLevel::kError, LogLevel::kOff}) {
    if (text != LevelName(each)) continue;
    *level = each;
    return true;
  }
  *error = "must be debug, info, warning, error or off";
  return false;
}
std::string AbslUnparseFlag(LogLevel level) { return std::string(LevelName(level)); }

bool AbslParseFlag(absl::string_view text, LogFormat* format, std::string* error) {
  if (text != "text" && text != "json") {
    *error = "must be text or json";
    return false;
  }
  *format = text == "json" ? LogFormat::kJson : LogFormat::kText;
  return true;
}
std::string AbslUnparseFlag(LogFormat format) {
  return format == LogFormat::kJson ? "json" : "text";
}

namespace {

using Strings = std::vector<std::string>;
const ServerOptions& Defaults() {
  static const ServerOptions& defaults = *new ServerOptions();
  return defaults;
}

}  // namespace
}  // namespace streampair

ABSL_FLAG(streampair::Strings, listen, streampair::Defaults().listen,
          "Where to listen, separated by commas: an address with a port (127.0.0.1:7450, [::1]:0), "
          "localhost with a port, or unix:/path. Port 0 takes a free one; see --ready-file. Only "
          "loopback addresses are taken unless --tls-client-ca authenticates callers.");
ABSL_FLAG(
    bool, insecure_listen_beyond_loopback, streampair::Defaults().insecure_listen_beyond_loopback,
    "Takes other addresses all the same. Whoever can connect can reach any target through this "
    "server.");
ABSL_FLAG(
    std::string, tls_cert, "",
    "PEM file with the certificates, leaf first, for TLS on the TCP addresses. Read again when "
    "it changes. Empty: no TLS.");
ABSL_FLAG(std::string, tls_key, "", "PEM file with the key of --tls-cert.");
ABSL_FLAG(
    std::string, tls_client_ca, "",
    "PEM file with the authorities whose certificates callers must have; what stands in them is "
    "the caller's principal (docs/callers.md). Empty: callers need none.");
ABSL_FLAG(
    std::string, tls_crl, "",
    "File with the revocation lists of the authorities of --tls-client-ca and of those between; "
    "each certificate of a caller's chain then needs one that is in date.");
ABSL_FLAG(
    std::string, ready_file, streampair::Defaults().ready_file,
    "A file that is written once the server listens: {\"pid\":..., \"listen\":[...]} with the "
    "real ports.");
ABSL_FLAG(std::string, instance, streampair::Defaults().instance,
          "What this instance is called in the names of its pairs: 1 to 32 of [a-z0-9-]. Empty: a "
          "random name.");
ABSL_FLAG(std::string, name_key_file, streampair::Defaults().name_key_file,
          "A file with the key that authenticates pair names, of at least 16 bytes. Instances that "
          "share it know each other's names. Empty: a random key.");
ABSL_FLAG(size_t, max_pairs, streampair::Defaults().max_pairs,
          "How many pairs may exist at a time.");
ABSL_FLAG(absl::Duration, max_hold, streampair::Defaults().max_hold,
          "How long a pair may be kept at most while no client is attached.");
ABSL_FLAG(size_t, max_parked, streampair::Defaults().max_parked,
          "How many sockets may be parked, or promised a place, at a time "
          "(should_close_native_socket false).");
ABSL_FLAG(size_t, max_parked_per_caller, streampair::Defaults().max_parked_per_caller,
          "Likewise of one caller.");
ABSL_FLAG(absl::Duration, parking_grace, streampair::Defaults().parking_grace,
          "How long a parked socket waits to be taken up before it is closed.");
ABSL_FLAG(absl::Duration, connect_timeout, streampair::Defaults().connect_timeout,
          "How long opening a pair may take, look-up and all addresses together, where the client "
          "does not say.");
ABSL_FLAG(streampair::ByteSize, target_receive_buffer,
          streampair::ByteSize{streampair::Defaults().target_receive_buffer},
          "The receive buffer of a target's socket; the kernel doubles it and keeps it under "
          "net.core.rmem_max. 0: the kernel sizes it, up to several MiB for each pair.");
ABSL_FLAG(streampair::ByteSize, target_send_buffer,
          streampair::ByteSize{streampair::Defaults().target_send_buffer},
          "Likewise the send buffer (net.core.wmem_max).");
ABSL_FLAG(
    std::string, dns_servers, streampair::Defaults().dns_servers,
    "Name servers, separated by commas: address, address:port or [address]:port. Empty: those "
    "of /etc/resolv.conf.");
ABSL_FLAG(absl::Duration, dns_timeout, streampair::Defaults().dns_timeout,
          "How long a name server may take the first time; each further round doubles it.");
ABSL_FLAG(int, dns_tries, streampair::Defaults().dns_tries,
          "How many rounds over the name servers.");
ABSL_FLAG(absl::Duration, dns_cache_ttl, streampair::Defaults().dns_cache_ttl,
          "How long an answer of a name server is kept at most; less if its records say so. 0: not "
          "at all.");
ABSL_FLAG(
    bool, allow_numeric_short_forms, streampair::Defaults().allow_numeric_short_forms,
    "Takes host names that old libraries read as IPv4 addresses (127.1, 0x7f000001, 010.0.0.1) "
    "for these addresses. Otherwise they are refused.");
ABSL_FLAG(
    std::string, config, streampair::Defaults().config,
    "A file that says who may reach what (docs/policy.md): .yaml, .json or .textproto. SIGHUP "
    "reads it again. Empty: every caller may reach everything.");
ABSL_FLAG(bool, check_config, false,
          "Reads the file of --config, tells what is wrong with it, line by line, and ends.");
ABSL_FLAG(
    std::string, metrics, streampair::Defaults().metrics,
    "Where Prometheus fetches metrics (docs/metrics.md) at http://HOST:PORT/metrics: an IPv4 "
    "address "
    "with a port, or localhost with a port; port 0 takes a free one. Only loopback addresses are "
    "taken. Empty: nowhere.");
ABSL_FLAG(bool, insecure_metrics_beyond_loopback,
          streampair::Defaults().insecure_metrics_beyond_loopback,
          "Takes other addresses for --metrics all the same. Whoever can connect can read them.");
ABSL_FLAG(std::string, trust_roots_file, "",
          "PEM file with the roots that TLS to targets trusts; empty: the system's.");
ABSL_FLAG(bool, permit_key_log, false,
          "Let callers have the secrets of their own TLS connections, for packet analysis.");
ABSL_FLAG(streampair::ByteSize, window, streampair::ByteSize{streampair::Defaults().window},
          "What a client may send on a channel before the first credit comes back. Grows for "
          "targets that keep up. 64KiB to 64MiB.");
ABSL_FLAG(
    streampair::ByteSize, memory_quota, streampair::ByteSize{streampair::Defaults().memory_quota},
    "What gRPC may buffer for all calls together; beyond it gRPC cuts calls. More than the window "
    "times the RPCs that send at a time.");
ABSL_FLAG(size_t, loops, streampair::Defaults().loops,
          "Threads for the targets' sockets. 0: half the cores, at least one.");
ABSL_FLAG(size_t, queues, streampair::Defaults().queues,
          "Threads for Transfer calls. 0: half the cores, at least one.");
ABSL_FLAG(absl::Duration, heartbeat, streampair::Defaults().heartbeat,
          "After so much silence a ping frame is sent on a Transfer, which keeps balancers from "
          "cutting it.");
ABSL_FLAG(absl::Duration, end_wait, streampair::Defaults().end_wait,
          "How long to wait for the client's half-close after the end frame of a pair.");
ABSL_FLAG(absl::Duration, grace, streampair::Defaults().grace,
          "After SIGTERM or SIGINT: how long pairs may live on before they are cut.");
ABSL_FLAG(streampair::LogLevel, log_level, streampair::Defaults().log_level,
          "The least level that is logged, on standard error: debug, info, warning, error or off.");
ABSL_FLAG(streampair::LogFormat, log_format, streampair::Defaults().log_format,
          "text (key=value) or json, one line an event.");

namespace streampair {
namespace {

constexpr size_t kWidth = 96;
constexpr size_t kIndent = 6;

struct Group {
  absl::string_view title;
  Strings flags;
};

// Every flag, in the order in which people are told.
std::vector<Group> Groups() {
  return {
      {"Listening",
       {"listen", "tls_cert", "tls_key", "tls_client_ca", "tls_crl",
        "insecure_listen_beyond_loopback", "ready_file"}},
      {"Pairs",
       {"max_pairs", "max_hold", "max_parked", "max_parked_per_caller", "parking_grace", "instance",
        "name_key_file"}},
      {"Targets",
       {"connect_timeout", "dns_servers", "dns_timeout", "dns_tries", "dns_cache_ttl",
        "allow_numeric_short_forms", "target_receive_buffer", "target_send_buffer"}},
      {"Policy", {"config", "check_config"}},
      {"Metrics", {"metrics", "insecure_metrics_beyond_loopback"}},
      {"TLS to targets", {"trust_roots_file", "permit_key_log"}},
      {"Transfer", {"window", "memory_quota", "heartbeat", "end_wait"}},
      {"Process", {"loops", "queues", "grace", "log_level", "log_format"}},
  };
}

bool IsOurs(const std::string& name) {
  for (const Group& group : Groups()) {
    for (const std::string& flag : group.flags) {
      if (flag == name) return true;
    }
  }
  return false;
}

std::string Dashed(absl::string_view name) { return absl::StrReplaceAll(name, {{"_", "-"}}); }

ServerOptions CollectOptions() {
  ServerOptions options;
  options.listen = absl::GetFlag(FLAGS_listen);
  options.insecure_listen_beyond_loopback = absl::GetFlag(FLAGS_insecure_listen_beyond_loopback);
  options.tls_cert = absl::GetFlag(FLAGS_tls_cert);
  options.tls_key = absl::GetFlag(FLAGS_tls_key);
  options.tls_client_ca = absl::GetFlag(FLAGS_tls_client_ca);
  options.tls_crl = absl::GetFlag(FLAGS_tls_crl);
  options.ready_file = absl::GetFlag(FLAGS_ready_file);
  options.instance = absl::GetFlag(FLAGS_instance);
  options.name_key_file = absl::GetFlag(FLAGS_name_key_file);
  options.max_pairs = absl::GetFlag(FLAGS_max_pairs);
  options.max_hold = absl::GetFlag(FLAGS_max_hold);
  options.max_parked = absl::GetFlag(FLAGS_max_parked);
  options.max_parked_per_caller = absl::GetFlag(FLAGS_max_parked_per_caller);
  options.parking_grace = absl::GetFlag(FLAGS_parking_grace);
  options.connect_timeout = absl::GetFlag(FLAGS_connect_timeout);
  options.target_receive_buffer = absl::GetFlag(FLAGS_target_receive_buffer).bytes;
  options.target_send_buffer = absl::GetFlag(FLAGS_target_send_buffer).bytes;
  options.dns_servers = absl::GetFlag(FLAGS_dns_servers);
  options.dns_timeout = absl::GetFlag(FLAGS_dns_timeout);
  options.dns_tries = absl::GetFlag(FLAGS_dns_tries);
  options.dns_cache_ttl = absl::GetFlag(FLAGS_dns_cache_ttl);
  options.allow_numeric_short_forms = absl::GetFlag(FLAGS_allow_numeric_short_forms);
  options.config = absl::GetFlag(FLAGS_config);
  options.metrics = absl::GetFlag(FLAGS_metrics);
  options.insecure_metrics_beyond_loopback = absl::GetFlag(FLAGS_insecure_metrics_beyond_loopback);
  options.trust_roots_file = absl::GetFlag(FLAGS_trust_roots_file);
  options.permit_key_log = absl::GetFlag(FLAGS_permit_key_log);
  options.window = absl::GetFlag(FLAGS_window).bytes;
  options.memory_quota = absl::GetFlag(FLAGS_memory_quota).bytes;
  options.loops = absl::GetFlag(FLAGS_loops);
  options.queues = absl::GetFlag(FLAGS_queues);
  options.heartbeat = absl::GetFlag(FLAGS_heartbeat);
  options.end_wait = absl::GetFlag(FLAGS_end_wait);
  options.grace = absl::GetFlag(FLAGS_grace);
  options.log_level = absl::GetFlag(FLAGS_log_level);
  options.log_format = absl::GetFlag(FLAGS_log_format);
  return options;
}

CommandLine Refuse(std::string complaint) {
  return {CommandLine::Action::kRefuse, std::move(complaint), {}};
}

// One flag of the command line: its name without dashes, and the value if it stood behind '='.
struct Given {
  std::string name;
  std::optional<std::string> value;
};

Given Split(absl::string_view argument) {
  argument.remove_prefix(2);
  const std::pair<absl::string_view, absl::string_view> parts =
      absl::StrSplit(argument, absl::MaxSplits('=', 1));
  Given given{absl::StrReplaceAll(parts.first, {{"-", "_"}}), std::nullopt};
  if (absl::StrContains(argument, '=')) given.value = std::string(parts.second);
  return given;
}

// Words on lines of at most kWidth, each behind the indentation.
std::string Wrapped(absl::string_view text) {
  const std::string indent(kIndent, ' ');
  std::string lines;
  std::string line;
  for (absl::string_view word : absl::StrSplit(text, ' ', absl::SkipEmpty())) {
    if (!line.empty() && kIndent + line.size() + 1 + word.size() > kWidth) {
      absl::StrAppend(&lines, indent, line, "\n");
      line.clear();
    }
    absl::StrAppend(&line, line.empty() ? "" : " ", word);
  }
  return absl::StrCat(lines, indent, line, "\n");
}

}  // namespace

CommandLine ReadCommandLine(absl::Span<char* const> arguments) {
  for (size_t i = 0; i < arguments.size(); ++i) {
    const std::string argument = arguments[i];
    if (argument == "--help" || argument == "-h") return {CommandLine::Action::kShowHelp, "", {}};
    if (argument == "--version") return {CommandLine::Action::kShowVersion, "", {}};
    if (!absl::StartsWith(argument, "--") || argument == "--") {
      return Refuse(absl::StrCat("unexpected argument ", argument));
    }
    Given given = Split(argument);
    const bool is_off = absl::StartsWith(given.name, "no") && !IsOurs(given.name);
    if (is_off) given.name.erase(0, 2);
    absl::CommandLineFlag* flag =
        IsOurs(given.name) ? absl::FindCommandLineFlag(given.name) : nullptr;
    if (flag == nullptr) return Refuse(absl::StrCat("unknown flag ", argument));
    if (flag->IsOfType<bool>()) {
      if (!given.value) given.value = is_off ? "false" : "true";
    } else if (!given.value && !is_off) {
      if (++i == arguments.size()) return Refuse(absl::StrCat(argument, " needs a value"));
      given.value = arguments[i];
    } else if (is_off) {
      return Refuse(absl::StrCat("unknown flag ", argument));
    }
    std::string error;
    if (!flag->ParseFrom(*given.value, &error)) {
      return Refuse(absl::StrCat("--", Dashed(given.name), "=", *given.value, ": ", error));
    }
  }
  CommandLine line;
  line.options = CollectOptions();
  if (const auto error = CheckOptions(line.options)) return Refuse(std::string(error->detail()));
  if (absl::GetFlag(FLAGS_check_config)) {
    if (line.options.config.empty()) return Refuse("--check-config needs --config");
    line.action = CommandLine::Action::kCheckConfig;
  }
  return line;
}

std::string HelpText() {
  std::string text =
      "Usage: streampaird [FLAG...]\n\n"
      "Opens, holds and carries TCP stream pairs for gRPC clients (streampair.v1).\n";
  for (const Group& group : Groups()) {
    absl::StrAppend(&text, "\n", group.title, "\n");
    for (const std::string& name : group.flags) {
      const absl::CommandLineFlag* flag = absl::FindCommandLineFlag(name);
      const std::string fallback = flag->DefaultValue();
      absl::StrAppend(&text, "  --", Dashed(name),
                      " (default: ", fallback.empty() ? "none" : fallback, ")\n",
                      Wrapped(flag->Help()));
    }
  }
  return absl::StrCat(
      text, "\n  --help, --version\n\n",
      "Signals: SIGTERM and SIGINT drain: no new pairs, then --grace for those that live; the\n",
      "second one ends them at once. SIGHUP reads the file of --config again.\n\n",
      "Exit codes: 0 ended in order, 1 could not start or run, or --check-config found faults, 2 "
      "the command line is wrong.\n");
}

std::string VersionText() { return absl::StrCat("streampaird ", kVersion); }

}  // namespace streampair
