#ifndef STREAMPAIR_CORE_RESOLVE_AVAHI_BUS_H_
#define STREAMPAIR_CORE_RESOLVE_AVAHI_BUS_H_

#include <cstdint>
#include <memory>

#include "absl/base/thread_annotations.h"
#include "absl/functional/any_invocable.h"
#include "absl/synchronization/mutex.h"
#include "core/addr/service_name.h"
#include "core/base/result.h"
#include "core/loop/loop_thread.h"
#include "core/resolve/service_resolver.h"

namespace streampair {

// The process's connection to the Avahi daemon: libavahi-client over D-Bus, on a thread of its own,
// because that library waits for answers of the daemon inside its calls. The thread and the
// connection are made when the first service is asked for; a connection that was lost is made anew
// at the next. Thread-safe.
class AvahiBus {
 public:
  using LookupId = uint64_t;
  using Answered = absl::AnyInvocable<void(Result<ResolvedService>)>;

  AvahiBus();
  ~AvahiBus();  // Lets go of all lookups; their callbacks are destroyed uncalled.
  AvahiBus(const AvahiBus&) = delete;
  AvahiBus& operator=(const AvahiBus&) = delete;

  // Asks for a service of `.local`: `answered` is called once, on the bus's thread, unless the
  // lookup is cancelled in time. Addresses of both families are waited for a moment. Never zero.
  LookupId Resolve(const ServiceName& name, Answered answered);

  // Lost interest. `answered` may still be called until this has reached the bus's thread, where it
  // is destroyed.
  void Cancel(LookupId id);

 private:
  class Session;

  absl::Mutex mu_;
  LookupId last_id_ ABSL_GUARDED_BY(mu_) = 0;
  std::unique_ptr<LoopThread> thread_ ABSL_GUARDED_BY(mu_);
  std::shared_ptr<Session> session_ ABSL_GUARDED_BY(mu_);  // On the thread only; null: none yet.
};

}  // namespace streampair

#endif  // STREAMPAIR_CORE_RESOLVE_AVAHI_BUS_H_
