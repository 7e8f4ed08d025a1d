#include "clients/front/poller.h"

#include <errno.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>

#include "absl/time/clock.h"

namespace streampair::front {
namespace {

constexpr int kBatch = 256;

// These fail only where no program could go on: without descriptors or memory at the start.
int Need(int descriptor) {
  if (descriptor < 0) std::abort();
  return descriptor;
}

}  // namespace

Poller::Poller()
    : epoll_(Need(epoll_create1(EPOLL_CLOEXEC))),
      wake_(Need(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK))) {
  epoll_event event = {};
  event.events = EPOLLIN | EPOLLET;
  event.data.u64 = 0;
  Need(epoll_ctl(epoll_, EPOLL_CTL_ADD, wake_, &event));
}

Poller::~Poller() {
  close(wake_);
  close(epoll_);
}

uint64_t Poller::Watch(int descriptor, Handler* handler) {
  const uint64_t id = ++last_id_;
  epoll_event event = {};
  event.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
  event.data.u64 = id;
  if (epoll_ctl(epoll_, EPOLL_CTL_ADD, descriptor, &event) != 0) return 0;
  handlers_.emplace(id, handler);
  return id;
}

void Poller::Unwatch(uint64_t id, int descriptor) {
  // What the same wait brought for it finds nobody.
  if (handlers_.erase(id) > 0) epoll_ctl(epoll_, EPOLL_CTL_DEL, descriptor, nullptr);
}

Poller::TimerId Poller::After(absl::Duration delay, Task task) {
  const TimerId id(absl::Now() + delay, ++last_id_);
  timers_.emplace(id, std::move(task));
  return id;
}

void Poller::Post(Task task) {
  bool first;
  {
    absl::MutexLock lock(&mu_);
    first = posted_.empty();
    posted_.push_back(std::move(task));
  }
  if (first) eventfd_write(wake_, 1);
}

void Poller::Run() {
  epoll_event events[kBatch];
  while (!stopped_) {
    const int count = epoll_wait(epoll_, events, kBatch, UntilNextTimer());
    for (int i = 0; i < count && !stopped_; ++i) {
      if (events[i].data.u64 == 0) {
        eventfd_t value;
        eventfd_read(wake_, &value);
        continue;
      }
      const auto found = handlers_.find(events[i].data.u64);
      if (found != handlers_.end()) found->second->OnEvents(events[i].events);
    }
    RunTimers();
    RunPosted();
  }
}

void Poller::Stop() {
  Post([this] { stopped_ = true; });
}

int Poller::UntilNextTimer() const {
  if (timers_.empty()) return -1;
  const absl::Duration left = timers_.begin()->first.first - absl::Now();
  return static_cast<int>(std::clamp<int64_t>(
      absl::ToInt64Milliseconds(absl::Ceil(left, absl::Milliseconds(1))), 0, 60'000));
}

void Poller::RunTimers() {
  const absl::Time now = absl::Now();
  while (!timers_.empty() && timers_.begin()->first.first <= now) {
    Task task = std::move(timers_.begin()->second);
    timers_.erase(timers_.begin());
    task();
  }
}

void Poller::RunPosted() {
  std::vector<Task> posted;
  {
    absl::MutexLock lock(&mu_);
    posted.swap(posted_);
  }
  for (Task& task : posted) task();
}

}  // namespace streampair::front
