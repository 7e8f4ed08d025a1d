#include "clients/cpp/carrier_pool.h"

#include <utility>

namespace streampair::client {

CarrierPool::CarrierPool(Client& client, size_t carriers, CarrierOptions options)
    : client_(client), options_(std::move(options)), carriers_(carriers) {}

Stream CarrierPool::Open(v1::StreamPairSpec spec, const StreamOptions& options) {
  absl::MutexLock lock(&mu_);
  std::optional<Carrier>& carrier = carriers_[next_++ % carriers_.size()];
  if (!carrier || !carrier->usable()) carrier.emplace(client_.MakeCarrier(options_));
  return carrier->Open(std::move(spec), options);
}

}  // namespace streampair::client
