// What streams ask of their RPC: the calls that read, write, wait and end.
#include <algorithm>
#include <limits>
#include <string>
#include <utility>

#include "absl/time/clock.h"
#include "clients/cpp/client_errors.h"
#include "clients/cpp/transfer_rpc.h"

namespace streampair::client {
namespace {

// How long a channel that moved bytes counts as active.
constexpr std::chrono::seconds kActiveFor(1);
// Of one slice that a write is cut into.
constexpr size_t kPieceBytes = size_t{256} << 10;
// As for attach frames.
constexpr size_t kMaxPropertyBytes = size_t{1} << 20;

}  // namespace

// Reading.

ReadResult TransferRpc::Read(Seat* seat, size_t max, absl::Time deadline, Slices* out) {
  absl::MutexLock lock(&mu_);
  while (!seat->channel.readable() && deadline != absl::InfinitePast()) {
    if (seat->readable.WaitWithDeadline(&mu_, deadline)) break;
  }
  const size_t limit = seat->channel.wants_window_growth() ? WindowLimit(seat->channel) : 0;
  ReadResult result = seat->channel.Read(max, limit, out);
  turns_.Note(&seat->channel);
  Pump();
  return result;
}

bool TransferRpc::NotifyReadable(Seat* seat, Callback callback) {
  absl::MutexLock lock(&mu_);
  if (seat->channel.readable()) return false;
  std::swap(seat->on_readable, callback);
  return true;
}

size_t TransferRpc::WindowLimit(const Channel& channel) {
  const SteadyTime now = std::chrono::steady_clock::now();
  for (const Activity& other : recent_) {
    if (other.channel != nullptr && other.channel != &channel && now - other.time < kActiveFor) {
      return options_.window_shared;
    }
  }
  return options_.window_alone;
}

void TransferRpc::NoteActivity(const Channel* channel) {
  if (recent_[0].channel != channel) std::swap(recent_[0], recent_[1]);
  recent_[0] = {channel, std::chrono::steady_clock::now()};
}

// Writing.

size_t TransferRpc::WaitForRoom(Seat* seat, absl::Time deadline) {
  Channel& channel = seat->channel;
  if (channel.room() == 0 && !channel.write_over() && deadline != absl::InfinitePast()) {
    channel.SetWriterWaiting(true);
    while (!channel.writable()) {
      if (seat->writable.WaitWithDeadline(&mu_, deadline)) break;
    }
    channel.SetWriterWaiting(false);
  }
  return channel.room();
}

WriteResult TransferRpc::Write(Seat* seat, absl::string_view bytes, absl::Time deadline) {
  using Outcome = WriteResult::Outcome;
  Channel& channel = seat->channel;
  size_t written = 0;
  absl::MutexLock lock(&mu_);
  while (!channel.write_over()) {
    if (written == bytes.size()) return {.outcome = Outcome::kDone, .bytes = written};
    const size_t room = WaitForRoom(seat, deadline);
    if (channel.write_over()) break;
    if (room == 0) return {.outcome = Outcome::kNotYet, .bytes = written};
    const size_t size = std::min({bytes.size() - written, room, kPieceBytes});
    mu_.Unlock();  // Nobody needs to wait while bytes are copied.
    grpc::Slice piece(bytes.data() + written, size);
    mu_.Lock();
    if (channel.write_over()) break;
    written += size;
    channel.Write(std::move(piece));
    channel.SetWriterWaiting(written < bytes.size());
    turns_.Note(&channel);
    Pump();
    channel.SetWriterWaiting(false);
  }
  return {.outcome = Outcome::kError, .bytes = written, .error = channel.write_error()};
}

WriteResult TransferRpc::WriteSlice(Seat* seat, grpc::Slice slice, absl::Time deadline) {
  using Outcome = WriteResult::Outcome;
  Channel& channel = seat->channel;
  const size_t size = slice.size();
  absl::MutexLock lock(&mu_);
  const size_t room = WaitForRoom(seat, deadline);
  if (channel.write_over()) return {.outcome = Outcome::kError, .error = channel.write_error()};
  if (room == 0) return {.outcome = Outcome::kNotYet};
  channel.Write(std::move(slice));
  turns_.Note(&channel);
  Pump();
  return {.outcome = Outcome::kDone, .bytes = size};
}

bool TransferRpc::NotifyWritable(Seat* seat, Callback callback) {
  absl::MutexLock lock(&mu_);
  if (seat->channel.room() > 0 || seat->channel.write_over()) return false;
  seat->channel.SetWriterWaiting(true);
  std::swap(seat->on_writable, callback);
  return true;
}

// The stream's other calls.

bool TransferRpc::NotifyReady(Seat* seat, Callback callback) {
  absl::MutexLock lock(&mu_);
  if (seat->channel.opened_or_not()) return false;
  std::swap(seat->on_ready, callback);
  return true;
}

void TransferRpc::SetProperty(Seat* seat, v1::Property property, SetCallback callback) {
  const bool too_large = property.ByteSizeLong() > kMaxPropertyBytes;
  absl::MutexLock lock(&mu_);
  if (seat->channel.write_over() || too_large) {
    due_.push_back([callback = std::move(callback),
                    why = too_large ? AttachTooLarge() : seat->channel.write_error()]() mutable {
      callback(std::move(why));
    });
  } else {
    const uint32_t id = seat->channel.SetProperty(std::move(property));
    seat->on_set.emplace(id, std::move(callback));
    turns_.Note(&seat->channel);
  }
  Pump();
}

bool TransferRpc::WaitTls(Seat* seat, absl::Time deadline) {
  const Channel& channel = seat->channel;
  absl::MutexLock lock(&mu_);
  while (!channel.open_info().tls && !channel.ended() && !channel.error()) {
    if (seat->changed.WaitWithDeadline(&mu_, deadline)) return false;
  }
  return true;
}

void TransferRpc::Finish(Seat* seat) {
  Callback writable;  // Destroyed after the lock is gone.
  absl::MutexLock lock(&mu_);
  std::swap(writable, seat->on_writable);
  seat->channel.Finish();
  Update(seat);
  Pump();
}

void TransferRpc::Reset(Seat* seat) {
  Callbacks forgotten;  // Destroyed after the lock is gone.
  absl::MutexLock lock(&mu_);
  forgotten = Forget(seat);
  seat->channel.Reset(ResetHere());
  Update(seat);
  Pump();
}

Result<OpenInfo> TransferRpc::WaitOpen(Seat* seat, bool ready, absl::Time deadline) {
  const Channel& channel = seat->channel;
  absl::MutexLock lock(&mu_);
  const auto reached = [&channel, ready] {
    return ready ? channel.open_info().ready : channel.open_info().connected;
  };
  while (!reached() && !channel.ended() && !channel.error()) {
    if (seat->changed.WaitWithDeadline(&mu_, deadline)) break;
  }
  if (!reached() && channel.error()) return *channel.error();
  return channel.open_info();
}

bool TransferRpc::WaitEnd(Seat* seat, absl::Time deadline) {
  const Channel& channel = seat->channel;
  absl::MutexLock lock(&mu_);
  while (!channel.ended() && !channel.error()) {
    if (seat->changed.WaitWithDeadline(&mu_, deadline)) break;
  }
  return channel.ended() || channel.error();
}

Result<EndInfo> TransferRpc::Close(Seat* seat, absl::Time deadline) {
  Callbacks forgotten;  // Destroyed after the lock is gone.
  Channel& channel = seat->channel;
  absl::MutexLock lock(&mu_);
  forgotten = Forget(seat);
  channel.Finish();
  Update(seat);
  Pump();
  while (!channel.over_on_wire()) {
    // What still comes is dropped; reading it keeps credit flowing, so that the end can come.
    Slices dropped;
    if (channel.Read(std::numeric_limits<size_t>::max(), 0, &dropped).outcome ==
        ReadResult::Outcome::kBytes) {
      turns_.Note(&channel);
      Pump();
      mu_.Unlock();
      dropped.clear();
      mu_.Lock();
    } else if (seat->changed.WaitWithDeadline(&mu_, deadline)) {
      channel.Reset(NotClosedInTime());
      Update(seat);
      Pump();
      break;
    }
  }
  // The status belongs to the only pair; once it is here the server has seen everything of ours.
  if (form_ == Form::kOnePair) {
    const absl::Time patience = absl::Now() + options_.linger;
    while (!done_ && !done_changed_.WaitWithDeadline(&mu_, std::max(deadline, patience))) {
    }
  }
  if (channel.error()) return *channel.error();
  return channel.end_info();
}

size_t TransferRpc::Unread(Seat* seat) {
  absl::MutexLock lock(&mu_);
  return seat->channel.unread();
}

OpenInfo TransferRpc::Open(Seat* seat) {
  absl::MutexLock lock(&mu_);
  return seat->channel.open_info();
}

std::string TransferRpc::PairName(Seat* seat) {
  absl::MutexLock lock(&mu_);
  return seat->channel.pair_name();
}

EndInfo TransferRpc::End(Seat* seat) {
  absl::MutexLock lock(&mu_);
  return seat->channel.end_info();
}

std::optional<StreamError> TransferRpc::Error(Seat* seat) {
  absl::MutexLock lock(&mu_);
  return seat->channel.error();
}

}  // namespace streampair::client
