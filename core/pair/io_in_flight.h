#ifndef STREAMPAIR_CORE_PAIR_IO_IN_FLIGHT_H_
#define STREAMPAIR_CORE_PAIR_IO_IN_FLIGHT_H_

#include <atomic>
#include <cstdint>

namespace streampair {

// A socket tells its error once, to whichever call comes first. If that is a write, a read beside
// it sees an end where there was a reset; if it is a read, a write beside it sees that the
// connection is closed (EPIPE). Until the first has said what it was told, the second cannot know.
// This lets the second wait for just that; there is one for each direction's calls:
//
//   first:  Begin(); send() or recv(); ... tells of an error ...; if (End()) -> wake the second
//   second: recv() said end, or send() EPIPE; if (MustWait()) -> as if it would block; it is woken
//
// One thread at a time on each side. Costs the first two locked instructions a system call.
class IoInFlight {
 public:
  void Begin() { calls_.fetch_add(1, std::memory_order_seq_cst); }

  // True: the second waits.
  [[nodiscard]] bool End() {
    calls_.store(calls_.load(std::memory_order_relaxed) + 1, std::memory_order_seq_cst);
    return waiting_.load(std::memory_order_seq_cst) &&
           waiting_.exchange(false, std::memory_order_seq_cst);
  }

  // False: no call that was under way beside the second's can still have an error to tell. Stays
  // so.
  [[nodiscard]] bool MustWait() {
    if (settled_) return false;
    const uint32_t now = calls_.load(std::memory_order_seq_cst);
    if (doubt_ == 0 && now % 2 != 0) doubt_ = now;
    if (doubt_ != 0 && now == doubt_) {
      waiting_.store(true, std::memory_order_seq_cst);
      // It may have ended meanwhile, without having seen that somebody waits.
      if (calls_.load(std::memory_order_seq_cst) == doubt_) return true;
    }
    settled_ = true;
    return false;
  }

 private:
  std::atomic<uint32_t> calls_{0};  // Odd while one is under way.
  std::atomic<bool> waiting_{false};

  // The second's.
  uint32_t doubt_ = 0;  // The call that was under way when it first asked; 0 for none.
  bool settled_ = false;
};

}  // namespace streampair

#endif  // STREAMPAIR_CORE_PAIR_IO_IN_FLIGHT_H_
