#ifndef STREAMPAIR_SERVER_ADMIN_ADMIN_LISTENER_H_
#define STREAMPAIR_SERVER_ADMIN_ADMIN_LISTENER_H_

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "core/base/result.h"
#include "grpcpp/server.h"
#include "server/admin/admin_service.h"
#include "server/calls/call_queues.h"
#include "server/config/admin_config.h"

namespace streampair {

// A gRPC server of its own for AdminService alone, with its own queue: nobody gets from the
// callers' addresses to it, and what takes long here is in nobody's way.
class AdminListener {
 public:
  // Listens, and serves nobody yet. What `state` refers to must outlive this, or Stop(). Fails if a
  // file of `settings` cannot be used or an address cannot be listened on.
  static Result<std::unique_ptr<AdminListener>> Make(const AdminSettings& settings,
                                                     AdminState state);

  ~AdminListener();  // Stops.
  AdminListener(const AdminListener&) = delete;
  AdminListener& operator=(const AdminListener&) = delete;

  // With the real ports.
  const std::vector<std::string>& addresses() const { return addresses_; }

  // Once.
  void Serve();

  // Ends all calls and waits for them.
  void Stop();

 private:
  explicit AdminListener(AdminState state) : service_(std::move(state)) {}

  AdminService service_;
  std::unique_ptr<CallQueues> queues_;
  std::unique_ptr<grpc::Server> grpc_;
  std::vector<std::string> addresses_;
};

}  // namespace streampair

#endif  // STREAMPAIR_SERVER_ADMIN_ADMIN_LISTENER_H_
