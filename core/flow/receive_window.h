#ifndef STREAMPAIR_CORE_FLOW_RECEIVE_WINDOW_H_
#define STREAMPAIR_CORE_FLOW_RECEIVE_WINDOW_H_

#include <cstddef>

#include "core/flow/window_budget.h"

namespace streampair {

// The receiver's half of a channel's flow control in one direction: what the peer may
// still send, and when to grant more. Pure. Thread-compatible.
//
//   if (!window.OnData(size, frame.starved)) -> the peer broke its credit
//   ... the bytes are kept, later consumed ...
//   if (size_t grant = window.OnConsumed(size)) -> send a window frame
//
// Credit goes back when half of the window has been consumed. The window doubles for a
// reader that keeps up: the sender said that it used its last credit and has more
// (starved), and after that everything received was consumed. A sender that says so while
// the bytes lie here unread gets nothing. So unread bytes never exceed size(), and a pair
// that nobody reads never makes its window grow.
class ReceiveWindow {
 public:
  // `budget` must outlive this. Requires: initial > 0.
  ReceiveWindow(size_t initial, WindowBudget* budget);
  ~ReceiveWindow();  // Returns the growth to the budget.

  ReceiveWindow(const ReceiveWindow&) = delete;
  ReceiveWindow& operator=(const ReceiveWindow&) = delete;

  // `bytes` arrived. False, and nothing changes, if the peer had not that much credit.
  [[nodiscard]] bool OnData(size_t bytes, bool starved);

  // `bytes` of what arrived have been passed on. The credit to grant to the peer now; 0 if
  // none. Requires: bytes <= unread().
  [[nodiscard]] size_t OnConsumed(size_t bytes);

  size_t size() const { return size_; }      // Bound on credit() + unread().
  size_t credit() const { return credit_; }  // What the peer may still send.
  size_t unread() const { return unread_; }  // What arrived and was not consumed.

 private:
  size_t Grow();  // By how much it grew.

  const size_t initial_;
  WindowBudget* const budget_;  // unowned
  size_t size_;
  size_t credit_;
  size_t unread_ = 0;
  bool starved_ = false;  // As the last data said; forgotten once acted upon.
};

}  // namespace streampair

#endif  // STREAMPAIR_CORE_FLOW_RECEIVE_WINDOW_H_
