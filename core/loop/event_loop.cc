#include "core/loop/event_loop.h"

#include <utility>

namespace streampair {

EventLoop::WatchId EventLoop::Watch(int fd, std::shared_ptr<FdHandler> handler) {
  return Watch(fd, kEdgeTriggered, std::move(handler));
}

}  // namespace streampair
