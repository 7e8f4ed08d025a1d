#ifndef STREAMPAIR_CORE_LOOP_WATCH_TABLE_H_
#define STREAMPAIR_CORE_LOOP_WATCH_TABLE_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "core/loop/event_loop.h"

namespace streampair {

// Which handler a WatchId stands for. An id is a slot and the slot's generation, so that
// finding is an array access under a mutex that is rarely contended, and the id of a
// removed watch finds nothing although its slot is in use again. Thread-safe.
class WatchTable {
 public:
  EventLoop::WatchId Add(int fd, std::shared_ptr<FdHandler> handler) ABSL_LOCKS_EXCLUDED(mutex_);

  // Null if the watch is gone.
  std::shared_ptr<FdHandler> Find(EventLoop::WatchId id) const ABSL_LOCKS_EXCLUDED(mutex_);

  // What Add() was given; nothing if the watch is gone. Afterwards Find() gives null.
  struct Removed {
    int fd;
    std::shared_ptr<FdHandler> handler;
  };
  std::optional<Removed> Remove(EventLoop::WatchId id) ABSL_LOCKS_EXCLUDED(mutex_);

  // Empties the table. The handlers go with the result, outside the lock.
  std::vector<Removed> RemoveAll() ABSL_LOCKS_EXCLUDED(mutex_);

  size_t size() const ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  struct Slot {
    uint32_t generation = 0;
    int fd = -1;
    std::shared_ptr<FdHandler> handler;  // Null while the slot is free.
  };

  // Null if `id` is not the slot's present generation.
  const Slot* FindSlot(EventLoop::WatchId id) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  Removed Free(uint32_t index) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  mutable absl::Mutex mutex_;
  std::vector<Slot> slots_ ABSL_GUARDED_BY(mutex_);
  std::vector<uint32_t> free_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace streampair

#endif  // STREAMPAIR_CORE_LOOP_WATCH_TABLE_H_
