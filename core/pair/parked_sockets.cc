#include "core/pair/parked_sockets.h"

#include <cerrno>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "core/base/posix_errors.h"
#include "core/base/streampair_errors.h"

namespace streampair {

// Shared, since the loop's calls and places may come when the ParkedSockets is gone.
class ParkedSockets::State : public std::enable_shared_from_this<State> {
 public:
  State(EventLoop& loop, const Limits& limits, OnEnd on_end)
      : loop_(loop), limits_(limits), on_end_(std::move(on_end)) {}

  Result<std::unique_ptr<Place>> Reserve(const std::string& principal);
  void GiveBack(const std::string& principal);
  void Park(std::unique_ptr<Place> place, const std::string& token, ParkedSocket socket);
  Result<Taken> Take(const std::string& principal, const std::string& token);
  void Clear();

  size_t parked() const {
    absl::MutexLock lock(&mu_);
    return sockets_.size();
  }
  size_t places() const {
    absl::MutexLock lock(&mu_);
    return places_;
  }

 private:
  struct Entry;
  // Ends the socket if `entry` is still the one that is parked.
  void Drop(const std::string& token, const Entry* entry, End why);
  std::shared_ptr<Entry> RemoveLocked(const std::string& token) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);

  EventLoop& loop_;
  const Limits limits_;
  const OnEnd on_end_;
  mutable absl::Mutex mu_;
  bool cleared_ ABSL_GUARDED_BY(mu_) = false;
  absl::flat_hash_map<std::string, std::shared_ptr<Entry>> sockets_ ABSL_GUARDED_BY(mu_);
  absl::flat_hash_map<std::string, size_t> by_principal_ ABSL_GUARDED_BY(mu_);
  size_t places_ ABSL_GUARDED_BY(mu_) = 0;
};

ParkedSockets::Place::Place(std::shared_ptr<State> state, std::string principal)
    : state_(std::move(state)), principal_(std::move(principal)) {}

ParkedSockets::Place::~Place() { state_->GiveBack(principal_); }

struct ParkedSockets::State::Entry : FdHandler {
  void OnEvents(uint32_t) override {  // Only ends are watched for.
    if (const std::shared_ptr<State> alive = state.lock()) {
      alive->Drop(token, this, End::kPeerClosed);
    }
  }

  std::weak_ptr<State> state;
  std::string token;
  ParkedSocket socket;
  std::unique_ptr<Place> place;
  EventLoop::WatchId watch = 0;
  EventLoop::TimerId timer = 0;
};

Result<std::unique_ptr<ParkedSockets::Place>> ParkedSockets::State::Reserve(
    const std::string& principal) {
  absl::MutexLock lock(&mu_);
  if (places_ >= limits_.total) {
    return QuotaExceeded(absl::StrCat("the server keeps room for ", limits_.total,
                                      " parked sockets, and none is left"));
  }
  size_t& own = by_principal_[principal];
  if (own >= limits_.per_principal) {
    return QuotaExceeded(absl::StrCat("a caller has room for ", limits_.per_principal,
                                      " parked sockets, and this one's is used up"));
  }
  ++own;
  ++places_;
  return std::make_unique<Place>(shared_from_this(), principal);
}

void ParkedSockets::State::GiveBack(const std::string& principal) {
  absl::MutexLock lock(&mu_);
  --places_;
  const auto own = by_principal_.find(principal);
  if (--own->second == 0) by_principal_.erase(own);
}

void ParkedSockets::State::Park(std::unique_ptr<Place> place, const std::string& token,
                                ParkedSocket socket) {
  auto entry = std::make_shared<Entry>();
  entry->state = weak_from_this();
  entry->token = token;
  entry->socket = std::move(socket);
  entry->place = std::move(place);
  if (!entry->socket.expires) entry->socket.expires = loop_.Now() + limits_.grace;
  absl::MutexLock lock(&mu_);
  if (cleared_) return;  // Too late: `entry` closes it, after the lock.
  entry->timer =
      loop_.AddTimer(*entry->socket.expires, [weak = weak_from_this(), token, entry = entry.get()] {
        if (const auto alive = weak.lock()) alive->Drop(token, entry, End::kExpired);
      });
  entry->watch = loop_.Watch(entry->socket.fd.get(), EPOLLRDHUP, entry);
  sockets_[token] = std::move(entry);  // A watch that failed leaves it to the timer.
}

std::shared_ptr<ParkedSockets::State::Entry> ParkedSockets::State::RemoveLocked(
    const std::string& token) {
  const auto found = sockets_.find(token);
  if (found == sockets_.end()) return nullptr;
  std::shared_ptr<Entry> entry = std::move(found->second);
  sockets_.erase(found);
  loop_.Unwatch(entry->watch);
  loop_.CancelTimer(entry->timer);
  return entry;
}

Result<ParkedSockets::Taken> ParkedSockets::State::Take(const std::string& principal,
                                                        const std::string& token) {
  std::shared_ptr<Entry> entry;
  {
    absl::MutexLock lock(&mu_);
    const auto found = sockets_.find(token);
    // Someone else's is told as none at all.
    if (found != sockets_.end() && found->second->place->principal() == principal) {
      entry = RemoveLocked(token);
    }
  }
  if (entry == nullptr) {
    return PosixError(Stage::kConnect, EBADF,
                      "take up a parked socket that is not there, or not any more");
  }
  if (on_end_) on_end_(principal, token, End::kAdopted);
  return Taken{std::move(entry->socket), std::move(entry->place)};
}

void ParkedSockets::State::Drop(const std::string& token, const Entry* entry, End why) {
  std::shared_ptr<Entry> dropped;
  {
    absl::MutexLock lock(&mu_);
    const auto found = sockets_.find(token);
    if (found == sockets_.end() || found->second.get() != entry) return;
    dropped = RemoveLocked(token);
  }
  const std::string principal = dropped->place->principal();
  dropped->socket.fd.Reset();
  dropped->place = nullptr;
  if (on_end_) on_end_(principal, token, why);
}

void ParkedSockets::State::Clear() {
  std::vector<std::string> tokens;
  {
    absl::MutexLock lock(&mu_);
    cleared_ = true;
    for (const auto& [token, entry] : sockets_) tokens.push_back(token);
  }
  for (const std::string& token : tokens) {
    std::shared_ptr<Entry> entry;
    {
      absl::MutexLock lock(&mu_);
      entry = RemoveLocked(token);
    }
    if (entry == nullptr) continue;
    if (on_end_) on_end_(entry->place->principal(), token, End::kServerStopped);
  }
}

ParkedSockets::ParkedSockets(EventLoop& loop, const Limits& limits, OnEnd on_end)
    : state_(std::make_shared<State>(loop, limits, std::move(on_end))) {}

ParkedSockets::~ParkedSockets() { Clear(); }

Result<std::unique_ptr<ParkedSockets::Place>> ParkedSockets::Reserve(const std::string& principal) {
  return state_->Reserve(principal);
}

void ParkedSockets::Park(std::unique_ptr<Place> place, const std::string& token,
                         ParkedSocket socket) {
  state_->Park(std::move(place), token, std::move(socket));
}

Result<ParkedSockets::Taken> ParkedSockets::Take(const std::string& principal,
                                                 const std::string& token) {
  return state_->Take(principal, token);
}

void ParkedSockets::Clear() { state_->Clear(); }
size_t ParkedSockets::parked() const { return state_->parked(); }
size_t ParkedSockets::places() const { return state_->places(); }

}  // namespace streampair
