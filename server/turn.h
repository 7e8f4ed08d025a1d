#ifndef STREAMPAIR_SERVER_TURN_H_
#define STREAMPAIR_SERVER_TURN_H_

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"

namespace streampair {

// Lets several threads ask for the same piece of work, of which only one at a time may do it, and
// none waits:
//
//   if (turn.Take()) Work();      // Anyone who sees a reason to work.
//   void Work() { do { ... } while (!turn.Release()); }
//
// A request that comes while another thread works makes that thread go round once more. What a
// thread did before Take is visible to whoever works next. A turn may be kept across a pending
// operation, and for ever when all is over.
class Turn {
 public:
  explicit Turn(bool taken = false) : taken_(taken) {}

  // True: the caller has the turn. False: whoever has it has been told.
  [[nodiscard]] bool Take() {
    absl::MutexLock lock(&mu_);
    if (taken_) {
      again_ = true;
      return false;
    }
    taken_ = true;
    return true;
  }

  // False: someone asked meanwhile, and the caller still has the turn.
  [[nodiscard]] bool Release() {
    absl::MutexLock lock(&mu_);
    if (again_) {
      again_ = false;
      return false;
    }
    taken_ = false;
    return true;
  }

 private:
  absl::Mutex mu_;
  bool taken_ ABSL_GUARDED_BY(mu_);
  bool again_ ABSL_GUARDED_BY(mu_) = false;
};

}  // namespace streampair

#endif  // STREAMPAIR_SERVER_TURN_H_
