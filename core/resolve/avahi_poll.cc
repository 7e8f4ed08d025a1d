#include "core/resolve/avahi_poll.h"

#include <fcntl.h>
#include <sys/time.h>

#include <algorithm>
#include <memory>
#include <utility>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "core/base/unique_fd.h"

// libavahi leaves these two types to whoever gives it a loop. It frees them by the functions below.

// One watch of libavahi's. D-Bus makes two for one descriptor, and the loop takes one: so each
// watches a duplicate of its own.
struct AvahiWatch {
  class Handler : public streampair::FdHandler {
   public:
    explicit Handler(AvahiWatch* watch) : watch_(watch) {}
    void Forget() { watch_ = nullptr; }
    void OnEvents(uint32_t events) override {
      if (watch_ != nullptr) watch_->Tell(events);  // May free the watch.
    }

   private:
    AvahiWatch* watch_;
  };

  AvahiWatch(streampair::EventLoop& its_loop, int its_fd, AvahiWatchCallback its_callback,
             void* its_userdata)
      : loop(its_loop),
        fd(its_fd),
        callback(its_callback),
        userdata(its_userdata),
        duplicate(fcntl(its_fd, F_DUPFD_CLOEXEC, 0)) {}
  ~AvahiWatch() {
    handler->Forget();
    loop.Unwatch(id);
  }

  void Update(AvahiWatchEvent events) {
    loop.Unwatch(std::exchange(id, 0));
    const uint32_t wanted =
        (events & AVAHI_WATCH_IN ? EPOLLIN : 0u) | (events & AVAHI_WATCH_OUT ? EPOLLOUT : 0u);
    if (wanted != 0 && duplicate.valid()) id = loop.Watch(duplicate.get(), wanted, handler);
  }

  void Tell(uint32_t events) {
    int told = 0;
    if (events & EPOLLIN) told |= AVAHI_WATCH_IN;
    if (events & EPOLLOUT) told |= AVAHI_WATCH_OUT;
    if (events & EPOLLERR) told |= AVAHI_WATCH_ERR;
    if (events & EPOLLHUP) told |= AVAHI_WATCH_HUP;
    happened = static_cast<AvahiWatchEvent>(told);
    callback(this, fd, happened, userdata);
  }

  streampair::EventLoop& loop;
  const int fd;
  const AvahiWatchCallback callback;
  void* const userdata;
  const streampair::UniqueFd duplicate;
  const std::shared_ptr<Handler> handler = std::make_shared<Handler>(this);
  streampair::EventLoop::WatchId id = 0;
  AvahiWatchEvent happened = {};
};

struct AvahiTimeout {
  AvahiTimeout(streampair::EventLoop& its_loop, AvahiTimeoutCallback its_callback,
               void* its_userdata)
      : loop(its_loop), callback(its_callback), userdata(its_userdata) {}
  ~AvahiTimeout() { loop.CancelTimer(id); }

  // `when` is a time of day; null: never.
  void Update(const timeval* when) {
    loop.CancelTimer(std::exchange(id, 0));
    if (when == nullptr) return;
    const absl::Duration left = absl::TimeFromTimeval(*when) - absl::Now();
    id = loop.AddTimer(loop.Now() + std::max(left, absl::ZeroDuration()), [this] {
      id = 0;
      callback(this, userdata);  // May free this object.
    });
  }

  streampair::EventLoop& loop;
  const AvahiTimeoutCallback callback;
  void* const userdata;
  streampair::EventLoop::TimerId id = 0;
};

namespace streampair {
namespace {

EventLoop& LoopOf(const AvahiPoll* poll) { return *static_cast<EventLoop*>(poll->userdata); }

AvahiWatch* NewWatch(const AvahiPoll* poll, int fd, AvahiWatchEvent events,
                     AvahiWatchCallback callback, void* userdata) {
  auto watch = std::make_unique<AvahiWatch>(LoopOf(poll), fd, callback, userdata);
  if (!watch->duplicate.valid()) return nullptr;
  watch->Update(events);
  return watch.release();
}

AvahiTimeout* NewTimeout(const AvahiPoll* poll, const timeval* when, AvahiTimeoutCallback callback,
                         void* userdata) {
  auto timeout = std::make_unique<AvahiTimeout>(LoopOf(poll), callback, userdata);
  timeout->Update(when);
  return timeout.release();
}

}  // namespace

AvahiLoopPoll::AvahiLoopPoll(EventLoop& loop)
    : poll_{&loop,
            NewWatch,
            [](AvahiWatch* watch, AvahiWatchEvent events) { watch->Update(events); },
            [](AvahiWatch* watch) { return watch->happened; },
            [](AvahiWatch* watch) { delete watch; },
            NewTimeout,
            [](AvahiTimeout* timeout, const timeval* when) { timeout->Update(when); },
            [](AvahiTimeout* timeout) { delete timeout; }} {}

}  // namespace streampair
