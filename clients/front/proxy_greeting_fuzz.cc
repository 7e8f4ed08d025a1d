// Any bytes, in pieces whose sizes the first bytes give: the outcome does not depend on how they
// are cut, and nothing is taken beyond the limit.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "clients/front/proxy_greeting.h"

namespace {

using streampair::front::ProxyGreeting;

void Require(bool condition) {
  if (!condition) std::abort();
}

struct Outcome {
  ProxyGreeting::State state;
  std::string reply, host, early;
  int port;
};

Outcome Run(absl::string_view bytes, size_t piece) {
  ProxyGreeting greeting;
  Outcome outcome = {ProxyGreeting::State::kReading, "", "", "", 0};
  while (!bytes.empty() && greeting.state() == ProxyGreeting::State::kReading) {
    greeting.Add(bytes.substr(0, piece));
    bytes.remove_prefix(std::min(piece, bytes.size()));
    outcome.reply += greeting.TakeReply();
  }
  outcome.state = greeting.state();
  if (outcome.state == ProxyGreeting::State::kAsked) {
    outcome.host = greeting.host();
    outcome.port = greeting.port();
    outcome.early = greeting.TakeEarly() + std::string(bytes);
    Require(!outcome.host.empty());
    Require(outcome.port >= 1 && outcome.port <= 65535);
    Require(greeting.Accepted("192.0.2.1:80").size() < 100);
  }
  return outcome;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 1) return 0;
  const absl::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  const Outcome whole = Run(bytes, bytes.size() + 1);
  const Outcome cut = Run(bytes, size_t{1} + data[0] % 16);
  Require(whole.state == cut.state && whole.reply == cut.reply && whole.host == cut.host &&
          whole.port == cut.port && whole.early == cut.early);
  return 0;
}
