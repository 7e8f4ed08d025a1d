// 'socks' and 'forward': local listeners whose connections go through the server.
#include <poll.h>
#include <sys/resource.h>

#include <iostream>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "clients/cli/commands.h"
#include "clients/cli/json_object.h"
#include "clients/cli/option_values.h"
#include "clients/cli/pair_option.h"
#include "clients/cli/report.h"
#include "clients/cli/signals.h"
#include "clients/cli/tls_option.h"
#include "clients/front/front.h"
#include "clients/front/listener.h"

namespace streampair::cli {
namespace {

using front::ListenAddress;
using front::Listener;

constexpr char kBeyondLoopback[] = "insecure-listen-beyond-loopback";
constexpr char kDefaultListen[] = "127.0.0.1:1080";

std::vector<OptionSpec> FrontOptionSpecs() {
  std::vector<OptionSpec> options = PairOptionSpecs();
  options.push_back({kBeyondLoopback, "",
                     "Listen also where other machines can connect. Whoever can, reaches what the "
                     "server reaches: nobody has to log in."});
  return options;
}

// Where a connection leads: HOST:PORT, with brackets around an IPv6 literal.
std::optional<front::Target> ReadTarget(const std::string& text, std::string* complaint) {
  const size_t colon = text.rfind(':');
  const std::optional<int> port =
      colon == std::string::npos ? std::nullopt : ParsePort(text.substr(colon + 1));
  std::string host = port ? text.substr(0, colon) : "";
  if (absl::StartsWith(host, "[") && absl::EndsWith(host, "]")) {
    host = host.substr(1, host.size() - 2);
  } else if (absl::StrContains(host, ':')) {
    host.clear();
  }
  if (host.empty()) {
    *complaint = absl::StrCat("'", text, "' is no HOST:PORT or [IPV6]:PORT");
    return std::nullopt;
  }
  return front::Target{host, *port};
}

// One write, so that whoever reads along never sees half a line.
void TellLine(const std::string& line) { std::cerr << absl::StrCat(line, "\n"); }

void Tell(const Invocation& invocation, const front::Target& target,
          const client::StreamError& error) {
  if (!invocation.json) {
    return TellLine(absl::StrCat(
        "streampair: ",
        Explanation(error, absl::StrCat(target.host, " port ", target.port), invocation.server)));
  }
  JsonObject json;
  json.Add("event", "pair_failed")
      .Add("host", target.host)
      .Add("port", int64_t{target.port})
      .Add("error", ErrorJson(error));
  TellLine(json.ToString());
}

void TellListening(const Invocation& invocation, const std::vector<Listener>& listeners) {
  for (const Listener& each : listeners) {
    if (invocation.json) {
      JsonObject json;
      json.Add("event", "listening").Add("address", each.address());
      TellLine(json.ToString());
    } else {
      TellLine(absl::StrCat("streampair: listening on ", each.address()));
    }
  }
}

// A connection takes a descriptor; the usual soft limit of 1024 is for programs that use select.
void RaiseDescriptorLimit() {
  rlimit limit;
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);  // If it fails, connections wait for descriptors.
}

// Listens until a signal comes.
int Serve(const Invocation& invocation, const std::vector<std::string>& addresses,
          std::optional<front::Target> target) {
  std::string complaint;
  std::optional<client::PairOptions> pair = ReadPairOptions(invocation.line, &complaint);
  if (!pair) return RefuseUsage(invocation.line, complaint);
  std::vector<ListenAddress> parsed;
  for (const std::string& text : addresses) {
    const std::optional<ListenAddress> address = ListenAddress::Parse(text);
    if (!address) {
      return RefuseUsage(invocation.line,
                         absl::StrCat("cannot listen on '", text,
                                      "': write PORT, 127.0.0.1:PORT, [::1]:PORT or unix:/PATH"));
    }
    if (!address->is_loopback && !invocation.line.Has(kBeyondLoopback)) {
      return RefuseUsage(
          invocation.line,
          absl::StrCat("'", text, "' can be reached by other machines, which would ",
                       "need no login; to do it all the same say --", kBeyondLoopback));
    }
    parsed.push_back(*address);
  }
  std::vector<Listener> listeners;
  for (const ListenAddress& address : parsed) {
    std::optional<Listener> listener = Listener::Open(address, &complaint);
    if (!listener) {
      std::cerr << "streampair: " << complaint << "\n";
      return kLocal;
    }
    listeners.push_back(*std::move(listener));
  }
  RaiseDescriptorLimit();
  TellListening(invocation, listeners);
  front::FrontOptions options;
  options.target = std::move(target);
  options.pair = *std::move(pair);
  options.on_failed = [&](const front::Target& to, const client::StreamError& error, bool) {
    Tell(invocation, to, error);
  };
  front::Front front(invocation.client, std::move(listeners), std::move(options));
  const int signals = OpenSignals();
  int signal = 0;
  std::thread waiter([&] {
    pollfd polled = {signals, POLLIN, 0};
    while (poll(&polled, 1, -1) < 1) {
    }
    signal = TakeSignal(signals);
    front.Stop();
  });
  front.Run();
  waiter.join();
  return kInterrupted + signal;
}

}  // namespace

