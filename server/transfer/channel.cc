#include "server/transfer/channel.h"

#include "server/transfer/transfer_session.h"

namespace streampair {

Channel::~Channel() {
  attachment_.reset();
  if (end_ != nullptr) session_->OnChannelDetached(*end_);
}

void Channel::OnConnected() { session_->OnChannelConnected(shared_from_this()); }

void Channel::OnReady() { session_->OnChannelReady(shared_from_this()); }

void Channel::OnIo(bool readable, bool writable) {
  session_->OnChannelIo(shared_from_this(), readable, writable);
}

void Channel::OnGone(const Error& error) { session_->OnChannelGone(shared_from_this(), error); }

}  // namespace streampair
