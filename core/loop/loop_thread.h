#ifndef STREAMPAIR_CORE_LOOP_LOOP_THREAD_H_
#define STREAMPAIR_CORE_LOOP_LOOP_THREAD_H_

#include <memory>
#include <string>
#include <thread>

#include "core/base/result.h"
#include "core/loop/epoll_loop.h"
#include "core/loop/event_loop.h"

namespace streampair {

// An EpollLoop and the thread that runs it, from construction to destruction.
class LoopThread {
 public:
  // `name` is what the thread is called in the system's tools; 15 bytes of it count.
  // Fails as EpollLoop::Create does.
  static Result<std::unique_ptr<LoopThread>> Start(const std::string& name);

  // Runs what was posted before, stops the loop and joins the thread. Must not be called
  // on that thread. Timers that are left never run.
  ~LoopThread();

  LoopThread(const LoopThread&) = delete;
  LoopThread& operator=(const LoopThread&) = delete;

  // Valid as long as this object.
  EventLoop& loop() { return *loop_; }

 private:
  LoopThread(std::unique_ptr<EpollLoop> loop, const std::string& name);

  const std::unique_ptr<EpollLoop> loop_;
  std::thread thread_;
};

}  // namespace streampair

#endif  // STREAMPAIR_CORE_LOOP_LOOP_THREAD_H_
