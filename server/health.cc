#include "server/health.h"

#include <optional>
#include <utility>

#include "server/calls/unary_host.h"
#include "server/calls/writer_host.h"
#include "server/status_map.h"
#include "server/turn.h"

namespace streampair {
namespace {

using Request = grpc::health::v1::HealthCheckRequest;
using Response = grpc::health::v1::HealthCheckResponse;

Response::ServingStatus StatusOf(bool serving) {
  return serving ? Response::SERVING : Response::NOT_SERVING;
}

std::set<std::string> WithTheServer(const std::vector<std::string>& services) {
  std::set<std::string> all(services.begin(), services.end());
  all.insert("");
  return all;
}

}  // namespace

// One Watch. Whoever has the turn uses the RPC; it is kept while a message is under way, so that a
// client that reads slowly is told the latest status only.
class Health::Watcher final : public WriteHandler {
 public:
  Watcher(Health& health, std::shared_ptr<WriterCall<Response>> call)
      : health_(health), call_(std::move(call)) {}

  void Tell(Response::ServingStatus status) {
    {
      absl::MutexLock lock(&mu_);
      untold_ = status;
    }
    if (turn_.Take()) Work();
  }

  // WriteHandler.
  void OnWriteDone(bool ok) override {
    if (!ok) SetCancelled();
    Work();
  }
  void OnCancel() override {
    SetCancelled();
    if (turn_.Take()) Work();
  }
  void OnDone() override { health_.Remove(this); }

 private:
  void SetCancelled() {
    absl::MutexLock lock(&mu_);
    cancelled_ = true;
  }

  // Requires: the caller has the turn.
  void Work() {
    do {
      std::optional<Response::ServingStatus> status;
      bool cancelled;
      {
        absl::MutexLock lock(&mu_);
        status = std::exchange(untold_, std::nullopt);
        cancelled = cancelled_;
      }
      if (cancelled) return call_->Finish(CancelledStatus());  // Keeps the turn for ever.
      if (!status || status == told_) continue;
      told_ = status;
      Response response;
      response.set_status(*status);
      call_->Write(response);  // OnWriteDone goes on.
      return;
    } while (!turn_.Release());
  }

  Health& health_;
  const std::shared_ptr<WriterCall<Response>> call_;
  std::optional<Response::ServingStatus> told_;  // Whoever has the turn.

  Turn turn_;
  absl::Mutex mu_;
  std::optional<Response::ServingStatus> untold_ ABSL_GUARDED_BY(mu_);
  bool cancelled_ ABSL_GUARDED_BY(mu_) = false;
};

Health::Health(const std::vector<std::string>& services) : services_(WithTheServer(services)) {}

void Health::Serve(CallQueues& queues) {
  ServeUnary(queues, *this, &Health::RequestCheck,
             [this](const auto& call, const grpc::ServerContext&,
                    const Request& request) -> std::shared_ptr<CallHandler> {
               if (!Knows(request.service())) {
                 call->Fail(UnknownServiceStatus());
                 return nullptr;
               }
               Response response;
               {
                 absl::MutexLock lock(&mu_);
                 response.set_status(StatusOf(serving_));
               }
               call->Answer(response);
               return nullptr;
             });
  ServeWriter(queues, *this, &Health::RequestWatch,
              [this](auto call, const grpc::ServerContext&, const Request& request) {
                return StartWatch(request.service(), std::move(call));
              });
}

std::shared_ptr<WriteHandler> Health::StartWatch(const std::string& service,
                                                 std::shared_ptr<WriterCall<Response>> call) {
  auto watcher = std::make_shared<Watcher>(*this, std::move(call));
  if (!Knows(service)) {
    watcher->Tell(Response::SERVICE_UNKNOWN);  // For ever; services do not come and go.
    return watcher;
  }
  // Told under the lock, so that it does not hear of a change before what was before it. Telling
  // never waits.
  absl::MutexLock lock(&mu_);
  watchers_.insert(watcher.get());
  watcher->Tell(StatusOf(serving_));
  return watcher;
}

void Health::SetServing(bool serving) {
  absl::MutexLock lock(&mu_);
  serving_ = serving;
  for (Watcher* watcher : watchers_) watcher->Tell(StatusOf(serving));
}

void Health::Remove(Watcher* watcher) {
  absl::MutexLock lock(&mu_);
  watchers_.erase(watcher);
}

}  // namespace streampair
