#ifndef STREAMPAIR_SERVER_TESTING_RUNNING_SERVER_H_
#define STREAMPAIR_SERVER_TESTING_RUNNING_SERVER_H_

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "core/addr/endpoint.h"
#include "core/base/clock.h"
#include "core/base/streampair_errors.h"
#include "google/rpc/error_details.pb.h"
#include "grpcpp/grpcpp.h"
#include "server/server.h"
#include "streampair/v1/stream_pair_service.grpc.pb.h"

namespace streampair {

// A server in the test's process, on a free port of 127.0.0.1 and on a unix socket.
class RunningServer {
 public:
  explicit RunningServer(ServerOptions options = {});
  ~RunningServer();

  // Whoever comes by TCP is "anonymous"; by the unix socket "unix".
  v1::StreamPairService::Stub& stub() { return *stub_; }
  v1::StreamPairService::Stub& unix_stub() { return *unix_stub_; }
  const std::shared_ptr<grpc::Channel>& channel() const { return channel_; }

  Server& server() { return *server_; }

  // The lines of the log so far that contain `text`.
  std::vector<std::string> LogLines(const std::string& text);

  // A pair to `target`; fails the test if it cannot be made.
  v1::StreamPair MustCreate(const v1::StreamPairSpec& spec);
  v1::StreamPair MustCreate(const Endpoint& target);
  v1::StreamPair MustGet(const std::string& name);
  grpc::Status Open(const std::string& name, v1::Half half = v1::HALF_UNSPECIFIED);

  // The status of a Get; OK while the pair exists.
  grpc::StatusCode GetCode(const std::string& name);

 private:
  SystemClock clock_;
  absl::Mutex mu_;
  std::vector<std::string> lines_ ABSL_GUARDED_BY(mu_);
  Log log_;
  std::unique_ptr<Server> server_;
  std::shared_ptr<grpc::Channel> channel_;
  std::unique_ptr<v1::StreamPairService::Stub> stub_;
  std::unique_ptr<v1::StreamPairService::Stub> unix_stub_;
};

v1::StreamPairSpec SpecTo(const Endpoint& target);

// What stands in a status' details.
v1::StreamError StreamErrorOf(const grpc::Status& status);
google::rpc::BadRequest BadRequestOf(const grpc::Status& status);

// Whether `status` carries that code of our own domain; for EXPECT_TRUE.
bool Says(const grpc::Status& status, StreampairCode code);

// Asks until `condition` holds; false after ten seconds.
bool Eventually(const std::function<bool()>& condition);

}  // namespace streampair

#endif  // STREAMPAIR_SERVER_TESTING_RUNNING_SERVER_H_
