#include "server/record/pair_record.h"

#include <optional>
#include <utility>

#include "server/record/record_lines.h"

namespace streampair {
namespace {

// Lives as long as the pair that tells it, and must not keep it alive. Called on the pair's loop.
class Follower : public PairObserver {
 public:
  Follower(RecordWriter& writer, DecisionBook& decisions, const Clock& clock,
           const std::shared_ptr<StreamPair>& pair, Caller caller, std::string request_id)
      : writer_(writer),
        decisions_(decisions),
        clock_(clock),
        pair_(pair),
        name_(pair->name()),
        caller_(std::move(caller)),
        request_id_(std::move(request_id)) {
    decisions_.Begin(name_);
  }
  ~Follower() override { decisions_.End(name_); }

  bool WantsIoEvents() const override { return false; }

  void OnPairEvent(const PairEvent& event) override {
    const std::shared_ptr<StreamPair> pair = pair_.lock();
    if (pair == nullptr) return;
    switch (event.type) {
      case PairEventType::kReady:
      case PairEventType::kErrorOccurred:
        return Decide(*pair, event.error);
      case PairEventType::kReleased:
        return Close(*pair, event.error);
      case PairEventType::kOpenCompleted:
      case PairEventType::kTlsHandshakeCompleted:
      case PairEventType::kHasBytesAvailable:
      case PairEventType::kCanAcceptBytes:
      case PairEventType::kEndEncountered:
        return;
    }
  }

 private:
  void Decide(const StreamPair& pair, const std::optional<Error>& error) {
    if (std::exchange(decided_, true)) return;
    const PairSnapshot snapshot = pair.Snapshot();
    const PairOptions options = pair.options();
    writer_.Add(
        DecisionLine({caller_, request_id_, pair.spec(), options, snapshot, clock_.WallNow()},
                     decisions_.Get(name_), error));
  }

  void Close(const StreamPair& pair, const std::optional<Error>& error) {
    const PairSnapshot snapshot = pair.Snapshot();
    const std::optional<Error>& why = snapshot.error ? snapshot.error : error;
    if (snapshot.opened != absl::InfiniteFuture()) Decide(pair, why);
    const PairOptions options = pair.options();
    writer_.Add(
        CloseLine({caller_, request_id_, pair.spec(), options, snapshot, clock_.WallNow()}, why));
  }

  RecordWriter& writer_;
  DecisionBook& decisions_;
  const Clock& clock_;
  const std::weak_ptr<StreamPair> pair_;
  const std::string name_;
  const Caller caller_;
  const std::string request_id_;
  bool decided_ = false;
};

}  // namespace

void PairRecord::Follow(const std::shared_ptr<StreamPair>& pair, const Caller& caller,
                        const std::string& request_id) {
  pair->AddObserver(
      std::make_shared<Follower>(writer_, decisions_, clock_, pair, caller, request_id));
}

}  // namespace streampair
