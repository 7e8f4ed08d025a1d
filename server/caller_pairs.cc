#include "server/caller_pairs.h"

#include "server/convert/spec.h"
#include "server/handlers/create.h"
#include "server/handlers/find_pair.h"
#include "server/handlers/properties.h"

namespace streampair {

Result<std::shared_ptr<StreamPair>> CallerPairs::Find(const std::string& name) {
  if (auto error = state_.gate.Recheck(caller_)) return *std::move(error);
  std::shared_ptr<StreamPair> pair;
  if (auto failure = FindPair(state_, caller_, name, pair)) return failure->error;
  return pair;
}

Result<std::shared_ptr<StreamPair>> CallerPairs::Create(const v1::StreamPairSpec& proto) {
  if (auto error = state_.gate.Recheck(caller_)) return *std::move(error);
  PairSpec spec;
  if (auto failure =
          SpecFromProto(proto, "attach.create", state_.rules, MadeBy::kAttachFrame, spec)) {
    return failure->error;
  }
  return MakePair(state_, caller_, std::move(spec));
}

std::optional<Error> CallerPairs::SetProperty(StreamPair& pair, const v1::Property& property,
                                              std::optional<uint64_t> read_offset) {
  if (auto failure = SetPropertyOf(state_, pair, property, "set_property.property", read_offset)) {
    return failure->error;
  }
  return std::nullopt;
}

}  // namespace streampair
