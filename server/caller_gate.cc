#include "server/caller_gate.h"

#include <string>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "core/base/streampair_errors.h"
#include "server/principal.h"

namespace streampair {
namespace {

constexpr char kMissing[] = "the call carries no token (authorization: Bearer ...)";

}  // namespace

CallerGate::CallerGate(const Clock& clock, Log& log, bool tcp_is_secured)
    : clock_(clock), log_(log), tcp_is_secured_(tcp_is_secured) {}

void CallerGate::Set(std::shared_ptr<const KnownCallers> known) {
  absl::MutexLock lock(&mu_);
  current_.known = std::move(known);
  ++current_.generation;
}

CallerGate::Current CallerGate::Get() const {
  absl::ReaderMutexLock lock(&mu_);
  return current_;
}

Result<Caller> CallerGate::Admit(const grpc::ServerContextBase& context) const {
  Result<Caller> caller = Judge(context);
  if (!caller.ok()) {
    log_.Write(LogLevel::kInfo,
               LogLine("caller_refused").Add("peer", context.peer()).AddError(caller.error()));
  }
  return caller;
}

Result<Caller> CallerGate::Judge(const grpc::ServerContextBase& context) const {
  Caller caller = CallerOf(context);
  const Current current = Get();
  caller.generation = current.generation;
  if (current.known == nullptr) return caller;

  const auto headers = context.client_metadata().equal_range("authorization");
  if (headers.first == headers.second) {
    if (caller.principal == kAnonymous) return Unauthenticated(kMissing);
    return caller;
  }
  if (std::next(headers.first) != headers.second) {
    return Unauthenticated("the call carries more than one authorization");
  }
  if (!tcp_is_secured_ && !IsLocalPeer(context.peer())) {
    return Unauthenticated(
        "tokens are not taken in clear from another machine: whoever reads along has them");
  }
  const grpc::string_ref& header = headers.first->second;
  const auto token = BearerTokenOf({header.data(), header.size()});
  if (!token.ok()) return token.error();
  auto known = current.known->Identify(*token, clock_.WallNow());
  if (!known.ok()) return known.error();
  caller.principal = std::move(known->principal);
  caller.until = known->until;
  caller.token = std::make_shared<const std::string>(*token);
  return caller;
}

std::optional<Error> CallerGate::Recheck(const Caller& caller) const {
  const Current current = Get();
  const absl::Time now = clock_.WallNow();
  if (caller.generation == current.generation && now < caller.until) return std::nullopt;
  if (current.known == nullptr) return std::nullopt;  // Nobody is asked for one any more.
  if (caller.token == nullptr) {
    if (caller.principal == kAnonymous) return Unauthenticated(kMissing);
    return std::nullopt;
  }
  const auto known = current.known->Identify(*caller.token, now);
  if (!known.ok()) return known.error();
  if (known->principal == caller.principal) return std::nullopt;
  return Unauthenticated("the token is another caller's by now");
}

bool IsLocalPeer(absl::string_view peer) {
  for (const absl::string_view local : {"unix:", "ipv4:127.", "ipv6:[::1]:", "ipv6:%5B::1%5D:"}) {
    if (absl::StartsWith(peer, local)) return true;
  }
  return false;
}

}  // namespace streampair
