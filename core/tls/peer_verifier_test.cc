// The certificate matrix of docs/tls.md: every kind of fault against every switch, and which of
// several faults counts. No date is fixed: the tests have a clock of their own.
#include "core/tls/peer_verifier.h"

#include <openssl/mem.h>
#include <openssl/sha.h>
#include <openssl/x509.h>

#include <cstdlib>
#include <fstream>
#include <functional>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "core/testing/certificate_maker.h"
#include "gtest/gtest.h"

namespace streampair {
namespace {

const absl::Time kNow = absl::FromUnixSeconds(1'000'000'000);
const absl::Time kPast = kNow - absl::Hours(24 * 365);
const absl::Time kFuture = kNow + absl::Hours(24 * 365);
constexpr int kAccepted = 0;

// A root, an intermediate and a leaf for host.test; a test bends one of them.
struct Chain {
  CertificateSpec root{.subject = "root", .not_before = kPast, .not_after = kFuture, .is_ca = true};
  CertificateSpec middle{
      .subject = "middle", .not_before = kPast, .not_after = kFuture, .is_ca = true};
  CertificateSpec leaf{.subject = "leaf",
                       .not_before = kPast,
                       .not_after = kFuture,
                       .names = "DNS:host.test",
                       .purpose = "serverAuth"};
  std::string name = "host.test";
  bool root_is_trusted = true;
  bool sends_middle = true;
  bool sends_root = false;
  bool leaf_is_self_signed = false;
  bool middle_is_ca = true;
  bool two_middles = false;
  bool with_crls = false;
  bool revokes_leaf = false;
  std::vector<std::string> pins;
};

struct Switches {
  bool expired_certificates = false;
  bool expired_roots = false;
  bool any_root = false;
  bool validates = true;
  bool checks_name = true;
};

PeerTrust Verify(const Chain& chain, const Switches& switches) {
  const TestIdentity root = MakeCertificate(chain.root, nullptr);
  CertificateSpec middle_spec = chain.middle;
  middle_spec.is_ca = chain.middle_is_ca;
  const TestIdentity upper = MakeCertificate(middle_spec, &root);
  middle_spec.subject = "lower";
  const TestIdentity middle = MakeCertificate(middle_spec, chain.two_middles ? &upper : &root);
  const TestIdentity leaf =
      MakeCertificate(chain.leaf, chain.leaf_is_self_signed ? nullptr : &middle);
  const TestIdentity other = MakeCertificate(
      {.subject = "other root", .not_before = kPast, .not_after = kFuture, .is_ca = true}, nullptr);
  const TrustRoots roots({chain.root_is_trusted ? root.der() : other.der()});
  std::vector<std::string> sent = {leaf.der()};
  if (!chain.leaf_is_self_signed && chain.sends_middle) sent.push_back(middle.der());
  if (chain.two_middles) sent.push_back(upper.der());
  if (chain.sends_root) sent.push_back(root.der());
  VerifyRules rules;
  rules.roots = &roots;
  rules.allows_expired_certificates = switches.expired_certificates;
  rules.allows_expired_roots = switches.expired_roots;
  rules.allows_any_root = switches.any_root;
  rules.validates = switches.validates;
  rules.name = switches.checks_name ? chain.name : "";
  rules.pins = chain.pins;
  if (chain.with_crls) {
    rules.crls = {MakeCrl(root, kPast, kFuture, nullptr),
                  MakeCrl(middle, kPast, kFuture, chain.revokes_leaf ? &leaf : nullptr)};
  }
  rules.now = kNow;
  return VerifyPeer(sent, rules);
}

int CodeOf(const PeerTrust& trust) {
  const std::optional<Error> refusal = trust.Refusal();
  if (!refusal.has_value()) return kAccepted;
  EXPECT_EQ(refusal->id().domain, ErrorDomain::kSsl);
  EXPECT_EQ(refusal->stage(), Stage::kTls);
  EXPECT_EQ(refusal->reason(), Reason::kTlsCertificateError);
  return refusal->id().code;
}

// One line of the table in docs/tls.md: the number with no switch, and with each alone.
struct Row {
  const char* name;
  std::function<void(Chain&)> bend;
  int none, expired_certificates, expired_roots, any_root, no_name, no_validation;
};

const Row kRows[] = {
    {"good", [](Chain&) {}, 0, 0, 0, 0, 0, 0},
    {"expired leaf", [](Chain& c) { c.leaf.not_after = kNow - absl::Hours(1); }, -9814, 0, -9814,
     -9814, -9814, 0},
    {"expired intermediate", [](Chain& c) { c.middle.not_after = kNow - absl::Hours(1); }, -9814, 0,
     -9814, -9814, -9814, 0},
    {"expired root", [](Chain& c) { c.root.not_after = kNow - absl::Hours(1); }, -9814, -9814, 0,
     -9814, -9814, 0},
    {"leaf not yet valid", [](Chain& c) { c.leaf.not_before = kNow + absl::Hours(1); }, -9815,
     -9815, -9815, -9815, -9815, 0},
    {"self-signed", [](Chain& c) { c.leaf_is_self_signed = true; }, -9812, -9812, -9812, 0, -9812,
     0},
    {"expired self-signed",
     [](Chain& c) {
       c.leaf_is_self_signed = true;
       c.leaf.not_after = kNow - absl::Hours(1);
     },
     -9814, -9812, -9814, -9814, -9814, 0},
    {"unknown root",
     [](Chain& c) {
       c.root_is_trusted = false;
       c.sends_root = true;
     },
     -9812, -9812, -9812, 0, -9812, 0},
    {"unknown root, not sent", [](Chain& c) { c.root_is_trusted = false; }, -9813, -9813, -9813, 0,
     -9813, 0},
    {"missing intermediate", [](Chain& c) { c.sends_middle = false; }, -9813, -9813, -9813, 0,
     -9813, 0},
    {"missing intermediate, expired leaf",
     [](Chain& c) {
       c.sends_middle = false;
       c.leaf.not_after = kNow - absl::Hours(1);
     },
     -9814, -9813, -9814, -9814, -9814, 0},
    {"wrong name", [](Chain& c) { c.name = "other.test"; }, -9843, -9843, -9843, -9843, 0, 0},
    {"name in the subject only",
     [](Chain& c) {
       c.leaf.subject = "host.test";
       c.leaf.names = "";
     },
     -9843, -9843, -9843, -9843, 0, 0},
    {"wildcard",
     [](Chain& c) {
       c.leaf.names = "DNS:*.host.test";
       c.name = "a.host.test";
     },
     0, 0, 0, 0, 0, 0},
    {"wildcard, two labels",
     [](Chain& c) {
       c.leaf.names = "DNS:*.host.test";
       c.name = "b.a.host.test";
     },
     -9843, -9843, -9843, -9843, 0, 0},
    {"wildcard in part of a label",
     [](Chain& c) {
       c.leaf.names = "DNS:a*.host.test";
       c.name = "ab.host.test";
     },
     -9843, -9843, -9843, -9843, 0, 0},
    {"IP address",
     [](Chain& c) {
       c.leaf.names = "IP:192.0.2.1";
       c.name = "192.0.2.1";
     },
     0, 0, 0, 0, 0, 0},
    {"IPv6 address",
     [](Chain& c) {
       c.leaf.names = "IP:2001:db8::1";
       c.name = "2001:db8::1";
     },
     0, 0, 0, 0, 0, 0},
    {"wrong IP address",
     [](Chain& c) {
       c.leaf.names = "IP:192.0.2.1";
       c.name = "192.0.2.2";
     },
     -9843, -9843, -9843, -9843, 0, 0},
    {"IP address as a DNS name",
     [](Chain& c) {
       c.leaf.names = "DNS:192.0.2.1";
       c.name = "192.0.2.1";
     },
     -9843, -9843, -9843, -9843, 0, 0},
    {"IDN as A-label",
     [](Chain& c) {
       c.leaf.names = "DNS:xn--bcher-kva.test";
       c.name = "xn--bcher-kva.test";
     },
     0, 0, 0, 0, 0, 0},
    {"name constraint broken",
     [](Chain& c) { c.middle.name_constraints = "permitted;DNS:else.test"; }, -9807, -9807, -9807,
     -9807, -9807, 0},
    {"name constraint kept",
     [](Chain& c) { c.middle.name_constraints = "permitted;DNS:host.test"; }, 0, 0, 0, 0, 0, 0},
    {"path length",
     [](Chain& c) {
       c.two_middles = true;
       c.middle.path_length = 0;
     },
     -9807, -9807, -9807, -9807, -9807, 0},
    {"path length of the root", [](Chain& c) { c.root.path_length = 0; }, -9807, -9807, -9807,
     -9807, -9807, 0},
    {"issuer is no CA",
     [](Chain& c) {
       c.middle_is_ca = false;
       c.middle.key_usage = "critical,keyCertSign";
     },
     -9807, -9807, -9807, -9807, -9807, 0},
    {"issuer may not sign", [](Chain& c) { c.middle_is_ca = false; }, -9813, -9813, -9813, 0, -9813,
     0},
    {"wrong purpose", [](Chain& c) { c.leaf.purpose = "clientAuth"; }, -9807, -9807, -9807, -9807,
     -9807, 0},
    {"bad signature", [](Chain& c) { c.leaf.break_signature = true; }, -9807, -9807, -9807, -9807,
     -9807, 0},
    {"bad signature of itself",
     [](Chain& c) {
       c.leaf_is_self_signed = true;
       c.leaf.break_signature = true;
     },
     -9812, -9812, -9812, -9807, -9812, 0},
    {"weak key", [](Chain& c) { c.leaf.key = TestKey::kRsa1024; }, -9807, -9807, -9807, -9807,
     -9807, 0},
    {"weak hash", [](Chain& c) { c.leaf.sha1 = true; }, -9807, -9807, -9807, -9807, -9807, 0},
    {"not revoked", [](Chain& c) { c.with_crls = true; }, 0, 0, 0, 0, 0, 0},
    {"revoked",
     [](Chain& c) {
       c.with_crls = true;
       c.revokes_leaf = true;
     },
     -9807, -9807, -9807, -9807, -9807, 0},
    {"wrong pin", [](Chain& c) { c.pins = {std::string(32, 'x')}; }, -9807, -9807, -9807, -9807,
     -9807, -9807},
    // Several faults: dates, root trust, name, others; the first that is not suppressed counts.
    {"expired leaf, unknown root, wrong name",
     [](Chain& c) {
       c.leaf.not_after = kNow - absl::Hours(1);
       c.root_is_trusted = false;
       c.sends_root = true;
       c.name = "other.test";
     },
     -9814, -9812, -9814, -9814, -9814, 0},
    {"unknown root, wrong name, wrong purpose",
     [](Chain& c) {
       c.root_is_trusted = false;
       c.sends_root = true;
       c.name = "other.test";
       c.leaf.purpose = "clientAuth";
     },
     -9812, -9812, -9812, -9843, -9812, 0},
    {"wrong name, wrong purpose",
     [](Chain& c) {
       c.name = "other.test";
       c.leaf.purpose = "clientAuth";
     },
     -9843, -9843, -9843, -9843, -9807, 0},
};

TEST(PeerVerifier, EachSwitchSuppressesItsOwnFaultOnly) {
  for (const Row& row : kRows) {
    SCOPED_TRACE(row.name);
    Chain chain;
    row.bend(chain);
    EXPECT_EQ(CodeOf(Verify(chain, {})), row.none) << "no switch";
    EXPECT_EQ(CodeOf(Verify(chain, {.expired_certificates = true})), row.expired_certificates)
        << "allows_expired_certificates";
    EXPECT_EQ(CodeOf(Verify(chain, {.expired_roots = true})), row.expired_roots)
        << "allows_expired_roots";
    EXPECT_EQ(CodeOf(Verify(chain, {.any_root = true})), row.any_root) << "allows_any_root";
    EXPECT_EQ(CodeOf(Verify(chain, {.checks_name = false})), row.no_name) << "no peer name";
    const PeerTrust lax = Verify(chain, {.validates = false});
    EXPECT_EQ(CodeOf(lax), row.no_validation) << "validates_certificate_chain = false";
    EXPECT_EQ(lax.trusted(), row.none == 0) << "suppressed faults are told";
  }
}

TEST(PeerVerifier, TheTableInTheDocumentIsThisOne) {
  std::ifstream file(
      absl::StrCat(getenv("TEST_SRCDIR"), "/", getenv("TEST_WORKSPACE"), "/docs/tls.md"));
  ASSERT_TRUE(file.is_open());
  std::vector<std::string> documented;
  bool inside = false;
  for (std::string line; std::getline(file, line);) {
    if (absl::StartsWith(line, "## ")) inside = line == "## Certificate matrix";
    if (inside && absl::StartsWith(line, "| ")) documented.push_back(line);
  }
  ASSERT_EQ(documented.size(), std::size(kRows) + 2);
  for (size_t i = 0; i < std::size(kRows); ++i) {
    const Row& row = kRows[i];
    std::string expected = absl::StrCat("| ", row.name, " |");
    for (const int code : {row.none, row.expired_certificates, row.expired_roots, row.any_root,
                           row.no_name, row.no_validation}) {
      absl::StrAppend(&expected, " ", code == kAccepted ? "accepted" : absl::StrCat(code), " |");
    }
    EXPECT_EQ(documented[i + 2], expected);
  }
}

TEST(PeerVerifier, DatesOfACertificateWhoseIssuerIsMissingStillCount) {
  Chain chain;
  chain.root_is_trusted = false;
  chain.middle.not_after = kNow - absl::Hours(1);
  EXPECT_EQ(CodeOf(Verify(chain, {.any_root = true})), -9814);
  EXPECT_EQ(CodeOf(Verify(chain, {.expired_certificates = true, .any_root = true})), kAccepted);
}

TEST(PeerVerifier, TellsChainsNameAndEveryFault) {
  Chain chain;
  chain.leaf.names = "DNS:*.host.test";
  chain.name = "a.host.test";
  const PeerTrust good = Verify(chain, {});
  EXPECT_TRUE(good.trusted());
  EXPECT_EQ(good.verified_name, "*.host.test");
  EXPECT_EQ(good.sent.size(), 2u);
  EXPECT_EQ(good.verified.size(), 3u);
  EXPECT_EQ(good.sent[0], good.verified[0]);

  chain.leaf.not_after = kNow - absl::Hours(1);
  chain.name = "other.example";
  const PeerTrust bad = Verify(chain, {.expired_certificates = true});
  ASSERT_EQ(bad.faults.size(), 2u);
  EXPECT_EQ(bad.faults[0].code, SslCode::kCertExpired);
  EXPECT_TRUE(bad.faults[0].suppressed);
  EXPECT_EQ(bad.faults[1].code, SslCode::kHostNameMismatch);
  EXPECT_FALSE(bad.faults[1].suppressed);
  EXPECT_EQ(bad.verified_name, "");
}

TEST(PeerVerifier, ATrailingDotIsNoPartOfTheName) {
  Chain chain;
  chain.name = "host.test.";
  EXPECT_EQ(CodeOf(Verify(chain, {})), kAccepted);
}

TEST(PeerVerifier, ACrlIsNeededForEveryCertificateOnceOneIsGiven) {
  Chain chain;
  const TestIdentity root = MakeCertificate(chain.root, nullptr);
  const TestIdentity middle = MakeCertificate(chain.middle, &root);
  const TestIdentity leaf = MakeCertificate(chain.leaf, &middle);
  const TrustRoots roots({root.der()});
  VerifyRules rules;
  rules.roots = &roots;
  rules.now = kNow;
  rules.crls = {MakeCrl(root, kPast, kFuture, nullptr)};
  EXPECT_EQ(CodeOf(VerifyPeer({leaf.der(), middle.der()}, rules)), -9807);
  rules.crls.push_back(MakeCrl(middle, kPast, kNow - absl::Hours(1), nullptr));
  EXPECT_EQ(CodeOf(VerifyPeer({leaf.der(), middle.der()}, rules)), -9807) << "an old list";
  rules.crls[1] = MakeCrl(middle, kPast, kFuture, nullptr);
  EXPECT_EQ(CodeOf(VerifyPeer({leaf.der(), middle.der()}, rules)), kAccepted);
}

TEST(PeerVerifier, ThePinIsTheHashOfTheLeafsPublicKey) {
  Chain chain;
  const TestIdentity root = MakeCertificate(chain.root, nullptr);
  const TestIdentity leaf = MakeCertificate(chain.leaf, &root);
  uint8_t* spki = nullptr;
  const int length = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(leaf.certificate.get()), &spki);
  const bssl::UniquePtr<uint8_t> owner(spki);
  std::string pin(32, '\0');
  SHA256(spki, static_cast<size_t>(length), reinterpret_cast<uint8_t*>(pin.data()));
  const TrustRoots roots({root.der()});
  VerifyRules rules;
  rules.roots = &roots;
  rules.now = kNow;
  rules.pins = {std::string(32, 'x'), pin};
  EXPECT_EQ(CodeOf(VerifyPeer({leaf.der()}, rules)), kAccepted);
}

TEST(PeerVerifier, RubbishIsABadCertificate) {
  const TrustRoots roots({});
  VerifyRules rules;
  rules.roots = &roots;
  rules.now = kNow;
  EXPECT_EQ(CodeOf(VerifyPeer({"rubbish"}, rules)), -9808);
  EXPECT_EQ(CodeOf(VerifyPeer({}, rules)), -9808);
}

TEST(PeerVerifier, FindsARevokedLeafRightBelowTheRoot) {
  const absl::Time now = absl::FromUnixSeconds(1'800'000'000);
  CertificateSpec ca;
  ca.subject = "ca";
  ca.not_before = now - absl::Hours(1);
  ca.not_after = now + absl::Hours(1);
  ca.is_ca = true;
  const TestIdentity root = MakeCertificate(ca, nullptr);
  CertificateSpec spec = ca;
  spec.is_ca = false;
  spec.subject = "leaf";
  const TestIdentity leaf = MakeCertificate(spec, &root);
  const TestIdentity other = MakeCertificate(spec, &root);
  const TrustRoots roots({root.der()});
  for (const bool is_server : {true, false}) {
    VerifyRules rules;
    rules.roots = &roots;
    rules.now = now;
    rules.peer_is_server = is_server;
    rules.crls = {MakeCrl(root, now - absl::Hours(2), now + absl::Hours(1), &leaf)};
    EXPECT_FALSE(VerifyPeer({leaf.der()}, rules).trusted());
    EXPECT_TRUE(VerifyPeer({other.der()}, rules).trusted());
  }
}

}  // namespace
}  // namespace streampair
