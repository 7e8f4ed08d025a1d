#ifndef STREAMPAIR_CORE_LOOP_LOOP_GROUP_H_
#define STREAMPAIR_CORE_LOOP_LOOP_GROUP_H_

#include <atomic>
#include <cstddef>
#include <memory>
#include <vector>

#include "core/base/result.h"
#include "core/loop/event_loop.h"
#include "core/loop/loop_thread.h"

namespace streampair {

// The loop threads of a server. Whoever needs a loop for life asks for the next one.
// Thread-safe.
class LoopGroup {
 public:
  // Requires: count > 0. Fails as LoopThread::Start does; then nothing is left running.
  static Result<std::unique_ptr<LoopGroup>> Start(size_t count);

  // Stops and joins all threads, one after the other.
  ~LoopGroup() = default;

  // In turn. Valid as long as this object.
  EventLoop& Next();

  size_t size() const { return threads_.size(); }
  EventLoop& loop(size_t index) { return threads_[index]->loop(); }

 private:
  explicit LoopGroup(std::vector<std::unique_ptr<LoopThread>> threads);

  const std::vector<std::unique_ptr<LoopThread>> threads_;
  std::atomic<size_t> next_{0};
};

}  // namespace streampair

#endif  // STREAMPAIR_CORE_LOOP_LOOP_GROUP_H_
