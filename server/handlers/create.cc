#include "server/handlers/create.h"

#include <string>
#include <utility>

#include "absl/hash/hash.h"
#include "absl/strings/str_cat.h"
#include "core/base/streampair_errors.h"
#include "google/protobuf/io/coded_stream.h"
#include "google/protobuf/io/zero_copy_stream_impl_lite.h"
#include "server/convert/pair.h"
#include "server/convert/request_check.h"

namespace streampair {
namespace {

constexpr size_t kMaxRequestIdBytes = 36;

// Equal for equal specs within one run of the server.
uint64_t Fingerprint(const v1::StreamPairSpec& spec) {
  std::string bytes;
  {
    google::protobuf::io::StringOutputStream stream(&bytes);
    google::protobuf::io::CodedOutputStream coded(&stream);
    coded.SetSerializationDeterministic(true);
    spec.SerializeToCodedStream(&coded);
  }
  return absl::HashOf(bytes);
}

// Names the request_id as the field at fault.
std::optional<Failure> RefuseRequestId(const Error& error) {
  RequestCheck check;
  check.Refuse("request_id", error);
  return check.Verdict();
}

// The pair of a creation that may have been asked for before.
std::optional<Failure> MakeOnce(const ServiceState& state, const Caller& caller,
                                const v1::CreateStreamPairRequest& request, PairSpec spec,
                                std::shared_ptr<StreamPair>& pair) {
  const std::string& id = request.request_id();
  const auto make = [&]() -> Result<std::string> {
    auto made = MakePair(state, caller, std::move(spec), id);
    if (!made.ok()) return made.error();
    pair = *std::move(made);
    return pair->name();
  };
  const Result<std::string> name =
      state.request_ids.Once(caller.principal, id, Fingerprint(request.spec()), make);
  if (!name.ok()) {
    return name.error().stage() == Stage::kRequest ? RefuseRequestId(name.error())
                                                   : Failure(name.error());
  }
  if (pair != nullptr) return std::nullopt;
  auto found = state.pairs.Find(caller.principal, *name);
  if (!found.ok()) return Failure(PairNotFound("the pair that this request_id made has ended"));
  pair = *std::move(found);
  return std::nullopt;
}

}  // namespace

Result<std::shared_ptr<StreamPair>> MakePair(const ServiceState& state, const Caller& caller,
                                             PairSpec spec, const std::string& request_id) {
  const std::optional<bool> closes_socket = spec.options.closes_socket;
  auto pair = state.pairs.Create(caller.principal, std::move(spec));
  if (pair.ok()) {
    // Takes the place that its socket will be parked at.
    if (auto refused = (*pair)->SetClosesSocket(closes_socket)) {
      (*pair)->Release(/*reset=*/false, *refused);
      pair = *std::move(refused);
    }
  }
  if (pair.ok()) {
    state.pair_log.Follow(*pair, caller);
    if (state.record != nullptr) state.record->Follow(*pair, caller, request_id);
  }
  if (state.metrics != nullptr) {
    pair.ok() ? state.metrics->pairs().Follow(*pair)
              : state.metrics->pairs().CountRefused(pair.error());
  }
  return pair;
}

std::optional<Failure> CreateStreamPair(const ServiceState& state, const Caller& caller,
                                        const v1::CreateStreamPairRequest& request,
                                        v1::CreateStreamPairResponse& response) {
  const std::string& id = request.request_id();
  if (id.size() > kMaxRequestIdBytes) {
    return RefuseRequestId(InvalidRequest(
        absl::StrCat("must be at most ", kMaxRequestIdBytes, " bytes, is ", id.size())));
  }
  PairSpec spec;
  if (auto failure =
          SpecFromProto(request.spec(), "spec", state.rules, MadeBy::kCreateCall, spec)) {
    return failure;
  }
  if (request.validate_only()) {
    if (auto refused = state.judge.JudgeSpec(caller.principal, spec)) {
      return Failure(*std::move(refused));
    }
    *response.mutable_stream_pair() = PairToProto(spec);
    return std::nullopt;
  }
  std::shared_ptr<StreamPair> pair;
  if (!id.empty()) {
    if (auto failure = MakeOnce(state, caller, request, std::move(spec), pair)) return failure;
  } else {
    auto made = MakePair(state, caller, std::move(spec));
    if (!made.ok()) return Failure(made.error());
    pair = *std::move(made);
  }
  *response.mutable_stream_pair() = PairToProto(pair->spec(), pair->Snapshot());
  return std::nullopt;
}

}  // namespace streampair
