#include "tests/harness/server_side.h"

#include <poll.h>
#include <sys/socket.h>

#include <utility>

#include "absl/synchronization/notification.h"
#include "absl/time/time.h"
#include "tests/harness/frames.h"
#include "tests/harness/transfer_client.h"
#include "tests/harness/wait.h"

namespace streampair::testing {
namespace {

bool Wait(pollfd* entries, nfds_t count) {
  return poll(entries, count, static_cast<int>(absl::ToInt64Milliseconds(kPatience))) > 0;
}

}  // namespace

void Relay(int left, int right, RelayEnd end) {
  std::string room(1 << 16, '\0');
  bool open[2] = {true, true};
  const int ends[2] = {left, right};
  while (end == RelayEnd::kLeft ? open[0] : open[0] || open[1]) {
    pollfd entries[2] = {{open[0] ? left : -1, POLLIN, 0}, {open[1] ? right : -1, POLLIN, 0}};
    if (!Wait(entries, 2)) return;
    for (int i : {0, 1}) {
      if (entries[i].revents == 0) continue;
      const ssize_t got = recv(ends[i], room.data(), room.size(), MSG_DONTWAIT);
      if (got < 0) return;
      if (got == 0) {
        open[i] = false;
        shutdown(ends[1 - i], SHUT_WR);
      }
      for (ssize_t sent = 0; sent < got;) {
        pollfd out = {ends[1 - i], POLLOUT, 0};
        if (!Wait(&out, 1)) return;
        const ssize_t more = send(ends[1 - i], room.data() + sent, static_cast<size_t>(got - sent),
                                  MSG_DONTWAIT | MSG_NOSIGNAL);
        if (more < 0) return;
        sent += more;
      }
    }
  }
}

ServerSide::ServerSide(v1::StreamPairService::Stub& stub, v1::SslContext context)
    : stub_(stub),
      context_(std::move(context)),
      front_([this](TargetConnection& front) { Serve(front); }) {}

void ServerSide::Serve(TargetConnection& front) {
  int dialled = -1;
  absl::Notification is_dialled;
  absl::Notification is_over;
  TcpTarget back([&](TargetConnection& connection) {
    dialled = connection.descriptor();
    is_dialled.Notify();
    is_over.WaitForNotification();
  });
  v1::StreamPairSpec spec = SpecTo(back.port());
  *spec.add_properties()->mutable_ssl_context() = context_;
  TransferClient rpc(stub_);
  rpc.Plan(0, {.grant_window = 1 << 16, .keep_data = false});
  rpc.Send({AttachNew(0, spec)});
  if (is_dialled.WaitForNotificationWithTimeout(kPatience))
    Relay(front.descriptor(), dialled, RelayEnd::kLeft);
  is_over.Notify();
}

}  // namespace streampair::testing
