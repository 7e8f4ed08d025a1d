#include "server/end_kind.h"

#include <cerrno>

#include "core/base/streampair_errors.h"

namespace streampair {
namespace {

bool IsOver(HalfStatus status) {
  return status == HalfStatus::kAbsent || status == HalfStatus::kAtEnd;
}

bool IsFinished(const PairSnapshot& snapshot) {
  return IsOver(snapshot.read_status) && IsOver(snapshot.write_status);
}

}  // namespace

absl::string_view EndKind(const PairSnapshot& snapshot, const std::optional<Error>& why) {
  if (snapshot.parks) return "parked";
  if (!why) return IsFinished(snapshot) ? "fin" : "closed";
  const bool was_cut =
      why->stage() == Stage::kStream && why->reason() == Reason::kConnectionTerminated;
  if (why->id().domain == ErrorDomain::kPosix) return was_cut ? "rst" : "error";
  if (why->id().domain == ErrorDomain::kSsl) return was_cut ? "truncated" : "error";
  if (why->id().domain != ErrorDomain::kStreampair) return "error";
  switch (static_cast<StreampairCode>(why->id().code)) {
    case StreampairCode::kPairReleased:
      return "deleted";
    case StreampairCode::kClientGone:
    case StreampairCode::kResetByClient:
      return "abandoned";
    case StreampairCode::kHoldExpired:
      return "idle";
    case StreampairCode::kDraining:
      return "drain";
    case StreampairCode::kPolicyDenied:
      return "policy";
    case StreampairCode::kQuota:
      return "quota";
    default:
      return "error";
  }
}

absl::string_view ClosedBy(const PairSnapshot& snapshot, const std::optional<Error>& why) {
  if (snapshot.parks) return "client";
  if (!why) return IsFinished(snapshot) ? "both" : "client";
  const absl::string_view kind = EndKind(snapshot, why);
  if (kind == "deleted" || kind == "abandoned") return "client";
  if (kind == "drain" || kind == "policy") return "operator";
  switch (why->stage()) {
    case Stage::kRequest:
      return "client";
    case Stage::kPolicy:
      return "operator";
    case Stage::kProxy:
      return "proxy";
    case Stage::kResolve:
    case Stage::kConnect:
    case Stage::kTls:
      // Whose open is cut short is told (POSIX, ECANCELED).
      return why->id() == ErrorId{ErrorDomain::kPosix, 0, ECANCELED} ? "client" : "target";
    case Stage::kStream:
      return kind == "idle" ? "server" : "target";
    case Stage::kCapacity:
    case Stage::kInternal:
      break;
  }
  return "server";
}

}  // namespace streampair
