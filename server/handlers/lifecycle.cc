#include "server/handlers/lifecycle.h"

#include <memory>

#include "core/base/streampair_errors.h"
#include "core/pair/stream_pair.h"
#include "server/convert/half.h"
#include "server/convert/pair.h"
#include "server/convert/request_check.h"
#include "server/handlers/find_pair.h"

namespace streampair {

std::optional<Failure> GetStreamPair(const ServiceState& state, const Caller& caller,
                                     const v1::GetStreamPairRequest& request,
                                     v1::GetStreamPairResponse& response) {
  std::shared_ptr<StreamPair> pair;
  if (auto failure = FindPair(state, caller, request.name(), pair)) return failure;
  *response.mutable_stream_pair() = PairToProto(pair->spec(), pair->Snapshot());
  return std::nullopt;
}

std::optional<Failure> CloseStream(const ServiceState& state, const Caller& caller,
                                   const v1::CloseStreamRequest& request,
                                   v1::CloseStreamResponse& response) {
  std::shared_ptr<StreamPair> pair;
  if (auto failure = FindPair(state, caller, request.name(), pair)) return failure;
  RequestCheck check;
  const auto halves = HalvesFromProto(request.half(), "half", pair->spec().halves, check);
  if (!halves) return check.Verdict();
  if (!Contains(pair->spec().halves, *halves)) {
    return Failure(WrongState("the pair was made without that half"));
  }
  pair->Close(*halves);
  *response.mutable_stream_pair() = PairToProto(pair->spec(), pair->Snapshot());
  return std::nullopt;
}

std::optional<Failure> DeleteStreamPair(const ServiceState& state, const Caller& caller,
                                        const v1::DeleteStreamPairRequest& request,
                                        v1::DeleteStreamPairResponse&) {
  std::shared_ptr<StreamPair> pair;
  if (auto failure = FindPair(state, caller, request.name(), pair)) return failure;
  pair->Release(/*reset=*/false, PairReleased("the pair was deleted by its owner"));
  return std::nullopt;
}

}  // namespace streampair
