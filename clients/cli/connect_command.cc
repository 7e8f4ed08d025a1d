// streampair connect: a pair joined to standard input and output.
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/clock.h"
#include "clients/cli/commands.h"
#include "clients/cli/json_object.h"
#include "clients/cli/option_values.h"
#include "clients/cli/pair_option.h"
#include "clients/cli/progress.h"
#include "clients/cli/report.h"
#include "clients/cli/signals.h"
#include "clients/cli/starttls.h"
#include "clients/cli/starttls_run.h"
#include "clients/cli/stdio_relay.h"
#include "clients/cli/tls_option.h"

namespace streampair::cli {
namespace {

using client::Stream;
using Outcome = StdioRelay::Outcome;

// How long the reset of an interrupted pair may take to reach the server.
constexpr absl::Duration kFarewell = absl::Seconds(1);

struct Target {
  std::string host;
  int port = 0;
  std::string ToString() const { return absl::StrCat(host, " port ", port); }
};

int ExitCodeOf(const Outcome& outcome, int signal) {
  switch (outcome.kind) {
    case Outcome::Kind::kInOrder:
      return kOk;
    case Outcome::Kind::kPairFailed:
      return CodeFor(*outcome.error);
    case Outcome::Kind::kInputFailed:
    case Outcome::Kind::kOutputFailed:
      return kLocal;
    case Outcome::Kind::kOutputClosed:
      return kOutputClosed;
    case Outcome::Kind::kInterrupted:
      return kInterrupted + signal;
  }
  return kFailed;
}

// What went wrong here, not at the server; empty if nothing did, or nobody wants to hear of it.
std::string LocalComplaint(const Outcome& outcome) {
  if (outcome.kind == Outcome::Kind::kInputFailed) {
    return absl::StrCat("standard input cannot be read: ", strerror(outcome.system_error), ".");
  }
  if (outcome.kind == Outcome::Kind::kOutputFailed) {
    return absl::StrCat("standard output cannot be written: ", strerror(outcome.system_error), ".");
  }
  return "";
}

void Report(const Invocation& invocation, const Target& target, Stream& stream,
            const Outcome& outcome, int code) {
  const std::string local = LocalComplaint(outcome);
  if (!invocation.json) {
    if (outcome.error) {
      std::cerr << "streampair: "
                << Explanation(*outcome.error, target.ToString(), invocation.server) << "\n";
    } else if (!local.empty()) {
      std::cerr << "streampair: " << local << "\n";
    }
    return;
  }
  constexpr const char* kOutcomes[] = {
      "ok", "pair_failed", "input_failed", "output_failed", "output_closed", "interrupted"};
  const client::OpenInfo open = stream.open_info();
  const client::EndInfo end = stream.end_info();
  JsonObject tls;
  if (open.tls) tls = TlsJson(*open.tls);
  JsonObject json;
  json.Add("outcome", kOutcomes[static_cast<int>(outcome.kind)])
      .Add("exit_code", int64_t{code})
      .Add("host", target.host)
      .Add("port", int64_t{target.port})
      .Add("pair", stream.pair_name())
      .Add("remote_address", open.remote_address)
      .Add("local_address", open.local_address)
      .Add("bytes_read", static_cast<int64_t>(end.bytes_read))
      .Add("bytes_written", static_cast<int64_t>(end.bytes_written))
      .Add("held", end.held);
  if (open.tls) {
    json.Add("tls", tls);
  } else {
    json.AddNull("tls");
  }
  if (outcome.error) {
    json.Add("error", ErrorJson(*outcome.error));
  } else {
    json.AddNull("error");
  }
  if (!local.empty()) json.Add("message", local);
  std::cerr << json.ToString() << "\n";
}

// How long the target may take to agree to TLS.
constexpr absl::Duration kTalkPatience = absl::Seconds(30);

// What comes before the bytes: STARTTLS, or nothing.
bool ReadBefore(const CommandLine& line, std::optional<Stream>* stream,
                StdioRelay::Options* options, std::string* complaint) {
  const std::optional<std::string> protocol = line.Value("starttls");
  if (!protocol) return true;
  if (StartTlsDialogue::Make(*protocol) == nullptr) {
    *complaint = absl::StrCat("--starttls=", *protocol, " is none of ",
                              absl::StrJoin(StartTlsDialogue::Protocols(), ", "));
    return false;
  }
  std::optional<client::TlsOptions> tls = ReadTlsOptions(line, complaint);
  if (!tls) return false;
  options->before = [stream, protocol = *protocol, tls = *std::move(tls)] {
    return RunStartTls(**stream, protocol, tls, kTalkPatience);
  };
  return true;
}

std::optional<Target> ReadTarget(const CommandLine& line, std::string* complaint) {
  const auto& operands = line.operands;
  if (operands.size() != 2) {
    *complaint = operands.size() == 1 && absl::StrContains(operands[0], ':')
                     ? absl::StrCat("write host and port apart, not '", operands[0], "'")
                     : "connect takes HOST and PORT";
    return std::nullopt;
  }
  const std::optional<int> port = ParsePort(operands[1]);
  if (!port) {
    *complaint = absl::StrCat("'", operands[1], "' is no port; one is 1 to 65535");
    return std::nullopt;
  }
  return Target{operands[0], *port};
}

// Somebody looks at the errors, and the bytes go elsewhere.
bool ShowsProgress(const Invocation& invocation) {
  return !invocation.json && isatty(STDERR_FILENO) && !isatty(STDOUT_FILENO);
}

void WriteError(const std::string& text) {
  if (!text.empty()) std::cerr << text;
}

// Waits until all is over (true), or a signal came.
bool AwaitEnd(const StdioRelay& relay, int signals, bool show_progress) {
  const int patience =
      show_progress ? static_cast<int>(absl::ToInt64Milliseconds(Progress::kInterval)) : -1;
  Progress progress(absl::Now());
  pollfd polled[] = {{relay.done(), POLLIN, 0}, {signals, POLLIN, 0}};
  for (int ready = 0; ready < 1;) {
    ready = poll(polled, 2, patience);
    if (ready == 0) WriteError(progress.Show(absl::Now(), relay.received(), relay.sent()));
  }
  WriteError(progress.Clear());
  return polled[0].revents != 0;
}

}  // namespace

CommandSpec ConnectSpec() {
  std::vector<OptionSpec> options = PairOptionSpecs();
  const std::vector<OptionSpec> tls = TlsOptionSpecs();
  options.insert(options.end(), tls.begin(), tls.end());
  const std::vector<std::string> protocols = StartTlsDialogue::Protocols();
  options.push_back(
      {"starttls", "PROTOCOL",
       absl::StrCat("Ask the target for TLS in clear text first, as its protocol "
                    "does it: ",
                    absl::StrJoin(protocols, ", "), ". The input begins behind the handshake."),
       false, absl::StrJoin(protocols, " ")});
  options.push_back({"no-finish", "",
                     "Keep the end of the input from the target, and end when the target does: for "
                     "servers that take a half-close for a client that has gone, as many do with "
                     "TLS."});
  options.push_back({"hold", "DURATION",
                     "How long the server keeps the pair when this command is gone without ending "
                     "it. Default: not at all."});
  return {
      .name = "connect",
      .operands = "HOST PORT",
      .summary = "Opens a pair and joins it to standard input and output",
      .details =
          "What comes in goes to the target, what comes from the target goes out. The end of the "
          "input is a half-close: the target sees FIN and may go on. The end of the target closes "
          "the output, and the command ends with the input; at a terminal it ends at once.\n"
          "An output that nobody reads stops the target, not the memory. Ctrl-C resets the pair. "
          "While a file is carried, a terminal at standard error shows how far.",
      .options = std::move(options),
      .examples =
          {
              "printf 'GET / HTTP/1.0\\r\\n\\r\\n' | streampair connect example.com 80",
              "ssh -o ProxyCommand='streampair connect %h %p' example.com",
              "streampair connect --proxy=socks5://proxy.example example.com 80",
              "streampair connect --tls --alpn=h2 --json example.com 443",
              "streampair connect --starttls=imap mail.example.com 143",
          },
  };
}

int Connect(const Invocation& invocation) {
  std::string complaint;
  const std::optional<Target> target = ReadTarget(invocation.line, &complaint);
  if (!target) return RefuseUsage(invocation.line, complaint);
  const std::optional<client::PairOptions> options = ReadPairOptions(invocation.line, &complaint);
  if (!options) return RefuseUsage(invocation.line, complaint);

  std::optional<Stream> opened;
  StdioRelay::Options relaying;
  relaying.finish = !invocation.line.Has("no-finish");
  if (!ReadBefore(invocation.line, &opened, &relaying, &complaint)) {
    return RefuseUsage(invocation.line, complaint);
  }

  const int signals = OpenSignals();
  opened.emplace(invocation.client.Connect(target->host, target->port, *options));
  Stream& stream = *opened;
  auto relay = std::make_unique<StdioRelay>(&stream, STDIN_FILENO, STDOUT_FILENO, relaying);
  const bool over = AwaitEnd(*relay, signals, ShowsProgress(invocation));
  int signal = 0;
  if (!over) {
    signal = TakeSignal(signals);
    relay->Interrupt();
    // So that the server hears of it; the error is the reset's own.
    stream.Close(absl::Now() + kFarewell).ok();
  }
  const Outcome outcome = relay->outcome();
  const int code = ExitCodeOf(outcome, signal);
  Report(invocation, *target, stream, outcome, code);
  // A thread may be stuck in writing to whoever does not read: nothing but the end of the process
  // frees it.
  if (signal != 0) _exit(code);
  relay.reset();
  return code;
}

}  // namespace streampair::cli
