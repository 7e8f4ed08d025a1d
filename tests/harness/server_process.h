#ifndef STREAMPAIR_TESTS_HARNESS_SERVER_PROCESS_H_
#define STREAMPAIR_TESTS_HARNESS_SERVER_PROCESS_H_

#include <grpcpp/channel.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "streampair/v1/stream_pair_service.grpc.pb.h"
#include "tests/harness/child_process.h"
#include "tests/harness/proc_stats.h"
#include "tests/harness/scratch_dir.h"

namespace streampair::testing {

using Stub = v1::StreamPairService::Stub;

// The real streampaird on a port of its own. Made means ready. Goes with the object; a server that
// is not stopped before is stopped then, and must end well.
class ServerProcess {
 public:
  // `flags`: what comes after "--listen=... --ready-file=... --grace=100ms", for instance
  // "--window=65536".
  explicit ServerProcess(std::vector<std::string> flags = {});
  ~ServerProcess();
  ServerProcess(const ServerProcess&) = delete;
  ServerProcess& operator=(const ServerProcess&) = delete;

  // Where it listens: "127.0.0.1:PORT", and a Unix socket in gRPC's notation, whose callers are
  // another principal.
  const std::string& address() const { return address_; }
  std::string unix_address() const;
  int port() const;

  // Where operators are served over TCP ("admin" of the ready file); "" if nowhere.
  std::string admin_address() const;

  // Where its metrics are; empty without --metrics.
  std::string metrics_address() const;

  // A stub on a connection that all users of this share.
  Stub& stub() { return *stub_; }
  const std::shared_ptr<grpc::Channel>& channel() const { return channel_; }

  ProcStats Stats() const { return ReadProcStats(process_->pid()); }

  // How many pairs the callers of this address have.
  int Pairs();

  // SIGTERM, then the exit code; nothing if it does not end.
  std::optional<int> Stop(absl::Duration patience = kPatience);
  ChildProcess& process() { return *process_; }

 private:
  ScratchDir scratch_;
  std::unique_ptr<ChildProcess> process_;
  std::string address_;
  std::shared_ptr<grpc::Channel> channel_;
  std::unique_ptr<Stub> stub_;
};

// A connection that nobody else shares: gRPC would otherwise put channels to one address onto one
// connection.
std::shared_ptr<grpc::Channel> Connect(const std::string& address);

// Where the built program of that label ("server/streampaird") is.
std::string ProgramPath(const std::string& path);

}  // namespace streampair::testing

#endif  // STREAMPAIR_TESTS_HARNESS_SERVER_PROCESS_H_
