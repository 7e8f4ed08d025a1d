#include "core/testing/fake_loop.h"

#include <utility>

#include "core/base/check.h"

namespace streampair {
namespace {

constexpr int kMaxRounds = 10'000;

}  // namespace

FakeLoop::FakeLoop() = default;

FakeLoop::~FakeLoop() {
  // What is destroyed here may call the loop once more.
  for (bool more = true; more;) {
    std::vector<Task> tasks;
    std::vector<Task> timed;
    std::map<WatchId, Watched> watches;
    absl::MutexLock lock(&mutex_);  // Last, so that it is released before they go.
    tasks.swap(posted_);
    timed = timers_.TakeAll();
    watches.swap(watches_);
    more = !tasks.empty() || !timed.empty() || !watches.empty();
  }
}

bool FakeLoop::RunOnce() {
  AssertHere();
  std::vector<Task> tasks;
  {
    absl::MutexLock lock(&mutex_);
    tasks.swap(posted_);
  }
  for (Task& task : tasks) {
    task();
    task = nullptr;
  }
  std::vector<TimerId> due;
  {
    absl::MutexLock lock(&mutex_);
    timers_.ListDue(Now(), &due);
  }
  for (const TimerId id : due) {
    Task task;
    {
      absl::MutexLock lock(&mutex_);
      task = timers_.Take(id);
    }
    if (task != nullptr) task();
  }
  return !tasks.empty() || !due.empty();
}

void FakeLoop::RunUntilIdle() {
  int rounds = 0;
  while (RunOnce()) SP_CHECK(++rounds < kMaxRounds);
}

void FakeLoop::Advance(absl::Duration duration) {
  const MonotonicTime end = Now() + duration;
  RunUntilIdle();
  while (true) {
    MonotonicTime next;
    {
      absl::MutexLock lock(&mutex_);
      next = timers_.NextDue();
    }
    if (next.IsInfinite() || next > end) break;
    clock_.AdvanceTo(next);
    RunUntilIdle();
  }
  clock_.AdvanceTo(end);
}

bool FakeLoop::AdvanceToNextTimer() {
  MonotonicTime next;
  {
    absl::MutexLock lock(&mutex_);
    next = timers_.NextDue();
  }
  if (next.IsInfinite()) return false;
  if (next > Now()) clock_.AdvanceTo(next);
  RunUntilIdle();
  return true;
}

bool FakeLoop::Deliver(int fd, uint32_t events) {
  AssertHere();
  std::shared_ptr<FdHandler> handler;
  {
    absl::MutexLock lock(&mutex_);
    for (const auto& [id, watched] : watches_) {
      if (watched.fd != fd) continue;
      events &= watched.events | EPOLLERR | EPOLLHUP;
      handler = watched.handler;
    }
  }
  if (handler == nullptr || events == 0) return false;
  handler->OnEvents(events);
  return true;
}

size_t FakeLoop::timers() const {
  absl::MutexLock lock(&mutex_);
  return timers_.size();
}

size_t FakeLoop::watches() const {
  absl::MutexLock lock(&mutex_);
  return watches_.size();
}

void FakeLoop::Post(Task task) {
  SP_CHECK(task != nullptr);
  absl::MutexLock lock(&mutex_);
  posted_.push_back(std::move(task));
}

EventLoop::TimerId FakeLoop::AddTimer(MonotonicTime when, Task task) {
  SP_CHECK(task != nullptr);
  absl::MutexLock lock(&mutex_);
  return timers_.Add(when, std::move(task));
}

bool FakeLoop::CancelTimer(TimerId id) {
  Task task;  // Destroyed after the lock is released.
  absl::MutexLock lock(&mutex_);
  task = timers_.Take(id);
  return task != nullptr;
}

EventLoop::WatchId FakeLoop::Watch(int fd, uint32_t events, std::shared_ptr<FdHandler> handler) {
  SP_CHECK(fd >= 0 && handler != nullptr);
  absl::MutexLock lock(&mutex_);
  for (const auto& [id, watched] : watches_) SP_CHECK(watched.fd != fd);
  watches_.emplace(++last_watch_, Watched{fd, events, std::move(handler)});
  return last_watch_;
}

void FakeLoop::Unwatch(WatchId id) {
  std::shared_ptr<FdHandler> handler;  // Let go of after the lock is released.
  absl::MutexLock lock(&mutex_);
  const auto watch = watches_.find(id);
  if (watch == watches_.end()) return;
  handler = std::move(watch->second.handler);
  watches_.erase(watch);
}

}  // namespace streampair
