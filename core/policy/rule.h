#ifndef STREAMPAIR_CORE_POLICY_RULE_H_
#define STREAMPAIR_CORE_POLICY_RULE_H_

#include <cstdint>
#include <string>
#include <vector>

#include "core/addr/ip_range.h"
#include "core/policy/host_pattern.h"
#include "core/policy/principal_pattern.h"

namespace streampair {

enum class RuleAction : uint8_t { kAllow, kDeny };

// Whether a denial binds, or is only told.
enum class RuleMode : uint8_t { kEnforce, kReport };

// What of a pair is judged: a proxy on the way, or the target itself.
enum class HopKind : uint8_t { kTarget, kProxy };

// How well the bytes to a target are secured, weakest first.
enum class TlsStrength : uint8_t {
  kClear,
  kEncrypted,  // TLS that does not prove who the peer is.
  kVerified,   // TLS with the chain and the peer's name verified, and no switch that weakens it.
};

// Switches by which a caller weakens TLS (docs/tls.md). A set: the bits of a LaxTls.
using LaxTlsSet = uint32_t;
enum LaxTls : LaxTlsSet {
  kAllowsExpiredCertificates = 1 << 0,
  kAllowsExpiredRoots = 1 << 1,
  kAllowsAnyRoot = 1 << 2,
  kSkipsChain = 1 << 3,
  kOtherPeerName = 1 << 4,  // Another name than the target's is verified, or none.
  kOldVersions = 1 << 5,    // Below TLS 1.2.
  kOwnRoots = 1 << 6,       // The caller's own trust roots.
};

// What becomes of live pairs that a new policy would no longer allow.
enum class OnReload : uint8_t { kKeep, kDrain, kReset };

struct PortRange {
  uint16_t first = 1;
  uint16_t last = 65535;
};

// One rule of a policy. An empty list means any. A rule is about a request when every list has an
// entry for it; one that allows also needs its conditions fulfilled.
struct Rule {
  std::string name;  // Unique in its policy; told with each decision.
  RuleAction action = RuleAction::kAllow;
  RuleMode mode = RuleMode::kEnforce;  // Of a denial.

  std::vector<PrincipalPattern> principals;
  std::vector<HostPattern> hosts;
  std::vector<IpRange> addresses;
  std::vector<PortRange> ports;
  bool about_targets = true;
  bool about_proxies = false;

  // Conditions of a rule that allows.
  TlsStrength least_tls = TlsStrength::kClear;
  LaxTlsSet lax_tls = 0;                // May be used.
  std::vector<std::string> identities;  // The operator's, that may be used; by name.
  bool allows_unverifiable = false;  // Also what a proxy resolves, whose address nobody can judge.

  bool may_park = false;  // A rule that allows: the pair's socket may be parked.

  // A rule that denies: what becomes of live pairs that it comes to be about.
  OnReload on_reload = OnReload::kKeep;
};

// What the guard lets through: for these callers, these names (both nonempty) may lead to these
// addresses, special though they are.
struct GuardExemption {
  std::string name;
  std::vector<PrincipalPattern> principals = {};
  std::vector<HostPattern> hosts = {};
  std::vector<IpRange> addresses = {};
};

}  // namespace streampair

#endif  // STREAMPAIR_CORE_POLICY_RULE_H_
