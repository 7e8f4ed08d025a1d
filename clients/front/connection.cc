#include "clients/front/connection.h"

#include <errno.h>
#include <limits.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <utility>

#include "absl/strings/str_cat.h"

namespace streampair::front {
namespace {

constexpr size_t kPiece = 64 << 10;
constexpr size_t kDownPiece = 256 << 10;
// Pieces in one step, so that a fast connection does not keep the others waiting.
constexpr int kPiecesPerStep = 16;

bool WouldBlock() { return errno == EAGAIN || errno == EWOULDBLOCK; }

}  // namespace

Connection::Connection(std::shared_ptr<Poller> poller, Host& host, int socket,
                       std::optional<Target> target)
    : poller_(std::move(poller)), host_(host), socket_(socket), target_(std::move(target)) {}

Connection::~Connection() {
  if (timer_) poller_->Cancel(*timer_);
  if (watch_ != 0) poller_->Unwatch(watch_, socket_);
  close(socket_);
}

void Connection::Start() {
  const int on = 1;
  setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);  // Not for Unix sockets.
  watch_ = poller_->Watch(socket_, this);
  if (watch_ == 0) return End();
  if (target_) {
    Open();
  } else {
    timer_ = poller_->After(kGreetingTime, [this] { End(); });
  }
  Step();
}

