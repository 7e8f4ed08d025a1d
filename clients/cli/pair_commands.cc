// 'show', 'watch' and 'close': one pair, by its name.
#include <unistd.h>

#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "absl/synchronization/notification.h"
#include "clients/cli/commands.h"
#include "clients/cli/json_object.h"
#include "clients/cli/pair_text.h"
#include "clients/cli/report.h"
#include "clients/cli/terminal.h"
#include "clients/cpp/pair_watch.h"

namespace streampair::cli {
namespace {

using client::StreamError;

void Row(const std::string& name, const std::string& value) {
  if (value.empty()) return;
  std::cout << absl::StrCat(name, std::string(name.size() < 14 ? 14 - name.size() : 1, ' '),
                            Printable(value), "\n");
}

void TimeRow(const std::string& name, bool present, const google::protobuf::Timestamp& time) {
  if (present) Row(name, absl::FormatTime(ToTime(time)));
}

std::string ErrorText(const v1::StreamError& error) { return StreamError(error).ToString(); }

void ShowPair(const v1::StreamPair& pair) {
  Row("name", pair.name());
  Row("target", TargetText(pair.target()));
  Row("read", absl::StrCat(StatusText(pair.read_status()), ", ", pair.bytes_read(), " bytes",
                           pair.read_attached() ? ", attached" : ""));
  Row("write", absl::StrCat(StatusText(pair.write_status()), ", ", pair.bytes_written(), " bytes",
                            pair.write_attached() ? ", attached" : ""));
  if (pair.has_error()) Row("error", ErrorText(pair.error()));
  Row("labels", LabelsText(pair));
  Row("remote", pair.remote_address());
  Row("local", pair.local_address());
  for (const v1::ConnectAttempt& attempt : pair.attempts()) {
    const absl::Duration took =
        absl::Seconds(attempt.duration().seconds()) + absl::Nanoseconds(attempt.duration().nanos());
    Row("attempt", absl::StrCat(attempt.address(), ", ", LatencyText(took), ", ",
                                attempt.has_error() ? ErrorText(attempt.error()) : "connected"));
  }
  for (const v1::ProxyReport& proxy : pair.proxies()) {
    Row("proxy", absl::StrCat(proxy.proxy(), proxy.connected() ? ", connected to " : ", asked for ",
                              proxy.target()));
  }
  TimeRow("created", pair.has_create_time(), pair.create_time());
  TimeRow("opened", pair.has_open_time(), pair.open_time());
  TimeRow("connected", pair.has_connect_time(), pair.connect_time());
  TimeRow("ready", pair.has_ready_time(), pair.ready_time());
  TimeRow("expires", pair.has_expire_time(), pair.expire_time());
}

void ShowTls(const v1::TlsHandshakeReport& report, const v1::SslPeerTrust& trust) {
  Row("tls", absl::StrCat(VersionText(report.version()), ", ", report.cipher_suite(),
                          report.alpn_protocol().empty() ? "" : ", ALPN ", report.alpn_protocol(),
                          report.resumed() ? ", resumed" : ""));
  Row("trust", absl::StrCat(trust.trusted() ? "verified" : "not verified",
                            trust.verified_name().empty() ? "" : " as ", trust.verified_name()));
  for (const v1::StreamError& error : trust.errors()) Row("fault", ErrorText(error));
}

std::optional<std::string> OneName(const Invocation& invocation) {
  if (invocation.line.operands.size() == 1) return invocation.line.operands[0];
  RefuseUsage(invocation.line, absl::StrCat(invocation.line.command->name,
                                            " takes the NAME of a pair, as 'list' shows it"));
  return std::nullopt;
}

std::string EventText(const v1::StreamEvent& event) {
  std::string text =
      absl::StrCat(ClockText(ToTime(event.time())), " ",
                   absl::AsciiStrToLower(absl::StripPrefix(v1::StreamEventType_Name(event.type()),
                                                           "STREAM_EVENT_TYPE_")));
  if (event.half() == v1::HALF_READ) absl::StrAppend(&text, " read");
  if (event.half() == v1::HALF_WRITE) absl::StrAppend(&text, " write");
  if (!event.remote_address().empty()) absl::StrAppend(&text, " ", event.remote_address());
  if (event.has_tls_handshake_report()) {
    absl::StrAppend(&text, " ", VersionText(event.tls_handshake_report().version()), " ",
                    event.tls_handshake_report().cipher_suite());
  }
  if (event.has_error()) absl::StrAppend(&text, " ", ErrorText(event.error()));
  return Printable(text);
}

}  // namespace

CommandSpec ShowSpec() {
  return {
      .name = "show",
      .operands = "NAME",
      .summary = "Shows all that the server knows of one pair",
      .details =
          "With --json one object: 'stream_pair' and, with TLS, 'tls_handshake_report' and "
          "'ssl_peer_trust', as the API names their fields.",
      .options = {},
      .examples = {"streampair show streamPairs/0123.4567"},
  };
}

int Show(const Invocation& invocation) {
  const std::optional<std::string> name = OneName(invocation);
  if (!name) return kUsage;
  const auto pair = invocation.client.Get(*name);
  if (!pair.ok()) return invocation.Fail(CodeFor(pair.error()), pair.error(), *name);
  const auto report = invocation.client.GetProperty(*name, v1::PROPERTY_KEY_TLS_HANDSHAKE_REPORT);
  const auto trust = invocation.client.GetProperty(*name, v1::PROPERTY_KEY_SSL_PEER_TRUST);
  // The pair may be gone by now; what was told of it holds.
  const bool tls = report.ok() && trust.ok() && *report && *trust;
  if (!invocation.json) {
    ShowPair(*pair);
    if (tls) ShowTls((*report)->tls_handshake_report(), (*trust)->ssl_peer_trust());
    return kOk;
  }
  std::string json = absl::StrCat("{\"stream_pair\":", ToJson(*pair));
  if (tls) {
    absl::StrAppend(&json, ",\"tls_handshake_report\":", ToJson((*report)->tls_handshake_report()),
                    ",\"ssl_peer_trust\":", ToJson((*trust)->ssl_peer_trust()));
  }
  std::cout << json << "}\n";
  return kOk;
}

CommandSpec WatchSpec() {
  return {
      .name = "watch",
      .operands = "NAME",
      .summary = "Tells the events of one pair until it is released",
      .details =
          "First those that already hold, then each as it comes; with --json each as one "
          "object, as the API names its fields.",
      .options = {},
      .examples = {"streampair watch streamPairs/0123.4567"},
  };
}

int Watch(const Invocation& invocation) {
  const std::optional<std::string> name = OneName(invocation);
  if (!name) return kUsage;
  absl::Notification over;
  std::optional<StreamError> error;
  bool output_gone = false;
  const client::PairWatch watch = invocation.client.Watch(
      *name, {.on_event =
                  [&](const v1::StreamEvent& event) {
                    std::cout << absl::StrCat(invocation.json ? ToJson(event) : EventText(event),
                                              "\n")
                              << std::flush;
                    output_gone = output_gone || !std::cout.good();
                  },
              .on_end =
                  [&](std::optional<StreamError> why) {
                    error = std::move(why);
                    over.Notify();
                  }});
  over.WaitForNotification();
  if (output_gone) return kOutputClosed;
  if (error) return invocation.Fail(CodeFor(*error), *error, *name);
  return kOk;
}

CommandSpec CloseSpec() {
  return {
      .name = "close",
      .operands = "NAME...",
      .summary = "Closes pairs, or one half of each",
      .details =
          "A pair whose halves are both closed ends in order, and is kept until its hold "
          "time is over; with --release it goes at once, whatever its state.",
      .options = {{"half", "HALF", "Only this half: read or write.", false, "read write"},
                  {"release", "", "Release the pairs."}},
      .examples = {"streampair close streamPairs/0123.4567"},
  };
}

int Close(const Invocation& invocation) {
  const CommandLine& line = invocation.line;
  const std::string half = line.Value("half").value_or("");
  if (half != "" && half != "read" && half != "write") {
    return RefuseUsage(line, absl::StrCat("--half=", half, " is neither read nor write"));
  }
  if (line.operands.empty()) return RefuseUsage(line, "close takes NAMEs, as 'list' shows them");
  if (line.Has("half") && line.Has("release")) {
    return RefuseUsage(line, "--release takes the whole pair, not a --half");
  }
  const v1::Half halves = half == "read"    ? v1::HALF_READ
                          : half == "write" ? v1::HALF_WRITE
                                            : v1::HALF_BOTH;
  int code = kOk;
  for (const std::string& name : line.operands) {
    std::optional<StreamError> error;
    if (line.Has("release")) {
      if (const auto gone = invocation.client.Delete(name); !gone.ok()) error = gone.error();
    } else {
      const auto closed = invocation.client.CloseHalves(name, halves);
      if (!closed.ok()) error = closed.error();
    }
    if (error) code = invocation.Fail(CodeFor(*error), *error, name);
  }
  return code;
}

}  // namespace streampair::cli
