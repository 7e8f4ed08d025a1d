#include "core/loop/epoll_loop.h"

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <limits>
#include <utility>

#include "absl/memory/memory.h"
#include "core/base/check.h"
#include "core/base/posix_errors.h"

namespace streampair {
namespace {

constexpr EventLoop::WatchId kWakeId = 0;  // No watch has it.
constexpr int kEventsPerRound = 256;       // Then timers and posts have their turn.

// Rounded up, so that what is due then is due when the wait ends.
int ToTimeout(absl::Duration wait) {
  const int64_t millis = absl::ToInt64Milliseconds(absl::Ceil(wait, absl::Milliseconds(1)));
  return static_cast<int>(std::min<int64_t>(millis, std::numeric_limits<int>::max()));
}

}  // namespace

Result<std::unique_ptr<EpollLoop>> EpollLoop::Create() {
  UniqueFd epoll_fd(epoll_create1(EPOLL_CLOEXEC));
  if (!epoll_fd.valid()) return PosixError(Stage::kInternal, errno, "create an epoll descriptor");
  UniqueFd wake_fd(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!wake_fd.valid()) return PosixError(Stage::kInternal, errno, "create an event descriptor");
  // Edge-triggered, so nobody has to read the counter back: each write is an edge.
  epoll_event event = {};
  event.events = EPOLLIN | EPOLLET;
  event.data.u64 = kWakeId;
  if (epoll_ctl(epoll_fd.get(), EPOLL_CTL_ADD, wake_fd.get(), &event) != 0) {
    return PosixError(Stage::kInternal, errno, "watch an event descriptor");
  }
  return absl::WrapUnique(new EpollLoop(std::move(epoll_fd), std::move(wake_fd)));
}

EpollLoop::EpollLoop(UniqueFd epoll_fd, UniqueFd wake_fd)
    : epoll_fd_(std::move(epoll_fd)), wake_fd_(std::move(wake_fd)) {}

EpollLoop::~EpollLoop() {
  // What is destroyed here may post, add or watch once more, so look again until nothing is
  // left.
  for (bool more = true; more;) {
    std::vector<Task> tasks;
    std::vector<Task> timed;
    {
      absl::MutexLock lock(&mutex_);
      tasks.swap(posted_);
      timed = timers_.TakeAll();
    }
    more = !tasks.empty() || !timed.empty() || !watches_.RemoveAll().empty();
  }
}

void EpollLoop::Run() {
  SP_CHECK(thread_.load() == std::thread::id());
  thread_.store(std::this_thread::get_id());
  while (true) {
    RunPosted();
    if (stopped_) return;
    RunDueTimers();
    WaitForEvents();
  }
}

void EpollLoop::Stop() {
  Post([this] { stopped_ = true; });
}

bool EpollLoop::InLoopThread() const {
  return thread_.load(std::memory_order_relaxed) == std::this_thread::get_id();
}

void EpollLoop::Post(Task task) {
  SP_CHECK(task != nullptr);
  bool wake;
  {
    absl::MutexLock lock(&mutex_);
    posted_.push_back(std::move(task));
    wake = ClaimWakeUp(MonotonicTime::FromNanos(0));
  }
  if (wake) Wake();
}

EventLoop::TimerId EpollLoop::AddTimer(MonotonicTime when, Task task) {
  SP_CHECK(task != nullptr);
  bool wake;
  TimerId id;
  {
    absl::MutexLock lock(&mutex_);
    id = timers_.Add(when, std::move(task));
    wake = ClaimWakeUp(when);
  }
  if (wake) Wake();
  return id;
}

bool EpollLoop::CancelTimer(TimerId id) {
  Task task;  // Destroyed after the lock is released.
  absl::MutexLock lock(&mutex_);
  task = timers_.Take(id);
  return task != nullptr;
}

EventLoop::WatchId EpollLoop::Watch(int fd, uint32_t events, std::shared_ptr<FdHandler> handler) {
  // The table first: the event may come before epoll_ctl returns.
  const WatchId id = watches_.Add(fd, std::move(handler));
  epoll_event event = {};
  event.events = events;
  event.data.u64 = id;
  if (epoll_ctl(epoll_fd_.get(), EPOLL_CTL_ADD, fd, &event) == 0) return id;
  const int err = errno;
  watches_.Remove(id);
  SP_CHECK(err == ENOMEM || err == ENOSPC);  // Else the descriptor is not what we were told.
  return 0;
}

void EpollLoop::Unwatch(WatchId id) {
  const std::optional<WatchTable::Removed> removed = watches_.Remove(id);
  if (!removed.has_value()) return;
  const int result = epoll_ctl(epoll_fd_.get(), EPOLL_CTL_DEL, removed->fd, nullptr);
  SP_CHECK(result == 0);  // Else it was closed before it was unwatched.
}

bool EpollLoop::ClaimWakeUp(MonotonicTime due) {
  if (due >= waiting_until_) return false;
  waiting_until_ = kAwake;
  return true;
}

void EpollLoop::Wake() {
  const uint64_t one = 1;
  // Cannot fail: the counter would have to pass 2^64.
  const ssize_t written = write(wake_fd_.get(), &one, sizeof(one));
  SP_CHECK(written == sizeof(one));
}

void EpollLoop::RunPosted() {
  {
    absl::MutexLock lock(&mutex_);
    running_.swap(posted_);
  }
  // Each is destroyed before the next one runs, as if it had been alone.
  for (Task& task : running_) {
    task();
    task = nullptr;
  }
  running_.clear();
}

void EpollLoop::RunDueTimers() {
  {
    absl::MutexLock lock(&mutex_);
    if (timers_.NextDue().IsInfinite()) return;
    timers_.ListDue(Now(), &due_);
  }
  for (const TimerId id : due_) {
    Task task;
    {
      absl::MutexLock lock(&mutex_);
      task = timers_.Take(id);
    }
    if (task != nullptr) task();  // Null if cancelled by a task before it.
  }
  due_.clear();
}

void EpollLoop::WaitForEvents() {
  std::array<epoll_event, kEventsPerRound> events;
  const int timeout = PrepareToWait();
  const int count = epoll_wait(epoll_fd_.get(), events.data(), kEventsPerRound, timeout);
  SP_CHECK(count >= 0 || errno == EINTR);
  if (timeout != 0) {
    absl::MutexLock lock(&mutex_);
    waiting_until_ = kAwake;
  }
  for (int i = 0; i < count; ++i) {
    const WatchId id = events[i].data.u64;
    if (id == kWakeId) continue;
    // Looked up at its turn: a handler before it may have unwatched it.
    if (const std::shared_ptr<FdHandler> handler = watches_.Find(id)) {
      handler->OnEvents(events[i].events);
    }
  }
}

int EpollLoop::PrepareToWait() {
  absl::MutexLock lock(&mutex_);
  if (!posted_.empty()) return 0;
  const MonotonicTime due = timers_.NextDue();
  if (due.IsInfinite()) {
    waiting_until_ = due;
    return -1;
  }
  const int timeout = ToTimeout(std::max(due - Now(), absl::ZeroDuration()));
  if (timeout != 0) waiting_until_ = due;
  return timeout;
}

}  // namespace streampair
