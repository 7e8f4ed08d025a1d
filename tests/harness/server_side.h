#ifndef STREAMPAIR_TESTS_HARNESS_SERVER_SIDE_H_
#define STREAMPAIR_TESTS_HARNESS_SERVER_SIDE_H_

#include <string>

#include "streampair/v1/stream_pair_service.grpc.pb.h"
#include "tests/harness/tcp_target.h"

namespace streampair::testing {

enum class RelayEnd {
  kBoth,  // Both directions have ended.
  kLeft   // The left side has nothing more to say, and so is gone.
};

// Carries bytes between two sockets both ways, until that end, or until one is broken.
void Relay(int left, int right, RelayEnd end);

// streampaird as a TLS server that programs can connect to: for each connection to its port a pair
// with is_server is made, which dials the other end of that connection. The pair's client reads
// all, and says nothing.
class ServerSide {
 public:
  // `context` has is_server and an identity. `stub` must outlive this.
  ServerSide(v1::StreamPairService::Stub& stub, v1::SslContext context);

  int port() const { return front_.port(); }
  std::string address() const { return front_.address(); }

 private:
  void Serve(TargetConnection& front);

  v1::StreamPairService::Stub& stub_;
  const v1::SslContext context_;
  TcpTarget front_;
};

}  // namespace streampair::testing

#endif  // STREAMPAIR_TESTS_HARNESS_SERVER_SIDE_H_
