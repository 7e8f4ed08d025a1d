#include "core/resolve/cares_channel.h"

#include <ares.h>
#include <arpa/nameser.h>
#include <sys/epoll.h>
#include <sys/time.h>

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "core/base/streampair_errors.h"
#include "core/resolve/cares_sockets.h"

namespace streampair {

// What c-ares carries through a query and gives back.
struct CaresChannel::Question {
  CaresChannel& channel;
  Answered answered;
};

struct CaresChannel::RecordQuestion {
  CaresChannel& channel;
  GotMessage got_message;
};

class CaresChannel::Socket : public FdHandler {
 public:
  Socket(CaresChannel& channel, int fd) : channel_(channel), fd_(fd) {}
  void OnEvents(uint32_t events) override { channel_.OnSocketEvents(fd_, events); }

 private:
  CaresChannel& channel_;  // Ends the watch, and with it these calls, before it goes.
  const int fd_;
};

CaresChannel::CaresChannel(EventLoop& loop, absl::Duration try_timeout)
    : loop_(loop), try_timeout_(try_timeout) {}

Result<std::unique_ptr<CaresChannel>> CaresChannel::Make(EventLoop& loop,
                                                         const Settings& settings) {
  std::unique_ptr<CaresChannel> channel(new CaresChannel(loop, settings.try_timeout));
  Result<void> ready = channel->Init(settings);
  if (!ready.ok()) return std::move(ready).error();
  return channel;
}

Result<void> CaresChannel::Init(const Settings& settings) {
  ares_options options = {};
  options.flags = settings.take_refusals ? ARES_FLAG_NOCHECKRESP : 0;
  options.timeout = static_cast<int>(absl::ToInt64Milliseconds(settings.try_timeout));
  options.tries = settings.tries;
  options.lookups = const_cast<char*>("b");  // Name servers only. Copied by c-ares.
  options.sock_state_cb = [](void* self, ares_socket_t fd, int readable, int writable) {
    static_cast<CaresChannel*>(self)->OnSocketState(fd, readable != 0, writable != 0);
  };
  options.sock_state_cb_data = this;
  Result<CaresHandle> handle =
      OpenCares(options, ARES_OPT_FLAGS | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_LOOKUPS |
                             ARES_OPT_SOCK_STATE_CB);
  if (!handle.ok()) return std::move(handle).error();
  handle_ = std::move(*handle);
  ares_set_socket_functions(handle_.get(), &CaresSocketFunctions(), nullptr);

  server_count_ = settings.servers.size();
  if (!settings.servers.empty()) {
    const std::string list = absl::StrJoin(
        settings.servers, ",",
        [](std::string* out, const Endpoint& server) { absl::StrAppend(out, server.ToString()); });
    const int status = ares_set_servers_ports_csv(handle_.get(), list.c_str());
    if (status != ARES_SUCCESS) {
      return InternalFault(
          absl::StrCat("c-ares refuses the name servers ", list, ": ", ares_strerror(status)));
    }
    return {};
  }
  ares_addr_port_node* servers = nullptr;
  if (ares_get_servers_ports(handle_.get(), &servers) == ARES_SUCCESS) {
    for (const auto* server = servers; server != nullptr; server = server->next) ++server_count_;
    ares_free_data(servers);
  }
  return {};
}

CaresChannel::~CaresChannel() {
  abandoning_ = true;
  handle_.reset();  // Gives back all questions and closes all sockets.
  loop_.CancelTimer(timer_);
}

void CaresChannel::Ask(const std::string& name, IpAddress::Family family, Answered answered) {
  ares_addrinfo_hints hints = {};
  hints.ai_family = family == IpAddress::Family::kV4 ? AF_INET : AF_INET6;
  hints.ai_socktype = SOCK_STREAM;
  // Unsorted: c-ares sorts within one answer, but the families come in two.
  hints.ai_flags = ARES_AI_CANONNAME | ARES_AI_NOSORT;
  ++open_questions_;
  ares_getaddrinfo(
      handle_.get(), name.c_str(), nullptr, &hints,
      [](void* argument, int status, int, ares_addrinfo* info) {
        std::unique_ptr<Question> question(static_cast<Question*>(argument));
        CaresAnswer answer = MakeCaresAnswer(status, info);
        ares_freeaddrinfo(info);
        --question->channel.open_questions_;
        if (!question->channel.abandoning_) question->answered(std::move(answer));
      },
      new Question{*this, std::move(answered)});
  ArmTimer();
}

void CaresChannel::AskRecords(const std::string& name, int type, GotMessage got_message) {
  ++open_questions_;
  ares_query(
      handle_.get(), name.c_str(), ns_c_in, type,
      [](void* argument, int status, int, unsigned char* bytes, int size) {
        std::unique_ptr<RecordQuestion> question(static_cast<RecordQuestion*>(argument));
        --question->channel.open_questions_;
        if (question->channel.abandoning_) return;
        Message message{status, {}};
        if (status == ARES_SUCCESS) {
          message.bytes = {reinterpret_cast<char*>(bytes), static_cast<size_t>(size)};
        }
        question->got_message(message);
      },
      new RecordQuestion{*this, std::move(got_message)});
  ArmTimer();
}

void CaresChannel::AbandonAll() {
  abandoning_ = true;
  ares_cancel(handle_.get());
  abandoning_ = false;
  ArmTimer();
}

void CaresChannel::OnSocketState(int fd, bool readable, bool writable) {
  if (auto it = watches_.find(fd); it != watches_.end()) {
    loop_.Unwatch(it->second);
    watches_.erase(it);
  }
  // Level-triggered: c-ares reads a TCP answer piece by piece, one call each, and would leave the
  // rest of it behind an edge. Should the loop refuse the watch, the query times out.
  const uint32_t events = (readable ? EPOLLIN : 0u) | (writable ? EPOLLOUT : 0u);
  if (events != 0) watches_[fd] = loop_.Watch(fd, events, std::make_shared<Socket>(*this, fd));
}

void CaresChannel::OnSocketEvents(int fd, uint32_t events) {
  // An error shows in whichever call is made next, so offer both.
  const bool failed = (events & (EPOLLERR | EPOLLHUP)) != 0;
  ares_process_fd(handle_.get(), failed || (events & EPOLLIN) ? fd : ARES_SOCKET_BAD,
                  failed || (events & EPOLLOUT) ? fd : ARES_SOCKET_BAD);
  ArmTimer();
}

void CaresChannel::OnTimer() {
  timer_ = 0;
  ares_process_fd(handle_.get(), ARES_SOCKET_BAD, ARES_SOCKET_BAD);
  ArmTimer();
}

// Keeps a timer for the earliest time-out of a query, or an earlier moment: ares_timeout() walks
// over all queries, so it is asked only when the armed timer could be too late. It cannot be when
// it comes before anything asked now could time out.
void CaresChannel::ArmTimer() {
  const bool needed = open_questions_ > 0;
  const MonotonicTime now = loop_.Now();
  if (timer_ != 0) {
    if (needed && timer_due_ <= now + try_timeout_) return;
    loop_.CancelTimer(std::exchange(timer_, 0));
  }
  if (!needed) return;
  timeval left = {};
  if (ares_timeout(handle_.get(), nullptr, &left) == nullptr) return;
  // c-ares counts in whole milliseconds, rounded down.
  timer_due_ = now + absl::DurationFromTimeval(left) + absl::Milliseconds(1);
  timer_ = loop_.AddTimer(timer_due_, [this] { OnTimer(); });
}

}  // namespace streampair
