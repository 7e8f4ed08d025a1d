#include "core/resolve/avahi_bus.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "core/base/net_services_errors.h"
#include "core/resolve/avahi_session.h"

namespace streampair {

// Keeps the session's header, with libavahi's types, out of ours.
class AvahiBus::Session : public AvahiSession {
 public:
  using AvahiSession::AvahiSession;
};

AvahiBus::AvahiBus() = default;

AvahiBus::~AvahiBus() {
  absl::MutexLock lock(&mu_);
  if (thread_ == nullptr) return;
  thread_->loop().Post([session = std::move(session_)]() mutable { session.reset(); });
  thread_.reset();  // Runs what was posted.
}

AvahiBus::LookupId AvahiBus::Resolve(const ServiceName& name, Answered answered) {
  absl::MutexLock lock(&mu_);
  const LookupId id = ++last_id_;
  if (thread_ == nullptr) {
    auto thread = LoopThread::Start("avahi");
    if (!thread.ok()) {
      answered(ServiceUnavailable(absl::StrCat(
          "\"", name.ToString(), "\": no thread for Avahi: ", thread.error().detail())));
      return id;
    }
    thread_ = *std::move(thread);
    session_ = std::make_shared<Session>(thread_->loop());
  }
  thread_->loop().Post([session = session_, id, name, answered = std::move(answered)]() mutable {
    session->Resolve(id, name, std::move(answered));
  });
  return id;
}

void AvahiBus::Cancel(LookupId id) {
  absl::MutexLock lock(&mu_);
  if (thread_ == nullptr) return;
  thread_->loop().Post([session = session_, id] { session->Cancel(id); });
}

}  // namespace streampair
