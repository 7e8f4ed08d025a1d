#ifndef STREAMPAIR_SERVER_CONVERT_REMOTE_HOST_H_
#define STREAMPAIR_SERVER_CONVERT_REMOTE_HOST_H_

#include "core/pair/pair_snapshot.h"
#include "core/pair/pair_spec.h"
#include "streampair/v1/property.pb.h"

namespace streampair {

// The target as far as it is resolved now: the names and addresses that the caller gave, and what
// the lookup added.
v1::RemoteHost RemoteHostToProto(const PairSpec& spec, const PairSnapshot& snapshot);

}  // namespace streampair

#endif  // STREAMPAIR_SERVER_CONVERT_REMOTE_HOST_H_
