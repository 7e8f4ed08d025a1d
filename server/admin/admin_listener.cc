#include "server/admin/admin_listener.h"

#include <cstddef>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "absl/time/clock.h"
#include "core/base/streampair_errors.h"
#include "grpcpp/security/server_credentials.h"
#include "server/grpc_transport.h"
#include "server/transport_security.h"

namespace streampair {
namespace {

constexpr size_t kMemoryQuota = size_t{64} << 20;  // Operators send little.

}  // namespace

Result<std::unique_ptr<AdminListener>> AdminListener::Make(const AdminSettings& settings,
                                                           AdminState state) {
  auto tcp = TcpCredentials(ListenerTls{settings.cert, settings.key, settings.client_ca,
                                        settings.crl, "admin.tls.", "_"});
  if (!tcp.ok()) return tcp.error();
  std::unique_ptr<AdminListener> listener(new AdminListener(std::move(state)));
  grpc::ServerBuilder builder;
  SetTransport(kMemoryQuota, builder);
  std::vector<int> ports(settings.listen.size(), -1);
  for (size_t i = 0; i < ports.size(); ++i) {
    absl::string_view port = settings.listen[i];
    listener->addresses_.push_back(absl::ConsumePrefix(&port, "localhost:")
                                       ? absl::StrCat("127.0.0.1:", port)
                                       : settings.listen[i]);
    const bool is_tcp = !absl::StartsWith(settings.listen[i], "unix:");
    builder.AddListeningPort(listener->addresses_[i],
                             is_tcp ? *tcp : grpc::InsecureServerCredentials(), &ports[i]);
  }
  builder.RegisterService(&listener->service_);
  listener->queues_ = std::make_unique<CallQueues>(builder, 1);
  listener->grpc_ = builder.BuildAndStart();
  for (size_t i = 0; i < ports.size(); ++i) {
    if (listener->grpc_ == nullptr || ports[i] <= 0) {
      return InvalidRequest(absl::StrCat("cannot listen for operators on ",
                                         absl::StrJoin(listener->addresses_, ", ")));
    }
    listener->addresses_[i] = BoundAddress(listener->addresses_[i], ports[i]);
  }
  return listener;
}

void AdminListener::Serve() {
  service_.Serve(*queues_);
  queues_->Start();
}

void AdminListener::Stop() {
  if (grpc_ != nullptr) grpc_->Shutdown(absl::ToChronoTime(absl::Now()));
  queues_->Shutdown();
  grpc_.reset();
}

AdminListener::~AdminListener() { Stop(); }

}  // namespace streampair
