// Any answer to any of the protocols, in any split: the machine ends in the same state with the
// same words, takes nothing that is not its own, and remembers no more than it may.
#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>

#include "absl/strings/string_view.h"
#include "core/base/check.h"
#include "core/socks/proxy_handshake.h"

namespace streampair {
namespace {

struct Ending {
  Handshake::State state;
  std::string sent;
  std::string bound;
  std::string error;
  size_t taken;
  bool operator==(const Ending&) const = default;
};

Ending Run(const ProxyHop& hop, const HostPort& target, absl::string_view answers, size_t piece) {
  const std::unique_ptr<ProxyHandshake> handshake = MakeProxyHandshake(hop, target);
  Ending result{Handshake::State::kRunning, "", "", "", 0};
  handshake->Start();
  result.sent = handshake->TakeOutput();
  while (handshake->state() == Handshake::State::kRunning && !answers.empty()) {
    const size_t offered = std::min(piece, answers.size());
    const size_t taken = handshake->Receive(answers.substr(0, offered));
    SP_CHECK(taken == offered || handshake->state() != Handshake::State::kRunning);
    answers.remove_prefix(taken);
    result.taken += taken;
    result.sent += handshake->TakeOutput();
  }
  if (handshake->state() == Handshake::State::kRunning) handshake->ReceiveEnd();
  result.state = handshake->state();
  result.bound = handshake->bound();
  if (result.state == Handshake::State::kFailed) {
    result.error = handshake->error().ToString();
    result.sent.clear();  // A proxy that is given up hears no more: it depends on the split.
  }
  return result;
}

}  // namespace
}  // namespace streampair

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  using namespace streampair;  // NOLINT: a program of its own.
  if (size < 2) return 0;
  const auto protocol = static_cast<ProxyProtocol>(bytes[0] % 3);
  const bool has_login = (bytes[0] & 0x80) != 0;
  const ProxyHop hop = {protocol,
                        {ParseHost("proxy.example").value(), 1080},
                        has_login ? "user" : "",
                        has_login ? "open-sesame" : ""};
  const HostPort target = {
      ParseHost((bytes[0] & 0x40) != 0 ? "192.0.2.1" : "target.example").value(), 80};
  const size_t piece = bytes[1] % 31 + 1;
  const absl::string_view answers(reinterpret_cast<const char*>(bytes) + 2, size - 2);
  const Ending whole = Run(hop, target, answers, std::max<size_t>(answers.size(), 1));
  SP_CHECK(whole == Run(hop, target, answers, piece));
  SP_CHECK(whole.taken <= 16 * 1024 + 1);
  if (protocol != ProxyProtocol::kHttp) SP_CHECK(whole.taken <= 2 + 2 + 262);
  for (const char c : whole.bound) SP_CHECK(c >= 0x20 && c < 0x7f);
  SP_CHECK(whole.error.find("sesame") == std::string::npos);
  return 0;
}
