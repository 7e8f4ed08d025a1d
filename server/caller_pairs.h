#ifndef STREAMPAIR_SERVER_CALLER_PAIRS_H_
#define STREAMPAIR_SERVER_CALLER_PAIRS_H_

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "server/caller.h"
#include "server/handlers/service_state.h"
#include "server/transfer/pair_access.h"

namespace streampair {

// The pairs that one Transfer may use, by the same rules as the other RPCs. Since a Transfer may
// last longer than a token, its caller is judged again with each pair that it asks for.
class CallerPairs final : public PairAccess {
 public:
  CallerPairs(const ServiceState& state, Caller caller)
      : state_(state), caller_(std::move(caller)) {}

  Result<std::shared_ptr<StreamPair>> Find(const std::string& name) override;
  Result<std::shared_ptr<StreamPair>> Create(const v1::StreamPairSpec& spec) override;
  std::optional<Error> SetProperty(StreamPair& pair, const v1::Property& property,
                                   std::optional<uint64_t> read_offset) override;

 private:
  const ServiceState state_;
  const Caller caller_;
};

}  // namespace streampair

#endif  // STREAMPAIR_SERVER_CALLER_PAIRS_H_
