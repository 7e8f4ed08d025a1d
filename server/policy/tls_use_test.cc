#include "server/policy/tls_use.h"

#include <memory>
#include <string>
#include <vector>

#include "core/addr/host_spec.h"
#include "core/addr/port.h"
#include "core/tls/tls_context.h"
#include "gtest/gtest.h"

namespace streampair {
namespace {

PairSpec Spec() {
  PairSpec spec;
  spec.host_name = "A.Example";
  spec.target = DialTarget::ToHost(*ParseHost("a.example"), *Port::Make(443));
  return spec;
}

TlsUse Use(TlsConfig config) {
  TlsContext::Surroundings surroundings;
  surroundings.system_roots = std::make_shared<TrustRoots>(std::vector<std::string>());
  auto context = TlsContext::Make(std::move(config), surroundings);
  EXPECT_TRUE(context.ok());
  PairOptions options;
  if (context.ok()) options.tls = *context;
  return TlsUseOf(Spec(), options);
}

void Expect(const TlsUse& use, TlsStrength strength, LaxTlsSet lax, const char* what) {
  EXPECT_EQ(use.strength, strength) << what;
  EXPECT_EQ(use.lax, lax) << what;
}

TEST(TlsUse, IsVerifiedOnlyIfNothingWeakensIt) {
  Expect(TlsUseOf(Spec(), {}), TlsStrength::kClear, 0, "no TLS");
  TlsConfig none;
  none.settings.level = TlsLevel::kNone;
  Expect(Use(none), TlsStrength::kClear, 0, "level none");
  Expect(Use({}), TlsStrength::kVerified, 0, "defaults");
}

TEST(TlsUse, NamesEachWayToWeakenIt) {
  const struct {
    const char* what;
    LaxTlsSet lax;
    void (*change)(TlsConfig&);
  } kCases[] = {
      {"expired", kAllowsExpiredCertificates,
       [](TlsConfig& c) { c.settings.allows_expired_certificates = true; }},
      {"expired roots", kAllowsExpiredRoots,
       [](TlsConfig& c) { c.settings.allows_expired_roots = true; }},
      {"any root", kAllowsAnyRoot, [](TlsConfig& c) { c.settings.allows_any_root = true; }},
      {"no chain", kSkipsChain,
       [](TlsConfig& c) { c.settings.validates_certificate_chain = false; }},
      {"no name", kOtherPeerName,
       [](TlsConfig& c) { c.settings.peer_name_rule = PeerNameRule::kNone; }},
      {"another name", kOtherPeerName,
       [](TlsConfig& c) {
         c.settings.peer_name_rule = PeerNameRule::kGiven;
         c.settings.peer_name = "b.example";
       }},
      {"level TLS 1.0", kOldVersions, [](TlsConfig& c) { c.settings.level = TlsLevel::kTlsV1; }},
      {"from TLS 1.1", kOldVersions, [](TlsConfig& c) { c.min_version = TlsVersion::k1_1; }},
      {"to TLS 1.1, which moves the floor", kOldVersions,
       [](TlsConfig& c) { c.max_version = TlsVersion::k1_1; }},
      {"own roots", kOwnRoots, [](TlsConfig& c) { c.trust_roots = {"der"}; }},
      {"own roots beside the system's", kOwnRoots,
       [](TlsConfig& c) {
         c.trust_roots = {"der"};
         c.trust_system_roots = true;
       }},
  };
  for (const auto& c : kCases) {
    TlsConfig config;
    c.change(config);
    Expect(Use(config), TlsStrength::kEncrypted, c.lax, c.what);
  }
}

TEST(TlsUse, DoesNotMindWhatWeakensNothing) {
  TlsConfig config;
  config.settings.peer_name_rule = PeerNameRule::kGiven;
  config.settings.peer_name = "a.EXAMPLE";
  config.min_version = TlsVersion::k1_2;
  config.max_version = TlsVersion::k1_3;
  config.alpn_protocols = {"h2"};
  config.trust_system_roots = true;
  Expect(Use(config), TlsStrength::kVerified, 0, "the target's own name, modern versions");
}

TEST(TlsUse, AServerVerifiesNobodyUnlessItAsks) {
  TlsConfig config;
  config.settings.is_server = true;
  Expect(Use(config), TlsStrength::kEncrypted, 0, "server's side");
  config.request_client_certificate = true;
  Expect(Use(config), TlsStrength::kVerified, 0, "with client certificates");
}

}  // namespace
}  // namespace streampair
