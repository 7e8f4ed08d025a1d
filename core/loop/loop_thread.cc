#include "core/loop/loop_thread.h"

#include <pthread.h>

#include <utility>

#include "absl/memory/memory.h"
#include "core/base/check.h"

namespace streampair {
namespace {

constexpr size_t kLongestThreadName = 15;

}  // namespace

Result<std::unique_ptr<LoopThread>> LoopThread::Start(const std::string& name) {
  Result<std::unique_ptr<EpollLoop>> loop = EpollLoop::Create();
  if (!loop.ok()) return std::move(loop).error();
  return absl::WrapUnique(new LoopThread(*std::move(loop), name));
}

LoopThread::LoopThread(std::unique_ptr<EpollLoop> loop, const std::string& name)
    : loop_(std::move(loop)), thread_([this] { loop_->Run(); }) {
  pthread_setname_np(thread_.native_handle(), name.substr(0, kLongestThreadName).c_str());
}

LoopThread::~LoopThread() {
  SP_CHECK(!loop_->InLoopThread());
  loop_->Stop();
  thread_.join();
}

}  // namespace streampair
