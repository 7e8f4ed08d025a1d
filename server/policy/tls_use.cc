#include "server/policy/tls_use.h"

#include "absl/strings/match.h"
#include "core/tls/tls_config.h"

namespace streampair {
namespace {

bool IsTargetsName(const PairSpec& spec, const std::string& name) {
  return absl::EqualsIgnoreCase(name, spec.host_name) ||
         (spec.target.host && absl::EqualsIgnoreCase(name, spec.target.host->name.str()));
}

bool SpeaksOldVersions(const TlsConfig& config) {
  const TlsLevel level = config.settings.level;
  if (level == TlsLevel::kSslV2 || level == TlsLevel::kSslV3 || level == TlsLevel::kTlsV1) {
    return true;
  }
  // A highest version below the floor moves the floor.
  return (config.min_version && *config.min_version < TlsVersion::k1_2) ||
         (config.max_version && *config.max_version < TlsVersion::k1_2);
}

}  // namespace

TlsUse TlsUseOf(const PairSpec& spec, const PairOptions& options) {
  TlsUse use;
  if (options.tls == nullptr || !options.tls->secures()) return use;
  const TlsConfig& config = options.tls->config();
  const TlsSettings& settings = config.settings;
  if (settings.allows_expired_certificates) use.lax |= kAllowsExpiredCertificates;
  if (settings.allows_expired_roots) use.lax |= kAllowsExpiredRoots;
  if (settings.allows_any_root) use.lax |= kAllowsAnyRoot;
  if (!settings.validates_certificate_chain) use.lax |= kSkipsChain;
  if (settings.peer_name_rule == PeerNameRule::kNone ||
      (settings.peer_name_rule == PeerNameRule::kGiven &&
       !IsTargetsName(spec, settings.peer_name))) {
    use.lax |= kOtherPeerName;
  }
  if (SpeaksOldVersions(config)) use.lax |= kOldVersions;
  if (!config.trust_roots.empty()) use.lax |= kOwnRoots;
  const bool asks_peer = !settings.is_server || config.request_client_certificate;
  use.strength = use.lax == 0 && asks_peer ? TlsStrength::kVerified : TlsStrength::kEncrypted;
  return use;
}

}  // namespace streampair
