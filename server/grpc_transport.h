#ifndef STREAMPAIR_SERVER_GRPC_TRANSPORT_H_
#define STREAMPAIR_SERVER_GRPC_TRANSPORT_H_

#include <cstddef>
#include <string>

#include "grpcpp/server_builder.h"

namespace streampair {

// What other gRPC stacks expect of a server, and what keeps it safe; for each of ours.
// `memory_quota`: what gRPC may buffer for all calls together.
void SetTransport(size_t memory_quota, grpc::ServerBuilder& builder);

// What an address to listen on became: port 0 is replaced.
std::string BoundAddress(const std::string& address, int port);

}  // namespace streampair

#endif  // STREAMPAIR_SERVER_GRPC_TRANSPORT_H_
