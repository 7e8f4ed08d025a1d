// 'ping': how far away the server is, or a target behind it.
#include <algorithm>
#include <iostream>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "clients/cli/commands.h"
#include "clients/cli/json_object.h"
#include "clients/cli/option_values.h"
#include "clients/cli/pair_option.h"
#include "clients/cli/pair_text.h"
#include "clients/cli/report.h"
#include "clients/cli/tls_option.h"
#include "clients/cpp/stream.h"

namespace streampair::cli {
namespace {

using client::StreamError;

// How long a target may take to end its side; nobody waits for it.
constexpr absl::Duration kFarewell = absl::Milliseconds(200);

struct Answer {
  absl::Duration took;
  std::string address = {};  // Of a target.
  std::optional<StreamError> error = {};
};

struct Plan {
  std::string host = {};  // Empty: the server itself.
  int port = 0;
  client::PairOptions pair = {};
  std::string what = {};
};

// The smallest question that the server answers for this very caller.
Answer PingServer(client::Client& client) {
  const absl::Time begin = absl::Now();
  const auto answer = client.Explain(v1::ERROR_DOMAIN_POSIX, 0, 1);
  Answer result{.took = absl::Now() - begin};
  if (!answer.ok()) result.error = answer.error();
  return result;
}

Answer PingTarget(client::Client& client, const Plan& plan) {
  const absl::Time begin = absl::Now();
  client::Stream stream = client.Connect(plan.host, plan.port, plan.pair);
  const auto open = stream.WaitReady();
  Answer result{.took = absl::Now() - begin};
  if (open.ok()) {
    result.address = open->remote_address;
    stream.Close(absl::Now() + kFarewell).ok();  // How it ends says nothing of the way there.
  } else {
    result.error = open.error();
  }
  return result;
}

void Tell(const Invocation& invocation, const Plan& plan, const Answer& answer) {
  if (invocation.json) {
    JsonObject json;
    json.Add("seconds", absl::ToDoubleSeconds(answer.took));
    if (!answer.address.empty()) json.Add("remote_address", answer.address);
    if (answer.error) json.Add("error", ErrorJson(*answer.error));
    std::cout << absl::StrCat(json.ToString(), "\n") << std::flush;
  } else if (answer.error) {
    std::cout << absl::StrCat(Explanation(*answer.error, plan.what, invocation.server), "\n")
              << std::flush;
  } else {
    std::cout << absl::StrCat(plan.what,
                              answer.address.empty() ? "" : absl::StrCat(" (", answer.address, ")"),
                              ": ", plan.host.empty() ? "answered in " : "ready in ",
                              LatencyText(answer.took), "\n")
              << std::flush;
  }
}

void TellSum(const Invocation& invocation, int64_t asked, std::vector<absl::Duration> times) {
  std::sort(times.begin(), times.end());
  if (invocation.json) {
    JsonObject json;
    json.Add("asked", asked).Add("answered", static_cast<int64_t>(times.size()));
    if (!times.empty()) {
      json.Add("min_seconds", absl::ToDoubleSeconds(times.front()))
          .Add("median_seconds", absl::ToDoubleSeconds(times[times.size() / 2]))
          .Add("max_seconds", absl::ToDoubleSeconds(times.back()));
    }
    std::cout << absl::StrCat(json.ToString(), "\n");
    return;
  }
  std::string text = absl::StrCat(times.size(), " of ", asked, " answered");
  if (!times.empty()) {
    absl::StrAppend(&text, "; least ", LatencyText(times.front()), ", median ",
                    LatencyText(times[times.size() / 2]), ", most ", LatencyText(times.back()));
  }
  std::cout << absl::StrCat(text, "\n");
}

bool ReadPlan(const Invocation& invocation, Plan* plan, std::string* complaint) {
  const auto& operands = invocation.line.operands;
  plan->what = absl::StrCat("server ", invocation.server);
  if (operands.empty()) return true;
  const std::optional<int> port = operands.size() == 2 ? ParsePort(operands[1]) : std::nullopt;
  if (!port) {
    *complaint = "ping takes HOST and PORT, or nothing for the server itself";
    return false;
  }
  plan->host = operands[0];
  plan->port = *port;
  plan->what = absl::StrCat(plan->host, " port ", plan->port);
  std::optional<client::PairOptions> pair = ReadPairOptions(invocation.line, complaint);
  if (!pair) return false;
  plan->pair = *std::move(pair);
  return true;
}

}  // namespace

CommandSpec PingSpec() {
  std::vector<OptionSpec> options = {
      {"count", "N", "How often. Default: 4."},
      {"interval", "DURATION", "From one answer to the next question. Default: 1s."}};
  for (const auto& specs : {PairOptionSpecs(), TlsOptionSpecs()}) {
    options.insert(options.end(), specs.begin(), specs.end());
  }
  return {
      .name = "ping",
      .operands = "[HOST PORT]",
      .summary = "Measures the way to the server, or to a target behind it",
      .details =
          "Without operands a round trip to the server, which has to know this caller. With "
          "them how long it takes until bytes could flow: the look-up, the connection, "
          "proxies, TLS. No byte is sent to the target. The exit code is 0 if all were "
          "answered, else that of the last failure.",
      .options = std::move(options),
      .examples = {"streampair ping", "streampair ping example.com 443 --tls --count=1"},
  };
}

int Ping(const Invocation& invocation) {
  int64_t count = 4;
  if (const auto text = invocation.line.Value("count");
      text && (!absl::SimpleAtoi(*text, &count) || count < 1)) {
    return RefuseUsage(invocation.line, absl::StrCat("--count=", *text, " is not 1 or more"));
  }
  absl::Duration interval = absl::Seconds(1);
  if (const auto text = invocation.line.Value("interval")) {
    const std::optional<absl::Duration> parsed = ParseDuration(*text);
    if (!parsed) {
      return RefuseUsage(invocation.line, absl::StrCat("--interval=", *text, " is no duration"));
    }
    interval = *parsed;
  }
  Plan plan;
  std::string complaint;
  if (!ReadPlan(invocation, &plan, &complaint)) return RefuseUsage(invocation.line, complaint);
  int code = kOk;
  std::vector<absl::Duration> times;
  for (int64_t i = 0; i < count; ++i) {
    if (i > 0) absl::SleepFor(interval);
    const Answer answer =
        plan.host.empty() ? PingServer(invocation.client) : PingTarget(invocation.client, plan);
    Tell(invocation, plan, answer);
    if (!std::cout.good()) return kOutputClosed;
    if (answer.error) {
      code = CodeFor(*answer.error);
    } else {
      times.push_back(answer.took);
    }
  }
  TellSum(invocation, count, std::move(times));
  return code;
}

}  // namespace streampair::cli
