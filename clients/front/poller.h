#ifndef STREAMPAIR_CLIENTS_FRONT_POLLER_H_
#define STREAMPAIR_CLIENTS_FRONT_POLLER_H_

#include <cstdint>
#include <map>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/functional/any_invocable.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

namespace streampair::front {

// One thread's events: descriptors, points of time, and what other threads want done here.
// Everything but Post and Stop is for that thread.
class Poller {
 public:
  using Task = absl::AnyInvocable<void()>;
  using TimerId = std::pair<absl::Time, uint64_t>;

  class Handler {
   public:
    virtual ~Handler() = default;
    // EPOLLIN and so on. Told once for each change, so use up what there is.
    virtual void OnEvents(uint32_t events) = 0;
  };

  Poller();
  ~Poller();
  Poller(const Poller&) = delete;
  Poller& operator=(const Poller&) = delete;

  // Tells `handler`, which must live until Unwatch, of every change of the descriptor. Returns a
  // number for Unwatch, which is to be called before the descriptor is closed. 0: the system
  // refused, see errno.
  uint64_t Watch(int descriptor, Handler* handler);
  void Unwatch(uint64_t id, int descriptor);

  TimerId After(absl::Duration delay, Task task);
  void Cancel(const TimerId& id) { timers_.erase(id); }

  // From any thread: does it on this one, soon.
  void Post(Task task) ABSL_LOCKS_EXCLUDED(mu_);

  // Until Stop, which any thread or task may call.
  void Run() ABSL_LOCKS_EXCLUDED(mu_);
  void Stop();

 private:
  int UntilNextTimer() const;  // In milliseconds, for epoll_wait.
  void RunTimers();
  void RunPosted() ABSL_LOCKS_EXCLUDED(mu_);

  const int epoll_;
  const int wake_;  // An eventfd.
  bool stopped_ = false;
  uint64_t last_id_ = 0;
  absl::flat_hash_map<uint64_t, Handler*> handlers_;
  std::map<TimerId, Task> timers_;

  absl::Mutex mu_;
  std::vector<Task> posted_ ABSL_GUARDED_BY(mu_);
};

}  // namespace streampair::front

#endif  // STREAMPAIR_CLIENTS_FRONT_POLLER_H_
