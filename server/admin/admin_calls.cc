#include "server/admin/admin_calls.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/addr/ip_range.h"
#include "core/base/streampair_errors.h"
#include "core/pair/stream_pair.h"
#include "core/policy/host_pattern.h"
#include "server/convert/pair.h"
#include "server/convert/request_check.h"
#include "server/convert/time.h"
#include "server/handlers/page.h"

namespace streampair::admin {
namespace {

constexpr size_t kMaxReasonBytes = 256;

v1::OwnedStreamPair Owned(const StreamPair& pair, const PairSnapshot& snapshot) {
  v1::OwnedStreamPair owned;
  *owned.mutable_stream_pair() = PairToProto(pair.spec(), snapshot);
  owned.set_principal(pair.principal());
  return owned;
}

// An empty text is no condition; one that cannot be parsed is refused.
template <typename Pattern>
std::optional<Pattern> PatternOf(const std::string& text, const char* field, RequestCheck& check) {
  if (text.empty()) return std::nullopt;
  auto pattern = Pattern::Parse(text);
  if (pattern.ok()) return *std::move(pattern);
  check.Refuse(field, pattern.error());
  return std::nullopt;
}

// Which pairs are wanted. What does not change is looked at in the registry, whose lock does not
// permit more.
struct Filter {
  std::optional<PrincipalPattern> principal;
  std::optional<HostPattern> host;
  std::optional<IpRange> address;
  const google::protobuf::Map<std::string, std::string>& labels;

  bool AcceptsMadeAs(const StreamPair& pair) const {
    if (principal && !principal->Matches(pair.principal())) return false;
    if (host && !IsAskedFor(pair.spec().target)) return false;
    const auto& given = pair.spec().labels;
    return std::all_of(labels.begin(), labels.end(), [&](const auto& wanted) {
      const auto found = given.find(wanted.first);
      return found != given.end() && found->second == wanted.second;
    });
  }
  bool AcceptsState(const PairSnapshot& snapshot) const {
    return !address ||
           (snapshot.dial.remote && address->Contains(snapshot.dial.remote->address.Unmapped()));
  }

 private:
  bool IsAskedFor(const DialTarget& target) const {
    if (target.host && host->Matches(target.host->name, std::nullopt)) return true;
    return std::any_of(target.endpoints.begin(), target.endpoints.end(), [&](const Endpoint& each) {
      return host->Matches(std::nullopt, each.address);
    });
  }
};

void Note(const AdminState& state, const Caller& caller, LogLine line) {
  state.log.Write(
      LogLevel::kInfo,
      line.Add("principal", caller.principal).AddUnlessEmpty("trace_id", caller.trace_id));
}

}  // namespace

std::optional<Failure> CheckOperator(const AdminState& state, const Caller& caller) {
  const auto matches = [&](const PrincipalPattern& each) { return each.Matches(caller.principal); };
  if (state.principals.empty() ||
      std::any_of(state.principals.begin(), state.principals.end(), matches)) {
    return std::nullopt;
  }
  return Failure(PolicyDenied(absl::StrCat("\"", caller.principal, "\" is no operator here")));
}

std::optional<Failure> ListStreamPairs(const AdminState& state, const Caller&,
                                       const v1::ListStreamPairsRequest& request,
                                       v1::ListStreamPairsResponse& response) {
  RequestCheck check;
  const Page page = Page::Read(request.page_size(), request.page_token(), check);
  const Filter filter{PatternOf<PrincipalPattern>(request.principal(), "principal", check),
                      PatternOf<HostPattern>(request.host(), "host", check),
                      PatternOf<IpRange>(request.address(), "address", check), request.labels()};
  if (auto failure = check.Verdict()) return failure;

  uint64_t after = page.after;
  size_t left = page.size;
  size_t bytes = 0;
  while (left > 0 && bytes < Page::kMaxBytes) {
    std::vector<std::shared_ptr<StreamPair>> pairs;
    after = state.pairs.ListAll(
        after, std::min(left, Page::kChunk),
        [&](const StreamPair& pair) { return filter.AcceptsMadeAs(pair); }, &pairs);
    for (const auto& pair : pairs) {
      const PairSnapshot snapshot = pair->Snapshot();
      if (!filter.AcceptsState(snapshot)) continue;
      v1::OwnedStreamPair& shown = *response.add_stream_pairs();
      shown = Owned(*pair, snapshot);
      bytes += shown.ByteSizeLong();
      --left;
    }
    if (after == 0) return std::nullopt;  // That was all.
  }
  response.set_next_page_token(Page::TokenOf(after));
  return std::nullopt;
}

std::optional<Failure> CloseStreamPair(const AdminState& state, const Caller& caller,
                                       const v1::CloseStreamPairRequest& request,
                                       v1::CloseStreamPairResponse& response) {
  RequestCheck check;
  if (request.name().empty()) check.Refuse("name", "must be given");
  if (request.reason().size() > kMaxReasonBytes) {
    check.Refuse("reason", absl::StrCat("must be at most ", kMaxReasonBytes, " bytes, is ",
                                        request.reason().size()));
  }
  if (auto failure = check.Verdict()) return failure;
  const auto pair = state.pairs.FindAny(request.name());
  if (!pair.ok()) return Failure(pair.error());
  *response.mutable_stream_pair() = Owned(**pair, (*pair)->Snapshot());
  (*pair)->Release(/*reset=*/true, PolicyDenied(absl::StrCat("an operator closed the pair",
                                                             request.reason().empty() ? "" : ": ",
                                                             request.reason())));
  Note(state, caller,
       LogLine("admin_call")
           .Add("method", "CloseStreamPair")
           .Add("pair", request.name())
           .Add("owner", (*pair)->principal())
           .AddUnlessEmpty("reason", request.reason()));
  return std::nullopt;
}

std::optional<Failure> GetPolicy(const AdminState& state, const Caller&,
                                 const v1::GetPolicyRequest&, v1::GetPolicyResponse& response) {
  const RunningConfig::Current current = state.config.Get();
  if (current.config == nullptr) return Failure(WrongState("the server has no policy"));
  *response.mutable_policy() = current.config->policy();
  response.set_generation(current.generation);
  *response.mutable_load_time() = TimeToProto(current.loaded);
  response.set_file(state.config_file);
  return std::nullopt;
}

std::optional<Failure> ReloadConfig(const AdminState& state, const Caller& caller,
                                    const v1::ReloadConfigRequest&,
                                    v1::ReloadConfigResponse& response) {
  Note(state, caller, LogLine("admin_call").Add("method", "ReloadConfig"));
  const ReloadOutcome outcome = state.reload();
  response.set_loaded(outcome.loaded);
  response.set_generation(outcome.generation);
  response.mutable_complaints()->Assign(outcome.complaints.begin(), outcome.complaints.end());
  return std::nullopt;
}

}  // namespace streampair::admin