void Connection::OnEvents(uint32_t events) {
  if ((events & (EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0) can_receive_ = true;
  if ((events & (EPOLLOUT | EPOLLHUP | EPOLLERR)) != 0) can_send_ = true;
  if ((events & EPOLLERR) != 0) broken_ = true;
  Step();
}

void Connection::Step() {
  const std::shared_ptr<Connection> self = shared_from_this();
  if (broken_ && state_ != State::kOver) return OnLocalFailure();
  if (state_ == State::kGreeting) Greet();
  if (state_ == State::kOpening) OnOpened();
  if (state_ == State::kCarrying) Carry();
  if (state_ == State::kRefusing) SendRefusal();
}

// Before the stream.

void Connection::Greet() {
  std::array<char, 4096> buffer;
  while (greeting_.state() == ProxyGreeting::State::kReading) {
    const ssize_t size = recv(socket_, buffer.data(), buffer.size(), 0);
    if (size < 0 && WouldBlock()) {
      can_receive_ = false;
      return;
    }
    if (size < 0 && errno == EINTR) continue;
    if (size <= 0) return End();  // It left without a word, or in the middle of it.
    greeting_.Add(absl::string_view(buffer.data(), static_cast<size_t>(size)));
    answer_ += greeting_.TakeReply();
    if (greeting_.state() == ProxyGreeting::State::kRefused) return Refuse("");
    // A few bytes at the beginning of a connection: the socket has room for them.
    while (!answer_.empty()) {
      const ssize_t sent = send(socket_, answer_.data(), answer_.size(), MSG_NOSIGNAL);
      if (sent < 0) return OnLocalFailure();
      answer_.erase(0, static_cast<size_t>(sent));
    }
  }
  target_ = Target{greeting_.host(), greeting_.port()};
  if (std::string early = greeting_.TakeEarly(); !early.empty()) up_ = grpc::Slice(early);
  Open();
}

void Connection::Open() {
  if (timer_) poller_->Cancel(*std::exchange(timer_, std::nullopt));
  state_ = State::kOpening;
  stream_.emplace(host_.Open(*target_));
}

void Connection::OnOpened() {
  if (waits_for_opening_) return;
  waits_for_opening_ = stream_->NotifyReady(StepLater(&Connection::waits_for_opening_));
  if (waits_for_opening_) return;
  if (const std::optional<client::StreamError> error = stream_->error();
      error && !stream_->open_info().ready) {
    host_.OnFailed(*target_, *error, /*opened=*/false);
    const std::string answer = greeting_.state() == ProxyGreeting::State::kAsked
                                   ? greeting_.Failed(*error)
                                   : std::string();
    if (answer.empty()) return Abort();
    return Refuse(answer);
  }
  state_ = State::kCarrying;
  if (greeting_.state() == ProxyGreeting::State::kAsked) {
    const std::string answer = greeting_.Accepted(stream_->open_info().local_address);
    if (!answer.empty()) down_.push_back(grpc::Slice(answer));
  }
}

void Connection::Refuse(absl::string_view answer) {
  absl::StrAppend(&answer_, answer);
  stream_.reset();
  state_ = State::kRefusing;
  if (timer_) poller_->Cancel(*timer_);
  timer_ = poller_->After(kFarewellTime, [this] { End(); });
}

void Connection::SendRefusal() {
  while (!answer_.empty()) {
    const ssize_t sent = send(socket_, answer_.data(), answer_.size(), MSG_NOSIGNAL);
    if (sent < 0) {
      if (!WouldBlock()) End();
      return;
    }
    answer_.erase(0, static_cast<size_t>(sent));
  }
  if (!std::exchange(refusal_sent_, true)) shutdown(socket_, SHUT_WR);
  // Closing with unread bytes would be a reset, which may overtake the answer.
  std::array<char, 4096> dropped;
  ssize_t size;
  while ((size = recv(socket_, dropped.data(), dropped.size(), 0)) > 0) {
  }
  if (size == 0 || !WouldBlock()) End();
}

// With the stream.

absl::AnyInvocable<void()> Connection::StepLater(bool Connection::*waiting) {
  return [weak = weak_from_this(), waiting, poller = poller_] {
    poller->Post([weak, waiting] {
      const std::shared_ptr<Connection> self = weak.lock();
      if (self == nullptr) return;
      (*self).*waiting = false;
      self->Step();
    });
  };
}

void Connection::Carry() {
  bool more = true;
  for (int i = 0; i < kPiecesPerStep && more && state_ == State::kCarrying; ++i) {
    more = CarryUp();
    if (state_ == State::kCarrying) more |= CarryDown();
  }
  if (state_ != State::kCarrying) return;
  if (up_over_ && down_over_ && down_.empty()) return End();
  if (!more) return;
  poller_->Post([weak = weak_from_this()] {
    if (const std::shared_ptr<Connection> self = weak.lock()) self->Step();
  });
}

bool Connection::CarryUp() {
  using Outcome = client::WriteResult::Outcome;
  if (up_over_ || waits_for_room_) return false;
  if (!up_) {
    if (!can_receive_) return false;
    std::array<char, kPiece> buffer;  // NOLINT: written before it is read.
    const ssize_t size = recv(socket_, buffer.data(), buffer.size(), 0);
    if (size < 0) {
      if (errno == EINTR) return true;
      if (!WouldBlock()) OnLocalFailure();
      can_receive_ = false;
      return false;
    }
    if (size == 0) {
      up_over_ = true;
      stream_->Finish();
      return true;
    }
    up_ = grpc::Slice(buffer.data(), static_cast<size_t>(size));
  }
  switch (stream_->WriteSlice(*up_, absl::InfinitePast()).outcome) {
    case Outcome::kDone:
      up_.reset();
      return true;
    case Outcome::kNotYet:
      waits_for_room_ = stream_->NotifyWritable(StepLater(&Connection::waits_for_room_));
      return !waits_for_room_;
    case Outcome::kError:
      break;
  }
  up_over_ = true;  // Reading says why.
  up_.reset();
  return true;
}

bool Connection::CarryDown() {
  using Outcome = client::ReadResult::Outcome;
  if (!down_.empty()) return SendDown();
  if (down_over_ || waits_for_bytes_) return false;
  const client::ReadResult result = stream_->ReadSlices(kDownPiece, &down_, absl::InfinitePast());
  switch (result.outcome) {
    case Outcome::kBytes:
      return true;
    case Outcome::kNotYet:
      waits_for_bytes_ = stream_->NotifyReadable(StepLater(&Connection::waits_for_bytes_));
      return !waits_for_bytes_;
    case Outcome::kEnd:
      down_over_ = true;
      shutdown(socket_, SHUT_WR);
      return true;
    case Outcome::kError:
      host_.OnFailed(*target_, *result.error, /*opened=*/true);
      Abort();
      return false;
  }
  return false;
}

bool Connection::SendDown() {
  if (!can_send_) return false;
  std::array<iovec, 64> pieces;
  size_t count = 0, wanted = 0;
  for (const grpc::Slice& slice : down_) {
    if (count == pieces.size()) break;
    const size_t skip = count == 0 ? down_sent_ : 0;
    pieces[count++] = {const_cast<uint8_t*>(slice.begin()) + skip, slice.size() - skip};
    wanted += slice.size() - skip;
  }
  msghdr message = {};
  message.msg_iov = pieces.data();
  message.msg_iovlen = count;
  const ssize_t sent = sendmsg(socket_, &message, MSG_NOSIGNAL);
  if (sent < 0) {
    if (errno == EINTR) return true;
    if (!WouldBlock()) OnLocalFailure();
    can_send_ = false;
    return false;
  }
  if (static_cast<size_t>(sent) < wanted) can_send_ = false;
  down_sent_ += static_cast<size_t>(sent);
  size_t gone = 0;
  while (gone < down_.size() && down_sent_ >= down_[gone].size()) {
    down_sent_ -= down_[gone++].size();
  }
  down_.erase(down_.begin(), down_.begin() + static_cast<ptrdiff_t>(gone));
  return true;
}

// Ends.

void Connection::OnLocalFailure() {
  if (stream_) stream_->Reset();
  End();
}

void Connection::Abort() {
  const linger at_once = {1, 0};
  setsockopt(socket_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  End();
}

void Connection::End() {
  if (std::exchange(state_, State::kOver) == State::kOver) return;
  host_.OnOver(*this);
}

}  // namespace streampair::front
