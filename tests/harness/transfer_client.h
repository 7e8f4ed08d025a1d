#ifndef STREAMPAIR_TESTS_HARNESS_TRANSFER_CLIENT_H_
#define STREAMPAIR_TESTS_HARNESS_TRANSFER_CLIENT_H_

#include <grpcpp/grpcpp.h>

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "streampair/v1/stream_pair_service.grpc.pb.h"
#include "tests/harness/pattern.h"
#include "tests/harness/wait.h"

namespace streampair::testing {

// What came on one channel so far.
struct ChannelLog {
  // One letter a frame: A attached, D data, W window, F finish, E end, v event, k acknowledge, r
  // property result.
  std::string order;
  std::optional<v1::Attached> attached;
  std::string data;       // Unless the plan says not to keep it.
  uint64_t received = 0;  // Bytes of data.
  Digest digest;          // Of the data.
  uint64_t granted = 0;   // Credit given by the server, that of the attached frame included.
  uint64_t sent = 0;      // Bytes that the plan has sent.
  bool starved = false;   // Some data said so.
  std::vector<v1::StreamEvent> events;
  std::vector<v1::PropertyResult> results;
  std::optional<v1::Finish> finish;
  std::optional<v1::End> end;
};

// What TransferClient does by itself on a channel.
struct ChannelPlan {
  // Grants back what arrives. 0: nothing is granted beyond what the test sends. Else the window of
  // the attach frame.
  uint32_t grant_window = 0;
  uint64_t upload = 0;  // Bytes of Pattern to send, within the credit, from the attached frame on.
  bool finish = false;  // A finish frame after them.
  bool keep_data = true;  // False for bulk: only counted and digested.
};

struct TransferOptions {
  absl::Duration deadline = absl::Minutes(10);
  std::map<std::string, std::string> metadata = {};
};

// A client of one Transfer RPC that sends frames exactly as told, valid or not, and notes what
// comes. It grants no credit and sends nothing by itself unless a plan says so. Thread-safe. The
// RPC is cancelled, if it still runs, when the object goes.
class TransferClient : private grpc::ClientBidiReactor<v1::TransferRequest, v1::TransferResponse> {
 public:
  explicit TransferClient(v1::StreamPairService::Stub& stub, TransferOptions options = {});
  ~TransferClient() override;

  // Call it before the channel's attach is sent.
  void Plan(uint32_t channel, ChannelPlan plan);

  // Sends these frames as one message.
  void Send(std::vector<v1::ClientFrame> frames);
  void HalfClose();
  void Cancel();

  // Leaves what comes to the transport from now on.
  void StopReading();
  void ResumeReading();

  // Waits until the log of that channel fulfils `condition`; false after `patience`, or if the RPC
  // ended without it.
  [[nodiscard]] bool Await(uint32_t channel,
                           const std::function<bool(const ChannelLog&)>& condition,
                           absl::Duration patience = kPatience);

  // The same for what most tests wait for; a test failure if it does not come.
  v1::Attached AwaitAttached(uint32_t channel = 0);
  void AwaitReady(uint32_t channel = 0);
  std::string AwaitData(uint32_t channel, uint64_t bytes);
  void AwaitFinish(uint32_t channel = 0);
  v1::End AwaitEnd(uint32_t channel = 0, absl::Duration patience = kPatience);
  v1::Draining AwaitDraining();
  grpc::Status AwaitStatus(absl::Duration patience = kPatience);

  // Half-closes and waits for the status: how an orderly client leaves.
  grpc::Status Leave();

  ChannelLog log(uint32_t channel = 0) const;
  // What has come and how the RPC stands, for a failure's message.
  std::string Describe(uint32_t channel = 0) const;
  bool over() const;
  size_t pings() const;
  std::vector<uint64_t> pongs() const;  // Their nonces.
  // When the frames came that are no answer: pings, and so on.
  std::vector<absl::Time> ping_times() const;

 private:
  struct Channel {
    ChannelPlan plan;
    ChannelLog log;
    uint64_t to_grant = 0;
    bool finish_sent = false;
  };

  void OnReadDone(bool ok) override;
  void OnWriteDone(bool ok) override;
  void OnDone(const grpc::Status& status) override;

  void NoteLocked(const v1::ServerFrame& frame) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  // At most one piece of data; false if there was none to send.
  bool UploadLocked(uint32_t number, Channel& channel) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void UploadAllLocked() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void QueueLocked(v1::ClientFrame frame) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void QueueLocked(v1::TransferRequest request) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void WriteNextLocked() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  bool AwaitLocked(const std::function<bool()>& condition, absl::Duration patience)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  std::string DescribeLocked(uint32_t channel) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);

  grpc::ClientContext context_;
  v1::TransferResponse incoming_;  // The transport's until OnReadDone.

  mutable absl::Mutex mu_;
  std::map<uint32_t, Channel> channels_ ABSL_GUARDED_BY(mu_);
  std::deque<v1::TransferRequest> outgoing_ ABSL_GUARDED_BY(mu_);  // The first is being written.
  std::set<uint32_t> uploads_ ABSL_GUARDED_BY(mu_);  // Channels whose plan has something to send.
  uint32_t last_upload_ ABSL_GUARDED_BY(mu_) = 0;    // Whose turn was last.
  size_t outgoing_bytes_ ABSL_GUARDED_BY(mu_) = 0;
  bool writing_ ABSL_GUARDED_BY(mu_) = false;
  bool half_closing_ ABSL_GUARDED_BY(mu_) = false;
  bool half_closed_ ABSL_GUARDED_BY(mu_) = false;
  bool reading_ ABSL_GUARDED_BY(mu_) = false;
  bool read_paused_ ABSL_GUARDED_BY(mu_) = false;
  bool over_ ABSL_GUARDED_BY(mu_) = false;  // Nothing more comes; no operation may begin.
  std::optional<grpc::Status> status_ ABSL_GUARDED_BY(mu_);
  std::optional<v1::Draining> draining_ ABSL_GUARDED_BY(mu_);
  std::vector<absl::Time> ping_times_ ABSL_GUARDED_BY(mu_);
  std::vector<uint64_t> pongs_ ABSL_GUARDED_BY(mu_);
};

}  // namespace streampair::testing

#endif  // STREAMPAIR_TESTS_HARNESS_TRANSFER_CLIENT_H_
