#include "core/flow/receive_window.h"

#include <algorithm>

#include "core/base/check.h"

namespace streampair {

ReceiveWindow::ReceiveWindow(size_t initial, WindowBudget* budget)
    : initial_(initial), budget_(budget), size_(initial), credit_(initial) {
  SP_CHECK(initial > 0);
}

ReceiveWindow::~ReceiveWindow() { budget_->GiveBack(size_ - initial_); }

bool ReceiveWindow::OnData(size_t bytes, bool starved) {
  if (bytes > credit_) return false;
  credit_ -= bytes;
  unread_ += bytes;
  starved_ = starved;
  return true;
}

size_t ReceiveWindow::OnConsumed(size_t bytes) {
  SP_CHECK(bytes <= unread_);
  unread_ -= bytes;
  const size_t growth = starved_ && unread_ == 0 ? Grow() : 0;
  // What is neither promised to the peer nor lying here.
  const size_t free = size_ - credit_ - unread_;
  if (growth == 0 && free < size_ - free) return 0;
  credit_ += free;
  return free;
}

size_t ReceiveWindow::Grow() {
  starved_ = false;
  const size_t limit = std::max(size_, budget_->WindowLimit());
  const size_t growth = budget_->Take(std::min(size_, limit - size_));
  size_ += growth;
  return growth;
}

}  // namespace streampair
