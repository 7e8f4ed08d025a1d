#ifndef STREAMPAIR_BENCHMARKS_LOAD_LOAD_H_
#define STREAMPAIR_BENCHMARKS_LOAD_LOAD_H_

#include <memory>
#include <string>

#include "benchmarks/load/meter.h"
#include "benchmarks/load/work.h"

namespace streampair::bench {

// Something that carries connections to a target and works on them until the process ends. Each is
// started once, reports to its meter, and never stops by itself.
class Load {
 public:
  virtual ~Load() = default;
  virtual void Start(const Plan& plan, Meter& meter) = 0;
};

// Plain TCP: to the target itself, or to a proxy that forwards there.
std::unique_ptr<Load> MakeTcpLoad(const std::string& address);
// Through a SOCKS5 proxy without authentication.
std::unique_ptr<Load> MakeSocksLoad(const std::string& proxy);
// Through streampaird: all connections as channels of one RPC, or each as an RPC of its own.
std::unique_ptr<Load> MakeChannelLoad(const std::string& server);
std::unique_ptr<Load> MakeRpcLoad(const std::string& server);
// To grpc_peer: byte streams of raw gRPC, the ceiling of everything that is built upon it.
std::unique_ptr<Load> MakeGrpcLoad(const std::string& server);

}  // namespace streampair::bench

#endif  // STREAMPAIR_BENCHMARKS_LOAD_LOAD_H_
