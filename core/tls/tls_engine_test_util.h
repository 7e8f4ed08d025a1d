#ifndef STREAMPAIR_CORE_TLS_TLS_ENGINE_TEST_UTIL_H_
#define STREAMPAIR_CORE_TLS_TLS_ENGINE_TEST_UTIL_H_

#include <memory>
#include <string>
#include <vector>

#include "core/base/streampair_errors.h"
#include "core/testing/certificate_maker.h"
#include "core/testing/fake_clock.h"
#include "core/tls/tls_engine.h"
#include "gtest/gtest.h"

namespace streampair {

// Engines with a root, a clock and sessions of their own, and what carries bytes between two.
class TlsEngineTest : public ::testing::Test {
 protected:
  TlsEngineTest() {
    const absl::Time now = clock_.WallNow();
    root_ = MakeCertificate({.subject = "root",
                             .not_before = now - absl::Hours(1),
                             .not_after = now + absl::Hours(100),
                             .is_ca = true},
                            nullptr);
    surroundings_.system_roots =
        std::make_shared<TrustRoots>(std::vector<std::string>{root_.der()});
    surroundings_.sessions = &sessions_;
  }

  TestIdentity Leaf(TestKey key = TestKey::kEcdsa, const std::string& purpose = "serverAuth") {
    return MakeCertificate({.subject = "leaf",
                            .not_before = clock_.WallNow() - absl::Hours(1),
                            .not_after = clock_.WallNow() + absl::Hours(1),
                            .key = key,
                            .names = "DNS:host.test",
                            .purpose = purpose},
                           &root_);
  }

  std::shared_ptr<const TlsIdentity> Identity(const TestIdentity& made) {
    return *TlsIdentity::Make(made.der(), made.key_der(), {});
  }

  TlsConfig ServerConfig(TestKey key = TestKey::kEcdsa) {
    TlsConfig config;
    config.settings.is_server = true;
    config.settings.identity = Identity(Leaf(key));
    return config;
  }

  std::unique_ptr<TlsEngine> Engine(const TlsConfig& config,
                                    const std::string& host = "host.test") {
    Result<std::shared_ptr<const TlsContext>> context = TlsContext::Make(config, surroundings_);
    EXPECT_TRUE(context.ok()) << context.error().ToString();
    return std::make_unique<TlsEngine>(*context, TlsPeer{host, "scope"}, clock_);
  }

  void Make(const TlsConfig& client, const TlsConfig& server) {
    client_ = Engine(client);
    server_ = Engine(server);
    client_->Start();
    server_->Start();
  }

  // Carries ciphertext both ways, `step` bytes at a time, until nothing moves.
  void Shake(size_t step = SIZE_MAX) {
    while (Carry(*client_, *server_, step) || Carry(*server_, *client_, step)) {
    }
  }

  static bool Carry(TlsEngine& from, TlsEngine& to, size_t step) {
    const absl::string_view output = from.output().substr(0, step);
    if (output.empty()) return false;
    to.Receive(output);
    from.DropOutput(output.size());
    return true;
  }

  static std::string ReadAll(TlsEngine& engine, TlsEngine::ReadOutcome* last = nullptr) {
    std::string all;
    std::string buffer(1000, '\0');
    absl::string_view none;
    for (;;) {
      const TlsEngine::ReadResult result = engine.Read(absl::MakeSpan(buffer), none);
      if (last != nullptr) *last = result.outcome;
      if (result.outcome != TlsEngine::ReadOutcome::kOk) return all;
      all.append(buffer, 0, result.bytes);
    }
  }

  static int CodeOf(const TlsEngine& engine) {
    EXPECT_EQ(engine.state(), TlsEngine::State::kFailed);
    return engine.state() == TlsEngine::State::kFailed ? engine.error().id().code : 0;
  }

  Error Refused(const TlsConfig& config) {
    Result<std::shared_ptr<const TlsContext>> context = TlsContext::Make(config, surroundings_);
    EXPECT_FALSE(context.ok());
    return context.ok() ? InternalFault("accepted") : context.error();
  }

  FakeClock clock_;
  TestIdentity root_;
  SessionCache sessions_{4};
  TlsContext::Surroundings surroundings_;
  std::unique_ptr<TlsEngine> client_;
  std::unique_ptr<TlsEngine> server_;
};

}  // namespace streampair

#endif  // STREAMPAIR_CORE_TLS_TLS_ENGINE_TEST_UTIL_H_
