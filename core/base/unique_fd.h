#ifndef STREAMPAIR_CORE_BASE_UNIQUE_FD_H_
#define STREAMPAIR_CORE_BASE_UNIQUE_FD_H_

#include <utility>

namespace streampair {

// Owns one file descriptor and closes it. Movable; empty after a move. Thread-compatible.
class UniqueFd {
 public:
  UniqueFd() = default;
  explicit UniqueFd(int fd) : fd_(fd) {}  // Takes over `fd`; negative means none.
  UniqueFd(UniqueFd&& other) noexcept : fd_(other.Take()) {}
  UniqueFd& operator=(UniqueFd&& other) noexcept {
    Reset(other.Take());
    return *this;
  }
  ~UniqueFd() { Reset(); }

  int get() const { return fd_; }
  bool valid() const { return fd_ >= 0; }

  // Gives the descriptor away; the caller closes it.
  [[nodiscard]] int Take() { return std::exchange(fd_, -1); }

  // Closes what is held and holds `fd` instead. Leaves errno alone.
  // Requires: `fd` is not what is held already.
  void Reset(int fd = -1);

 private:
  int fd_ = -1;
};

}  // namespace streampair

#endif  // STREAMPAIR_CORE_BASE_UNIQUE_FD_H_
