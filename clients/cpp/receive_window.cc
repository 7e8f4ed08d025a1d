#include "clients/cpp/receive_window.h"

#include <algorithm>

namespace streampair::client {

ReceiveWindow::ReceiveWindow(size_t initial, WindowBudget* budget)
    : initial_(initial), budget_(budget), size_(initial), credit_(initial) {}

ReceiveWindow::~ReceiveWindow() { budget_->GiveBack(size_ - initial_); }

bool ReceiveWindow::OnData(size_t bytes, bool starved) {
  if (bytes > credit_) return false;
  credit_ -= bytes;
  unread_ += bytes;
  starved_ = starved;
  return true;
}

size_t ReceiveWindow::OnConsumed(size_t bytes, size_t limit) {
  unread_ -= bytes;
  if (starved_ && unread_ == 0) {
    starved_ = false;
    const size_t target = std::min(limit, 2 * size_);
    if (target > size_) size_ += budget_->Take(target - size_);
  }
  const size_t grant = size_ - credit_ - unread_;
  if (grant < (size_ + 1) / 2) return 0;
  credit_ += grant;
  return grant;
}

}  // namespace streampair::client
