#ifndef STREAMPAIR_CORE_QUOTA_QUOTA_LIMITS_H_
#define STREAMPAIR_CORE_QUOTA_QUOTA_LIMITS_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "absl/time/time.h"

namespace streampair {

// What can be refused for want of quota. (Bytes a second are not refused but waited for.)
enum class QuotaKind : uint8_t {
  kPairs,          // That exist.
  kOpenRate,       // Pairs that begin to be opened, by second.
  kPendingDials,   // Pairs that are being opened.
  kTotalBytes,     // Both directions together, by period.
  kParkedSockets,  // Sockets that are kept without a pair.
};
inline constexpr size_t kQuotaKinds = 5;

// "pairs", "open_rate", "pending_dials", "total_bytes", "parked_sockets": stable words for metrics.
const char* QuotaKindName(QuotaKind kind);

// What one caller, or all together, may use. Nothing: as much as they like.
struct QuotaLimits {
  std::optional<uint64_t> pairs = std::nullopt;
  std::optional<uint64_t> opens_per_second = std::nullopt;
  uint64_t open_burst = 0;  // At once; 0: as many as in a second.
  std::optional<uint64_t> pending_dials = std::nullopt;
  std::optional<uint64_t> bytes_per_second = std::nullopt;  // At least 1.
  std::optional<uint64_t> total_bytes = std::nullopt;
  absl::Duration total_bytes_period = absl::Hours(24);
  std::optional<uint64_t> parked_sockets = std::nullopt;
};

// The limits of everybody.
struct QuotaRules {
  QuotaLimits global = {};  // All callers together.
  // Each caller by itself. Null: none has any.
  std::function<QuotaLimits(const std::string& principal)> of_principal = nullptr;
};

}  // namespace streampair

#endif  // STREAMPAIR_CORE_QUOTA_QUOTA_LIMITS_H_
