// Mutated handshakes and records, in any split: the engine keeps its promises about states,
// outcomes and memory, and never opens towards a peer that it should not trust.
//
// The first byte chooses the side and the version, the second the split. The rest is a script of
// steps: a byte 0x00-0x3f carries what a real peer says, whole; 0x40-0x7f carries it with the byte
// at a place changed (two more bytes: the place, what it is XORed with); 0x80-0xbf drops bytes of
// it (one more byte: how many, from the front); 0xc0-0xff sends the script's next bytes as they are
// (one more byte: how many).
#include <openssl/ssl.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "core/base/check.h"
#include "core/testing/certificate_maker.h"
#include "core/testing/fake_clock.h"
#include "core/tls/tls_engine.h"

namespace streampair {
namespace {

constexpr size_t kMostOutput = 256 * 1024;  // A handshake's flight and some records.

// Made once: keys are slow.
struct Contexts {
  Contexts() {
    const absl::Time now = clock.WallNow();
    CertificateSpec spec{.subject = "root",
                         .not_before = now - absl::Hours(1),
                         .not_after = now + absl::Hours(1),
                         .is_ca = true};
    const TestIdentity root = MakeCertificate(spec, nullptr);
    spec.is_ca = false;
    spec.names = "DNS:host.test";
    const TestIdentity leaf = MakeCertificate(spec, &root);
    TlsContext::Surroundings surroundings;
    surroundings.system_roots = std::make_shared<TrustRoots>(std::vector<std::string>{root.der()});
    for (const TlsVersion version : {TlsVersion::k1_2, TlsVersion::k1_3}) {
      TlsConfig config;
      config.max_version = version;
      config.settings.identity = *TlsIdentity::Make(leaf.der(), leaf.key_der(), {});
      clients.push_back(*TlsContext::Make(config, surroundings));
      config.settings.is_server = true;
      config.request_client_certificate = true;
      servers.push_back(*TlsContext::Make(config, surroundings));
    }
  }
  FakeClock clock;
  std::vector<std::shared_ptr<const TlsContext>> clients;
  std::vector<std::shared_ptr<const TlsContext>> servers;
};

std::string TakeOutput(TlsEngine& engine) {
  std::string output(engine.output());
  engine.DropOutput(output.size());
  return output;
}

// Reads what there is. The outcome that stopped it has to stay.
void ReadAll(TlsEngine& engine) {
  char room[700];
  absl::string_view none;
  for (;;) {
    const TlsEngine::ReadOutcome peeked = engine.Peek();
    const TlsEngine::ReadResult read = engine.Read(absl::MakeSpan(room), none);
    SP_CHECK(none.empty());
    if (read.outcome == TlsEngine::ReadOutcome::kOk) {
      SP_CHECK(peeked == TlsEngine::ReadOutcome::kOk);
      SP_CHECK(read.bytes > 0 && read.bytes <= sizeof(room));
      continue;
    }
    SP_CHECK(peeked != TlsEngine::ReadOutcome::kOk);
    SP_CHECK((read.outcome == TlsEngine::ReadOutcome::kFailed) ==
             (engine.state() == TlsEngine::State::kFailed));
    SP_CHECK(engine.Read(absl::MakeSpan(room), none).outcome == read.outcome);
    return;
  }
}

void Deliver(TlsEngine& engine, absl::string_view bytes, size_t piece) {
  while (!bytes.empty()) {
    const absl::string_view part = bytes.substr(0, piece);
    bytes.remove_prefix(part.size());
    if (engine.state() == TlsEngine::State::kHandshaking) {
      engine.Receive(part);
    } else {
      engine.Keep(part);
    }
    if (engine.state() != TlsEngine::State::kHandshaking) ReadAll(engine);
    SP_CHECK(engine.output().size() <= kMostOutput);
  }
}

// The script's next byte; 0 at its end.
uint8_t Next(absl::string_view& script) {
  if (script.empty()) return 0;
  const auto byte = static_cast<uint8_t>(script.front());
  script.remove_prefix(1);
  return byte;
}

void Step(absl::string_view& script, TlsEngine& engine, TlsEngine& peer, size_t piece,
          bool& pristine) {
  const uint8_t verb = Next(script);
  std::string words;
  if (verb < 0xc0) words = TakeOutput(peer);
  if (verb >= 0xc0) {
    const size_t size = Next(script);
    words = std::string(script.substr(0, size));
    script.remove_prefix(words.size());
    pristine = pristine && words.empty();
  } else if (verb >= 0x80) {
    const size_t size = std::min<size_t>(Next(script), words.size());
    words.erase(0, size);
    pristine = pristine && size == 0;
  } else if (verb >= 0x40) {
    const size_t place = (verb & 0x3fu) << 8 | Next(script);
    const uint8_t change = Next(script);
    if (!words.empty() && change != 0) {
      char& byte = words[place % words.size()];
      byte = static_cast<char>(static_cast<uint8_t>(byte) ^ change);
      pristine = false;
    }
  }
  Deliver(engine, words, piece);
  if (peer.state() == TlsEngine::State::kHandshaking) {
    peer.Receive(TakeOutput(engine));
  } else {
    peer.Keep(TakeOutput(engine));
    ReadAll(peer);
  }
  for (TlsEngine* each : {&engine, &peer})
    if (each->state() == TlsEngine::State::kOpen) each->Write("some words");
}

}  // namespace
}  // namespace streampair

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  using namespace streampair;  // NOLINT: a program of its own.
  using State = TlsEngine::State;
  static const Contexts* const contexts = new Contexts;
  if (size < 2 || size > 4096) return 0;
  const size_t version = bytes[0] & 1;
  const bool is_server = (bytes[0] & 2) != 0;
  const size_t piece = bytes[1] == 0 ? SIZE_MAX : bytes[1];
  TlsEngine client(contexts->clients[version], {"host.test", ""}, contexts->clock);
  TlsEngine server(contexts->servers[version], {}, contexts->clock);
  client.Start();
  server.Start();
  TlsEngine& engine = is_server ? server : client;
  TlsEngine& peer = is_server ? client : server;
  absl::string_view script(reinterpret_cast<const char*>(bytes) + 2, size - 2);
  bool pristine = true;
  int carried = 0;
  for (int steps = 0; steps < 64 && !script.empty(); ++steps) {
    if (static_cast<uint8_t>(script.front()) < 0xc0) ++carried;
    Step(script, engine, peer, piece, pristine);
    if (pristine) SP_CHECK(engine.state() != State::kFailed);
    // Whoever hears only what a real peer says gets there.
    if (pristine && carried >= 4) SP_CHECK(engine.state() == State::kOpen);
    if (engine.facts().report.has_value()) SP_CHECK(engine.facts().trust->trusted());
  }
  const bool was_open = engine.state() == State::kOpen;
  engine.ReceiveEnd();
  if (engine.state() == State::kOpen) ReadAll(engine);
  SP_CHECK(engine.state() != State::kHandshaking);
  SP_CHECK(was_open || engine.state() == State::kFailed);
  engine.Close();
  SP_CHECK(engine.Write("after the end") == 0);
  if (engine.state() == State::kFailed) SP_CHECK(!engine.error().ToString().empty());
  return 0;
}
