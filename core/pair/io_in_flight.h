#ifndef STREAMPAIR_CORE_PAIR_IO_IN_FLIGHT_H_
#define STREAMPAIR_CORE_PAIR_IO_IN_FLIGHT_H_

#include <atomic>
#include <cstdint>

namespace streampair {

// A socket tells its error once, to whichever call comes first. If that is a write, a read beside
// it sees an end where there was a reset, and until the writer has said so nobody can tell the two
// apart. This lets the reader wait for just that:
//
//   writer: Begin(); send(); ... tells of an error ...; if (End()) -> wake the reader
//   reader: recv() said end; if (MustWait()) -> as if nothing had come; it will be woken
//
// It is the same the other way round: a read takes the reset, and a write beside it sees only that
// the connection is closed (EPIPE). So there is one of these for each direction.
//
// One reader and one writer at a time, on any threads. Costs two locked instructions a system call.
class IoInFlight {
 public:
  void Begin() { writes_.fetch_add(1, std::memory_order_seq_cst); }

  // True: the reader waits.
  [[nodiscard]] bool End() {
    writes_.store(writes_.load(std::memory_order_relaxed) + 1, std::memory_order_seq_cst);
    return waiting_.load(std::memory_order_seq_cst) &&
           waiting_.exchange(false, std::memory_order_seq_cst);
  }

  // False: no write beside the read that saw the end can still have an error to tell. Stays so.
  [[nodiscard]] bool MustWait() {
    if (settled_) return false;
    const uint32_t now = writes_.load(std::memory_order_seq_cst);
    if (doubt_ == 0 && now % 2 != 0) doubt_ = now;
    if (doubt_ != 0 && now == doubt_) {
      waiting_.store(true, std::memory_order_seq_cst);
      // It may have ended meanwhile, without having seen that somebody waits.
      if (writes_.load(std::memory_order_seq_cst) == doubt_) return true;
    }
    settled_ = true;
    return false;
  }

 private:
  std::atomic<uint32_t> writes_{0};  // Odd while one is under way.
  std::atomic<bool> waiting_{false};

  // The reader's.
  uint32_t doubt_ = 0;  // The write that was under way when the end was first seen; 0 for none.
  bool settled_ = false;
};

}  // namespace streampair

#endif  // STREAMPAIR_CORE_PAIR_IO_IN_FLIGHT_H_
