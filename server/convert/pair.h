#ifndef STREAMPAIR_SERVER_CONVERT_PAIR_H_
#define STREAMPAIR_SERVER_CONVERT_PAIR_H_

#include "core/pair/pair_snapshot.h"
#include "core/pair/pair_spec.h"
#include "streampair/v1/stream_pair.pb.h"

namespace streampair {

// The pair as its owner sees it. Moments that have not come are absent.
v1::StreamPair PairToProto(const PairSpec& spec, const PairSnapshot& snapshot);

// What a pair of `spec` would look like: for validate_only. It has no name and no times.
v1::StreamPair PairToProto(const PairSpec& spec);

}  // namespace streampair

#endif  // STREAMPAIR_SERVER_CONVERT_PAIR_H_
