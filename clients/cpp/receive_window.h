#ifndef STREAMPAIR_CLIENTS_CPP_RECEIVE_WINDOW_H_
#define STREAMPAIR_CLIENTS_CPP_RECEIVE_WINDOW_H_

#include <cstddef>
#include <cstdint>

namespace streampair::client {

// How much the windows of one RPC may grow by together. Credit that was granted cannot be taken
// back, so a channel that grew and then stalls keeps its part; this bounds the sum. Pure.
// Thread-compatible.
class WindowBudget {
 public:
  explicit WindowBudget(size_t bytes) : left_(bytes) {}
  WindowBudget(const WindowBudget&) = delete;  // Windows point to it.
  WindowBudget& operator=(const WindowBudget&) = delete;

  // As much of `wanted` as is left.
  [[nodiscard]] size_t Take(size_t wanted) {
    const size_t taken = wanted < left_ ? wanted : left_;
    left_ -= taken;
    return taken;
  }
  void GiveBack(size_t bytes) { left_ += bytes; }
  size_t left() const { return left_; }

 private:
  size_t left_;
};

// The receiver's side of a channel's credit: what the server may still send, and when to grant
// more.
//
//   if (!window.OnData(size, starved)) -> the server broke its credit
//   ... the application reads ...
//   size_t grant = window.OnConsumed(size, window.wants_growth() ? limit : 0); -> a window frame if
//   not 0
//
// Half of the window consumed is granted back at once. The window doubles only for an application
// that keeps up: the server said that it used its last credit and had more, and after that
// everything received was consumed. (To test this when the frame arrives would be too early: there
// is always something unread then.) So unread bytes never exceed size(), and a stream that nobody
// reads never makes its window grow. Pure. Thread-compatible.
class ReceiveWindow {
 public:
  // `budget` must outlive this. Requires: initial > 0.
  ReceiveWindow(size_t initial, WindowBudget* budget);
  ~ReceiveWindow();  // Returns its growth to the budget.
  ReceiveWindow(const ReceiveWindow&) = delete;
  ReceiveWindow& operator=(const ReceiveWindow&) = delete;

  // `bytes` arrived. False, and nothing changes, if the server had not that much credit.
  [[nodiscard]] bool OnData(size_t bytes, bool starved);

  // The application took `bytes`. Returns the credit to grant now, 0 for none. The window may grow
  // up to `limit`. Requires: bytes <= unread().
  [[nodiscard]] size_t OnConsumed(size_t bytes, size_t limit);

  // Whether consuming all that is unread would make the window grow if its limit allows.
  bool wants_growth() const { return starved_; }

  size_t size() const { return size_; }      // Bound on credit() + unread().
  size_t credit() const { return credit_; }  // What the server may still send.
  size_t unread() const { return unread_; }

 private:
  const size_t initial_;
  WindowBudget* const budget_;  // unowned
  size_t size_;
  size_t credit_;
  size_t unread_ = 0;
  bool starved_ = false;  // As the last data said; forgotten once acted upon.
};

}  // namespace streampair::client

#endif  // STREAMPAIR_CLIENTS_CPP_RECEIVE_WINDOW_H_