CommandSpec SocksSpec() {
  std::vector<OptionSpec> options = FrontOptionSpecs();
  options.push_back({"listen", "ADDRESS",
                     absl::StrCat("Where: PORT, 127.0.0.1:PORT, [::1]:PORT or unix:/PATH; port 0 "
                                  "picks one. Default: ",
                                  kDefaultListen, "."),
                     true});
  return {
      .name = "socks",
      .operands = "",
      .summary = "Is a local SOCKS and HTTP proxy whose connections go through the server",
      .details =
          "One port speaks SOCKS 5 and 4a and HTTP, so that programs that know proxies need no "
          "change. Names are resolved by the server. A failure comes back as SOCKS or HTTP tells "
          "it, and in full on standard error. It runs until it is interrupted.",
      .options = std::move(options),
      .examples =
          {
              "streampair socks --listen=1080",
              "curl --proxy socks5h://127.0.0.1:1080 https://example.com/",
              "ALL_PROXY=socks5h://127.0.0.1:1080 git clone https://example.com/repository.git",
          },
  };
}

int Socks(const Invocation& invocation) {
  if (!invocation.line.operands.empty()) {
    return RefuseUsage(invocation.line, "socks takes no operands; where to listen is --listen");
  }
  std::vector<std::string> addresses = {kDefaultListen};
  if (invocation.line.Has("listen")) addresses = invocation.line.options.at("listen");
  return Serve(invocation, addresses, std::nullopt);
}

CommandSpec ForwardSpec() {
  std::vector<OptionSpec> options = FrontOptionSpecs();
  const std::vector<OptionSpec> tls = TlsOptionSpecs();
  options.insert(options.end(), tls.begin(), tls.end());
  return {
      .name = "forward",
      .operands = "LOCAL HOST:PORT",
      .summary = "Carries the connections to a local port to one target, as ssh -L does",
      .details =
          "LOCAL is PORT, 127.0.0.1:PORT, [::1]:PORT or unix:/PATH; port 0 picks one. Every "
          "connection gets a pair of its own; one that cannot be made is a reset. It runs until "
          "it is interrupted.",
      .options = std::move(options),
      .examples =
          {
              "streampair forward 5432 db.internal:5432",
              "streampair forward unix:/tmp/redis.sock [2001:db8::1]:6379",
              "streampair forward 8080 example.com:443 --tls",
          },
  };
}

int Forward(const Invocation& invocation) {
  const std::vector<std::string>& operands = invocation.line.operands;
  if (operands.size() != 2) {
    return RefuseUsage(invocation.line, "forward takes LOCAL and HOST:PORT");
  }
  std::string complaint;
  const std::optional<front::Target> target = ReadTarget(operands[1], &complaint);
  if (!target) return RefuseUsage(invocation.line, complaint);
  return Serve(invocation, {operands[0]}, target);
}

}  // namespace streampair::cli
