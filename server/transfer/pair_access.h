#ifndef STREAMPAIR_SERVER_TRANSFER_PAIR_ACCESS_H_
#define STREAMPAIR_SERVER_TRANSFER_PAIR_ACCESS_H_

#include <memory>
#include <optional>
#include <string>

#include "core/base/error.h"
#include "core/base/result.h"
#include "core/pair/stream_pair.h"
#include "streampair/v1/property.pb.h"
#include "streampair/v1/stream_pair.pb.h"

namespace streampair {

// The pairs that the caller of one RPC may use. Thread-safe.
class PairAccess {
 public:
  virtual ~PairAccess() = default;

  virtual Result<std::shared_ptr<StreamPair>> Find(const std::string& name) = 0;

  // A new pair for an attach frame: without a hold time of its own it lives as long as its channel.
  virtual Result<std::shared_ptr<StreamPair>> Create(const v1::StreamPairSpec& spec) = 0;

  // Sets a property of a pair; the error says why it was refused. `read_offset` as in
  // StreamPair::SetTls.
  virtual std::optional<Error> SetProperty(StreamPair& pair, const v1::Property& property,
                                           std::optional<uint64_t> read_offset) = 0;
};

}  // namespace streampair

#endif  // STREAMPAIR_SERVER_TRANSFER_PAIR_ACCESS_H_
