#ifndef STREAMPAIR_CORE_RESOLVE_CARES_CHANNEL_H_
#define STREAMPAIR_CORE_RESOLVE_CARES_CHANNEL_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/functional/any_invocable.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "core/addr/endpoint.h"
#include "core/base/result.h"
#include "core/loop/event_loop.h"
#include "core/resolve/cares_answer.h"
#include "core/resolve/cares_handle.h"

namespace streampair {

// One c-ares channel, its sockets and its timer on an event loop. Asks name servers; merges,
// orders and cancels nothing. Confined to the loop's thread, the destructor included unless the
// loop has stopped.
class CaresChannel {
 public:
  struct Settings {
    std::vector<Endpoint> servers;  // Empty: those of /etc/resolv.conf.
    absl::Duration try_timeout = absl::Seconds(2);
    int tries = 3;

    // What to do with SERVFAIL, REFUSED and NOTIMP. False: go on to the next server, and say
    // ARES_ECONNREFUSED if none does better, because that is what c-ares says. True: take it as
    // the answer.
    bool take_refusals = false;
  };

  // Called once, inside Ask() or later. May call Ask(), but must not destroy the channel.
  using Answered = absl::AnyInvocable<void(CaresAnswer)>;

  // How a question for records was answered: a status of c-ares, and the whole DNS message, which
  // is gone when the callback returns; empty unless the status is ARES_SUCCESS.
  struct Message {
    int status;
    absl::string_view bytes;
  };
  using GotMessage = absl::AnyInvocable<void(const Message&)>;

  // InternalFault if the library cannot start. `loop` must outlive the channel.
  static Result<std::unique_ptr<CaresChannel>> Make(EventLoop& loop, const Settings& settings);

  // Lets go of all questions; their callbacks are destroyed uncalled.
  ~CaresChannel();
  CaresChannel(const CaresChannel&) = delete;
  CaresChannel& operator=(const CaresChannel&) = delete;

  // Asks for the addresses of `name` as it stands: no search list, no aliases, no hosts file.
  void Ask(const std::string& name, IpAddress::Family family, Answered answered);

  // Asks for the records of that type at a name in presentation form (a backslash quotes a dot).
  // Success means at least one answer record. The callback has the rules of Answered.
  void AskRecords(const std::string& name, int type, GotMessage got_message);

  // Lets go of all questions and closes the sockets. c-ares cannot let go of a single one. Must not
  // be called by an Answered.
  void AbandonAll();

  // Questions that are not answered yet.
  size_t open_questions() const { return open_questions_; }

  size_t server_count() const { return server_count_; }

 private:
  struct Question;
  struct RecordQuestion;
  class Socket;

  CaresChannel(EventLoop& loop, absl::Duration try_timeout);
  Result<void> Init(const Settings& settings);

  void OnSocketState(int fd, bool readable, bool writable);
  void OnSocketEvents(int fd, uint32_t events);
  void OnTimer();
  void ArmTimer();

  EventLoop& loop_;
  const absl::Duration try_timeout_;
  CaresHandle handle_;
  size_t server_count_ = 0;
  size_t open_questions_ = 0;
  bool abandoning_ = false;  // Callbacks that c-ares makes now are not passed on.

  absl::flat_hash_map<int, EventLoop::WatchId> watches_;
  EventLoop::TimerId timer_ = 0;  // 0: not armed.
  MonotonicTime timer_due_;
};

}  // namespace streampair

#endif  // STREAMPAIR_CORE_RESOLVE_CARES_CHANNEL_H_
