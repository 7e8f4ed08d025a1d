#ifndef STREAMPAIR_CLIENTS_CPP_CARRIER_POOL_H_
#define STREAMPAIR_CLIENTS_CPP_CARRIER_POOL_H_

#include <cstddef>
#include <optional>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "clients/cpp/carrier.h"
#include "clients/cpp/client.h"
#include "streampair/v1/stream_pair.pb.h"

namespace streampair::client {

// A few carriers for any number of streams, for programs that live longer than a server does. A
// carrier that broke, or whose server is going down, gets no new streams and is replaced when one
// is asked for; its streams live or end as theirs do. gRPC connects again by itself, with growing
// pauses, and while it cannot new streams fail at once. Thread-safe.
class CarrierPool {
 public:
  // `client` must outlive this. Requires: `carriers` > 0. Carriers are begun as streams need them.
  CarrierPool(Client& client, size_t carriers, CarrierOptions options = {});
  CarrierPool(const CarrierPool&) = delete;
  CarrierPool& operator=(const CarrierPool&) = delete;

  // Makes a pair, opens it and attaches to it, on the carriers in turn. Does not wait; a stream
  // that cannot be opened says so in its calls.
  Stream Open(v1::StreamPairSpec spec, const StreamOptions& options = {});

 private:
  Client& client_;
  const CarrierOptions options_;

  absl::Mutex mu_;
  std::vector<std::optional<Carrier>> carriers_ ABSL_GUARDED_BY(mu_);
  size_t next_ ABSL_GUARDED_BY(mu_) = 0;
};

}  // namespace streampair::client

#endif  // STREAMPAIR_CLIENTS_CPP_CARRIER_POOL_H_
