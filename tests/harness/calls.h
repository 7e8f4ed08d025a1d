#ifndef STREAMPAIR_TESTS_HARNESS_CALLS_H_
#define STREAMPAIR_TESTS_HARNESS_CALLS_H_

#include <grpcpp/grpcpp.h>

#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "streampair/v1/stream_pair_service.grpc.pb.h"
#include "tests/harness/mailbox.h"
#include "tests/harness/wait.h"

namespace streampair::testing {

// What an RPC that answers with a pair came to.
struct PairAnswer {
  grpc::Status status;
  v1::StreamPair pair;
};

// The short RPCs, each with a deadline so that no test waits for ever.
class Calls {
 public:
  explicit Calls(v1::StreamPairService::Stub& stub) : stub_(stub) {}

  PairAnswer Create(const v1::StreamPairSpec& spec, const std::string& request_id = "",
                    bool validate_only = false);
  PairAnswer Get(const std::string& name);
  PairAnswer Open(const std::string& name, v1::Half half = v1::HALF_UNSPECIFIED,
                  v1::OpenWait wait = v1::OPEN_WAIT_UNSPECIFIED,
                  absl::Duration deadline = kPatience);
  PairAnswer Close(const std::string& name, v1::Half half = v1::HALF_UNSPECIFIED);
  grpc::Status Delete(const std::string& name);
  grpc::Status SetProperty(const std::string& name, const v1::Property& property);

  // The name of a new pair; a test failure if there is none.
  std::string MakePair(const v1::StreamPairSpec& spec);

  // All that Read gives until the RPC ends.
  struct ReadAnswer {
    grpc::Status status;
    std::string data;
  };
  ReadAnswer Read(const std::string& name, int32_t max_payload_size = 0);

  // Writes the payloads in messages of their own.
  struct WriteAnswer {
    grpc::Status status;
    uint64_t bytes_written = 0;
  };
  WriteAnswer Write(const std::string& name, const std::vector<std::string>& payloads, bool finish);

 private:
  v1::StreamPairService::Stub& stub_;
};

// A WatchStreamPair RPC that runs until the pair is released or the object goes.
class Watcher {
 public:
  Watcher(v1::StreamPairService::Stub& stub, const std::string& name,
          std::vector<v1::StreamEventType> types = {});
  ~Watcher();
  Watcher(const Watcher&) = delete;
  Watcher& operator=(const Watcher&) = delete;

  // The next event; a test failure if none comes.
  v1::StreamEvent Next();
  // Skips events until one of that type.
  v1::StreamEvent Await(v1::StreamEventType type);
  // How the RPC ended.
  std::optional<grpc::Status> Status() { return status_.Take(); }

 private:
  grpc::ClientContext context_;
  std::unique_ptr<grpc::ClientReader<v1::WatchStreamPairResponse>> reader_;
  Mailbox<v1::StreamEvent> events_;
  Mailbox<grpc::Status> status_;
  std::thread thread_;
};

}  // namespace streampair::testing

#endif  // STREAMPAIR_TESTS_HARNESS_CALLS_H_
