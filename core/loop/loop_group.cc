#include "core/loop/loop_group.h"

#include <utility>

#include "absl/memory/memory.h"
#include "absl/strings/str_cat.h"
#include "core/base/check.h"

namespace streampair {

Result<std::unique_ptr<LoopGroup>> LoopGroup::Start(size_t count) {
  SP_CHECK(count > 0);
  std::vector<std::unique_ptr<LoopThread>> threads;
  for (size_t i = 0; i < count; ++i) {
    Result<std::unique_ptr<LoopThread>> thread = LoopThread::Start(absl::StrCat("loop-", i));
    if (!thread.ok()) return std::move(thread).error();
    threads.push_back(*std::move(thread));
  }
  return absl::WrapUnique(new LoopGroup(std::move(threads)));
}

LoopGroup::LoopGroup(std::vector<std::unique_ptr<LoopThread>> threads)
    : threads_(std::move(threads)) {}

EventLoop& LoopGroup::Next() {
  const size_t turn = next_.fetch_add(1, std::memory_order_relaxed);
  return threads_[turn % threads_.size()]->loop();
}

}  // namespace streampair
