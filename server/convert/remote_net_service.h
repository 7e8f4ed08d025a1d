#ifndef STREAMPAIR_SERVER_CONVERT_REMOTE_NET_SERVICE_H_
#define STREAMPAIR_SERVER_CONVERT_REMOTE_NET_SERVICE_H_

#include "core/pair/pair_snapshot.h"
#include "core/pair/pair_spec.h"
#include "streampair/v1/property.pb.h"

namespace streampair {

// The service as far as it is resolved now: of several hosts the one that is connected to, or that
// was tried last. Requires: the pair leads to a service.
v1::RemoteNetService RemoteNetServiceToProto(const PairSpec& spec, const PairSnapshot& snapshot);

}  // namespace streampair

#endif  // STREAMPAIR_SERVER_CONVERT_REMOTE_NET_SERVICE_H_
