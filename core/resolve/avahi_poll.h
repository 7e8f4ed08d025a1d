#ifndef STREAMPAIR_CORE_RESOLVE_AVAHI_POLL_H_
#define STREAMPAIR_CORE_RESOLVE_AVAHI_POLL_H_

#include <avahi-common/watch.h>

#include "core/loop/event_loop.h"

namespace streampair {

// An event loop as libavahi wants to see it. Everything is confined to the loop's thread.
class AvahiLoopPoll {
 public:
  // `loop` must outlive this object, and this object all watches and timeouts that were made
  // through it.
  explicit AvahiLoopPoll(EventLoop& loop);
  AvahiLoopPoll(const AvahiLoopPoll&) = delete;
  AvahiLoopPoll& operator=(const AvahiLoopPoll&) = delete;

  const AvahiPoll* get() const { return &poll_; }

 private:
  AvahiPoll poll_;
};

}  // namespace streampair

#endif  // STREAMPAIR_CORE_RESOLVE_AVAHI_POLL_H_
