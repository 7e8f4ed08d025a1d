// Tells ThreadSanitizer what Abseil's locks do.
//
// Debian's Abseil is not instrumented: the sanitizer sees neither the atomics inside Mutex::Lock
// nor the annotations that a build of Abseil's own would carry, and so would call every guarded
// field a race. Under --config=tsan the linker sends our calls of those functions here
// (bazel/tsan/wrapped.bzl), and we report them. While a call is between "pre" and "post" the
// sanitizer looks away, which also covers conditions that another thread evaluates inside its
// Unlock().
//
// Calls that Debian's libraries make among themselves do not pass here; what they do with our
// memory in intercepted functions such as memmove is suppressed at the end of this file.

#include <sanitizer/tsan_interface.h>

#include <cstdint>

#include "absl/synchronization/blocking_counter.h"
#include "absl/synchronization/mutex.h"
#include "absl/synchronization/notification.h"
#include "absl/time/time.h"

namespace {

using absl::BlockingCounter;
using absl::Condition;
using absl::CondVar;
using absl::Duration;
using absl::Mutex;
using absl::Notification;
using absl::Time;

// Mutexes are often constant-initialised, so none is announced when it is made.
constexpr unsigned kWrite = __tsan_mutex_linker_init;
constexpr unsigned kRead = __tsan_mutex_linker_init | __tsan_mutex_read_lock;

// Runs `lock`, which takes the mutex for writing or reading.
template <typename Lock>
void Take(Mutex* mutex, unsigned flags, Lock lock) {
  __tsan_mutex_pre_lock(mutex, flags);
  lock();
  __tsan_mutex_post_lock(mutex, flags, 0);
}

// The same for a lock that comes with an answer about its condition.
template <typename Lock>
bool TakeWhen(Mutex* mutex, unsigned flags, Lock lock) {
  __tsan_mutex_pre_lock(mutex, flags);
  const bool result = lock();
  __tsan_mutex_post_lock(mutex, flags, 0);
  return result;
}

template <typename Lock>
bool TryTake(Mutex* mutex, unsigned flags, Lock lock) {
  flags |= __tsan_mutex_try_lock;
  __tsan_mutex_pre_lock(mutex, flags);
  const bool taken = lock();
  __tsan_mutex_post_lock(mutex, taken ? flags : flags | __tsan_mutex_try_lock_failed, 0);
  return taken;
}

template <typename Unlock>
void Release(Mutex* mutex, unsigned flags, Unlock unlock) {
  __tsan_mutex_pre_unlock(mutex, flags);
  unlock();
  __tsan_mutex_post_unlock(mutex, flags);
}

// Runs `wait`, which gives the mutex up for a while. Waiting readers are reported as writers, which
// hides no race among writers.
template <typename Wait>
auto GiveUpMeanwhile(Mutex* mutex, Wait wait) {
  __tsan_mutex_pre_unlock(mutex, 0);
  __tsan_mutex_post_unlock(mutex, 0);
  __tsan_mutex_pre_lock(mutex, kWrite);
  struct Relock {
    Mutex* mutex;
    ~Relock() { __tsan_mutex_post_lock(mutex, kWrite, 0); }
  } relock{mutex};
  return wait();
}

// What HasBeenNotified(), which is inline, loads: it must find the store that Notify() makes
// unseen.
void* Flag(const Notification* notification) {
  return const_cast<char*>(reinterpret_cast<const char*>(notification)) + sizeof(Mutex);
}

}  // namespace

// Declares __real_<symbol>, which is Debian's function, and opens ours.
#define WRAP(result, symbol, ...)      \
  result __real_##symbol(__VA_ARGS__); \
  result __wrap_##symbol(__VA_ARGS__); \
  result __wrap_##symbol(__VA_ARGS__)

