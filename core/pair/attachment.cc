#include "core/pair/attachment.h"

#include <utility>

#include "core/pair/stream_pair.h"

namespace streampair {

Attachment::Attachment(std::shared_ptr<StreamPair> pair, Halves halves)
    : pair_(std::move(pair)), halves_(halves) {}

Attachment::~Attachment() { pair_->Detach(halves_); }

IoResult Attachment::Read(absl::Span<char> buffer) { return pair_->Read(buffer); }

IoResult Attachment::ReadEnd() { return pair_->ReadEnd(); }

IoResult Attachment::Write(absl::Span<const iovec> pieces) { return pair_->Write(pieces); }

bool Attachment::Finish() { return pair_->Finish(); }

void Attachment::SetWritePending(bool pending) {
  pair_->write_pending_.store(pending, std::memory_order_relaxed);
}

void Attachment::Abandon(bool reset, const Error& why) { pair_->Release(reset, why); }

bool Attachment::EndMayFollow() const { return pair_->EndMayFollow(); }

EndKind Attachment::end_kind() const { return pair_->end_kind(); }

std::optional<Error> Attachment::error() const { return pair_->error(); }

}  // namespace streampair
