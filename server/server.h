#ifndef STREAMPAIR_SERVER_SERVER_H_
#define STREAMPAIR_SERVER_SERVER_H_

#include <atomic>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "core/base/clock.h"
#include "core/base/result.h"
#include "core/dial/dial_policy.h"
#include "core/loop/loop_group.h"
#include "core/pair/pair_name.h"
#include "core/pair/pair_registry.h"
#include "core/pair/parked_sockets.h"
#include "core/quota/quota_book.h"
#include "grpcpp/server.h"
#include "grpcpp/server_builder.h"
#include "server/admin/admin_listener.h"
#include "server/admin/admin_state.h"
#include "server/caller_gate.h"
#include "server/calls/call_queues.h"
#include "server/config/config_complaints.h"
#include "server/config/running_config.h"
#include "server/health.h"
#include "server/log.h"
#include "server/loop_station.h"
#include "server/metrics/server_metrics.h"
#include "server/options.h"
#include "server/pair_log.h"
#include "server/policy/decision_book.h"
#include "server/policy/pair_judge.h"
#include "server/policy/policy_store.h"
#include "server/record/pair_record.h"
#include "server/record/record_writer.h"
#include "server/request_ids.h"
#include "server/stream_pair_service.h"
#include "server/transfer/transfer_calls.h"

namespace streampair {

// All of streampaird but the process: the graph of objects, built once, and its end.
//
//   Result<std::unique_ptr<Server>> server = Server::Start(options, log);
//   ...
//   (*server)->BeginDrain(grace);   // No new pairs; those that live go on.
//   (*server)->Stop(wait);          // Those that are left end with (STREAMPAIR, DRAINING).
class Server {
 public:
  // Listens and serves. `log` must outlive the server. Fails when an option makes no sense, an
  // address cannot be listened on, or the system refuses.
  static Result<std::unique_ptr<Server>> Start(const ServerOptions& options, Log& log);

  ~Server();  // Stops at once.
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  // Where it listens, with the real ports: "127.0.0.1:43211", "unix:/run/x".
  const std::vector<std::string>& addresses() const { return addresses_; }
  // Likewise for operators; empty if they have no listener.
  std::vector<std::string> admin_addresses() const;

  // Where metrics are; empty: nowhere.
  const std::string& metrics_address() const { return metrics_address_; }

  // The health service says NOT_SERVING, new pairs are refused, and every Transfer is told how long
  // it has.
  void BeginDrain(absl::Duration grace);

  // Reads the configuration file again. Live pairs that it leaves denied are dealt with as its
  // rules say. What is wrong with it comes back and is in the log (config_rejected), and all stays
  // as it was. Thread-safe; one at a time.
  ReloadOutcome Reload();

  // How many pairs live.
  size_t pairs() const { return registry_->size(); }

  // Releases all pairs, gives RPCs `wait` to end by themselves and then ends them. Waits for that.
  // Once is enough.
  void Stop(absl::Duration wait);

 private:
  explicit Server(const ServerOptions& options, Log& log);
  std::optional<Error> BuildCore();
  std::optional<Error> Listen();
  std::optional<Error> ServeMetrics();
  std::optional<Error> StartRecord(const config::v1::Config& config);
  std::optional<Error> ListenForOperators(const config::v1::Config& config);
  // Puts what `config` says into force, or complains and changes nothing.
  void Apply(config::v1::Config config, ConfigComplaints& complaints)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(reload_mu_);
  void MakeServices();
  StreamPair::Environment EnvironmentFor(const std::string& principal);

  const ServerOptions options_;
  const SystemClock clock_;
  Log& log_;
  const ClosedDialPolicy no_policy_;  // Every pair brings its own.
  absl::Mutex reload_mu_;             // Held while the configuration is read and put into force.
  RunningConfig running_config_;
  PolicyStore policies_;
  const std::unique_ptr<ServerMetrics> metrics_;  // Null: nobody wants them.
  const std::unique_ptr<QuotaBook> quotas_;       // Null: there can be none.
  DecisionBook decisions_;
  const PairJudge judge_;
  CallerGate gate_;
  // Null: no record is kept. Pairs tell them of their ends on the loops' threads.
  std::unique_ptr<RecordWriter> record_writer_;
  std::unique_ptr<PairRecord> pair_record_;
  SpecRules rules_;  // Constant once the core is built.

  // In the order in which they need each other; destroyed the other way round.
  AvahiBus avahi_;
  std::unique_ptr<CallQueues> queues_;  // Goes after the loops, whose threads write into it.
  std::unique_ptr<LoopGroup> loops_;
  std::vector<std::unique_ptr<LoopStation>> stations_;  // One for each loop.
  std::atomic<size_t> next_station_{0};
  std::optional<PairNamer> namer_;
  std::unique_ptr<ParkedSockets> parked_;
  std::unique_ptr<PairRegistry> registry_;
  RequestIds request_ids_;
  PairLog pair_log_;
  Health health_;
  std::unique_ptr<StreamPairService> service_;
  std::unique_ptr<TransferCalls> transfer_;
  std::unique_ptr<grpc::Server> grpc_;
  std::vector<std::string> addresses_;
  std::string metrics_address_;
  std::unique_ptr<AdminListener> admin_;  // Null: operators have no listener.
  bool stopped_ = false;
};

}  // namespace streampair

#endif  // STREAMPAIR_SERVER_SERVER_H_
