#include "clients/cpp/stream.h"

#include <memory>
#include <utility>

#include "absl/synchronization/notification.h"
#include "clients/cpp/client_errors.h"

namespace streampair::client {

Stream& Stream::operator=(Stream&& other) noexcept {
  std::swap(rpc_, other.rpc_);
  std::swap(seat_, other.seat_);
  return *this;
}

Stream::~Stream() {
  if (rpc_ != nullptr) rpc_->Release(seat_);
}

ReadResult Stream::Read(absl::Span<char> buffer, absl::Time deadline) {
  Slices slices;
  ReadResult result = rpc_->Read(seat_, buffer.size(), deadline, &slices);
  CopyOut(slices, buffer.data());
  return result;
}

ReadResult Stream::ReadSlices(size_t max, Slices* out, absl::Time deadline) {
  return rpc_->Read(seat_, max, deadline, out);
}

bool Stream::NotifyReadable(absl::AnyInvocable<void()> callback) {
  return rpc_->NotifyReadable(seat_, std::move(callback));
}

WriteResult Stream::Write(absl::string_view bytes, absl::Time deadline) {
  return rpc_->Write(seat_, bytes, deadline);
}

WriteResult Stream::WriteSlice(grpc::Slice slice, absl::Time deadline) {
  return rpc_->WriteSlice(seat_, std::move(slice), deadline);
}

bool Stream::NotifyWritable(absl::AnyInvocable<void()> callback) {
  return rpc_->NotifyWritable(seat_, std::move(callback));
}

void Stream::SetProperty(v1::Property property, absl::AnyInvocable<void(Result<void>)> callback) {
  rpc_->SetProperty(seat_, std::move(property), std::move(callback));
}

Result<void> Stream::SetProperty(v1::Property property, absl::Time deadline) {
  // Shared, since the answer may come when nobody waits any more.
  struct Pending {
    Result<void> result;
    absl::Notification answered;
  };
  const auto pending = std::make_shared<Pending>();
  SetProperty(std::move(property), [pending](Result<void> result) {
    pending->result = std::move(result);
    pending->answered.Notify();
  });
  if (!pending->answered.WaitForNotificationWithDeadline(deadline)) return NotSetInTime();
  return pending->result;
}

Result<v1::TlsHandshakeReport> Stream::StartTls(const TlsOptions& options, absl::Time deadline) {
  const Result<void> set = SetProperty(TlsProperty(options), deadline);
  if (!set.ok()) return set.error();
  if (!rpc_->WaitTls(seat_, deadline)) return NotSetInTime();
  if (std::optional<v1::TlsHandshakeReport> report = open_info().tls) return *std::move(report);
  return error().value_or(PairOver());
}

void Stream::Finish() { rpc_->Finish(seat_); }

void Stream::Reset() { rpc_->Reset(seat_); }

Result<OpenInfo> Stream::WaitConnected(absl::Time deadline) {
  return rpc_->WaitOpen(seat_, /*ready=*/false, deadline);
}

Result<OpenInfo> Stream::WaitReady(absl::Time deadline) {
  return rpc_->WaitOpen(seat_, /*ready=*/true, deadline);
}

bool Stream::NotifyReady(absl::AnyInvocable<void()> callback) {
  return rpc_->NotifyReady(seat_, std::move(callback));
}

bool Stream::WaitEnd(absl::Time deadline) { return rpc_->WaitEnd(seat_, deadline); }

Result<EndInfo> Stream::Close(absl::Time deadline) { return rpc_->Close(seat_, deadline); }

size_t Stream::unread() const { return rpc_->Unread(seat_); }

OpenInfo Stream::open_info() const { return rpc_->Open(seat_); }

std::string Stream::pair_name() const { return rpc_->PairName(seat_); }

EndInfo Stream::end_info() const { return rpc_->End(seat_); }

std::optional<StreamError> Stream::error() const { return rpc_->Error(seat_); }

}  // namespace streampair::client
