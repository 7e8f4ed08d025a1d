#ifndef STREAMPAIR_CORE_POLICY_POLICY_REQUEST_H_
#define STREAMPAIR_CORE_POLICY_POLICY_REQUEST_H_

#include <cstdint>
#include <optional>
#include <string>

#include "core/addr/host_name.h"
#include "core/policy/rule.h"

namespace streampair {

// What somebody asks for: everything about it that rules look at, but for the address.
struct PolicyRequest {
  std::string principal;
  HopKind hop = HopKind::kTarget;
  std::optional<HostName> host = std::nullopt;  // Nothing: an address was asked for.
  uint16_t port = 0;
  TlsStrength tls = TlsStrength::kClear;
  LaxTlsSet lax_tls = 0;
  std::string identity = "";  // The operator's that would be used; empty: none.
};

// The answer, and what it rests on.
struct PolicyDecision {
  bool allowed = false;
  std::string rule;        // The rule's name, "default" or "guard".
  std::string would_deny;  // Allowed, but by a rule (or "default", "guard") that only reports.
  std::string reason;      // For people, without secrets.
  bool may_park = false;   // Allowed: the pair's socket may be parked.
  OnReload on_reload = OnReload::kKeep;  // Denied: what becomes of a live pair.
};

}  // namespace streampair

#endif  // STREAMPAIR_CORE_POLICY_POLICY_REQUEST_H_