extern "C" {

WRAP(void, _ZN4absl7debian35Mutex4LockEv, Mutex* mutex) {
  Take(mutex, kWrite, [&] { __real__ZN4absl7debian35Mutex4LockEv(mutex); });
}
WRAP(void, _ZN4absl7debian35Mutex6UnlockEv, Mutex* mutex) {
  Release(mutex, 0, [&] { __real__ZN4absl7debian35Mutex6UnlockEv(mutex); });
}
WRAP(bool, _ZN4absl7debian35Mutex7TryLockEv, Mutex* mutex) {
  return TryTake(mutex, kWrite, [&] { return __real__ZN4absl7debian35Mutex7TryLockEv(mutex); });
}
WRAP(void, _ZN4absl7debian35Mutex10ReaderLockEv, Mutex* mutex) {
  Take(mutex, kRead, [&] { __real__ZN4absl7debian35Mutex10ReaderLockEv(mutex); });
}
WRAP(void, _ZN4absl7debian35Mutex12ReaderUnlockEv, Mutex* mutex) {
  Release(mutex, __tsan_mutex_read_lock,
          [&] { __real__ZN4absl7debian35Mutex12ReaderUnlockEv(mutex); });
}
WRAP(bool, _ZN4absl7debian35Mutex13ReaderTryLockEv, Mutex* mutex) {
  return TryTake(mutex, kRead,
                 [&] { return __real__ZN4absl7debian35Mutex13ReaderTryLockEv(mutex); });
}
WRAP(void, _ZN4absl7debian35Mutex8LockWhenERKNS0_9ConditionE, Mutex* mutex, const Condition& when) {
  Take(mutex, kWrite,
       [&] { __real__ZN4absl7debian35Mutex8LockWhenERKNS0_9ConditionE(mutex, when); });
}
WRAP(bool, _ZN4absl7debian35Mutex19LockWhenWithTimeoutERKNS0_9ConditionENS0_8DurationE,
     Mutex* mutex, const Condition& when, Duration timeout) {
  return TakeWhen(mutex, kWrite, [&] {
    return __real__ZN4absl7debian35Mutex19LockWhenWithTimeoutERKNS0_9ConditionENS0_8DurationE(
        mutex, when, timeout);
  });
}
WRAP(bool, _ZN4absl7debian35Mutex20LockWhenWithDeadlineERKNS0_9ConditionENS0_4TimeE, Mutex* mutex,
     const Condition& when, Time deadline) {
  return TakeWhen(mutex, kWrite, [&] {
    return __real__ZN4absl7debian35Mutex20LockWhenWithDeadlineERKNS0_9ConditionENS0_4TimeE(
        mutex, when, deadline);
  });
}
WRAP(void, _ZN4absl7debian35Mutex5AwaitERKNS0_9ConditionE, Mutex* mutex, const Condition& when) {
  GiveUpMeanwhile(mutex,
                  [&] { __real__ZN4absl7debian35Mutex5AwaitERKNS0_9ConditionE(mutex, when); });
}
WRAP(bool, _ZN4absl7debian35Mutex16AwaitWithTimeoutERKNS0_9ConditionENS0_8DurationE, Mutex* mutex,
     const Condition& when, Duration timeout) {
  return GiveUpMeanwhile(mutex, [&] {
    return __real__ZN4absl7debian35Mutex16AwaitWithTimeoutERKNS0_9ConditionENS0_8DurationE(
        mutex, when, timeout);
  });
}
WRAP(bool, _ZN4absl7debian35Mutex17AwaitWithDeadlineERKNS0_9ConditionENS0_4TimeE, Mutex* mutex,
     const Condition& when, Time deadline) {
  return GiveUpMeanwhile(mutex, [&] {
    return __real__ZN4absl7debian35Mutex17AwaitWithDeadlineERKNS0_9ConditionENS0_4TimeE(mutex, when,
                                                                                        deadline);
  });
}
WRAP(void, _ZN4absl7debian35MutexD1Ev, Mutex* mutex) {
  __tsan_mutex_destroy(mutex, 0);
  __real__ZN4absl7debian35MutexD1Ev(mutex);
}

WRAP(void, _ZN4absl7debian37CondVar4WaitEPNS0_5MutexE, CondVar* condition, Mutex* mutex) {
  GiveUpMeanwhile(mutex,
                  [&] { __real__ZN4absl7debian37CondVar4WaitEPNS0_5MutexE(condition, mutex); });
}
WRAP(bool, _ZN4absl7debian37CondVar15WaitWithTimeoutEPNS0_5MutexENS0_8DurationE, CondVar* condition,
     Mutex* mutex, Duration timeout) {
  return GiveUpMeanwhile(mutex, [&] {
    return __real__ZN4absl7debian37CondVar15WaitWithTimeoutEPNS0_5MutexENS0_8DurationE(
        condition, mutex, timeout);
  });
}
WRAP(bool, _ZN4absl7debian37CondVar16WaitWithDeadlineEPNS0_5MutexENS0_4TimeE, CondVar* condition,
     Mutex* mutex, Time deadline) {
  return GiveUpMeanwhile(mutex, [&] {
    return __real__ZN4absl7debian37CondVar16WaitWithDeadlineEPNS0_5MutexENS0_4TimeE(
        condition, mutex, deadline);
  });
}

WRAP(void, _ZN4absl7debian312Notification6NotifyEv, Notification* notification) {
  __tsan_release(Flag(notification));
  __real__ZN4absl7debian312Notification6NotifyEv(notification);
}
WRAP(void, _ZNK4absl7debian312Notification19WaitForNotificationEv,
     const Notification* notification) {
  __real__ZNK4absl7debian312Notification19WaitForNotificationEv(notification);
  __tsan_acquire(Flag(notification));
}
WRAP(bool, _ZNK4absl7debian312Notification30WaitForNotificationWithTimeoutENS0_8DurationE,
     const Notification* notification, Duration timeout) {
  const bool notified =
      __real__ZNK4absl7debian312Notification30WaitForNotificationWithTimeoutENS0_8DurationE(
          notification, timeout);
  if (notified) __tsan_acquire(Flag(notification));
  return notified;
}
WRAP(bool, _ZNK4absl7debian312Notification31WaitForNotificationWithDeadlineENS0_4TimeE,
     const Notification* notification, Time deadline) {
  const bool notified =
      __real__ZNK4absl7debian312Notification31WaitForNotificationWithDeadlineENS0_4TimeE(
          notification, deadline);
  if (notified) __tsan_acquire(Flag(notification));
  return notified;
}

WRAP(bool, _ZN4absl7debian315BlockingCounter14DecrementCountEv, BlockingCounter* counter) {
  __tsan_release(counter);
  return __real__ZN4absl7debian315BlockingCounter14DecrementCountEv(counter);
}
WRAP(void, _ZN4absl7debian315BlockingCounter4WaitEv, BlockingCounter* counter) {
  __real__ZN4absl7debian315BlockingCounter4WaitEv(counter);
  __tsan_acquire(counter);
}

// What uninstrumented libraries do inside themselves is not ours to judge.
const char* __tsan_default_suppressions();
const char* __tsan_default_suppressions() {
  // Each pattern may match one library only.
  return "called_from_lib:libabsl_base.so\n"
         "called_from_lib:libabsl_graphcycles_internal.so\n"
         "called_from_lib:libabsl_strings.so\n"
         "called_from_lib:libabsl_synchronization.so\n"
         "called_from_lib:libabsl_time.so\n"
         "called_from_lib:libabsl_time_zone.so\n"
         "called_from_lib:libcares.so\n";
}

}  // extern "C"
