#ifndef STREAMPAIR_CLIENTS_FRONT_CONNECTION_H_
#define STREAMPAIR_CLIENTS_FRONT_CONNECTION_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "clients/cpp/slice_queue.h"
#include "clients/cpp/stream.h"
#include "clients/cpp/stream_error.h"
#include "clients/front/poller.h"
#include "clients/front/proxy_greeting.h"

namespace streampair::front {

// Where a connection is to lead.
struct Target {
  std::string host;
  int port = 0;
};

// One connection of a local program, and the stream that it leads to. Everything happens on the
// poller's thread. What either side sends waits only for the other: at most one piece upwards
// beyond what the stream holds, and one read of the stream downwards. FIN goes through as FIN, a
// reset as a reset, in both directions.
class Connection final : public Poller::Handler, public std::enable_shared_from_this<Connection> {
 public:
  // What connections need of the front.
  class Host {
   public:
    virtual ~Host() = default;
    virtual client::Stream Open(const Target& target) = 0;
    // A pair failed; `opened`: after it had been open.
    virtual void OnFailed(const Target& target, const client::StreamError& error, bool opened) = 0;
    // The last call; the connection is to be dropped.
    virtual void OnOver(Connection& connection) = 0;
  };

  // How long a program may take to say where it wants to go, and to take the answer that it cannot.
  static constexpr absl::Duration kGreetingTime = absl::Seconds(30);
  static constexpr absl::Duration kFarewellTime = absl::Seconds(5);

  // Takes the socket over, which does not block. Without a target the program says where it wants
  // to go.
  Connection(std::shared_ptr<Poller> poller, Host& host, int socket, std::optional<Target> target);
  ~Connection() override;

  void Start();

 private:
  enum class State : uint8_t { kGreeting, kOpening, kCarrying, kRefusing, kOver };

  // Poller::Handler.
  void OnEvents(uint32_t events) override;

  // Does all that can be done now.
  void Step();
  void Greet();
  void Open();
  void OnOpened();
  void Carry();
  // One piece each; true: there may be more.
  bool CarryUp();
  bool CarryDown();
  bool SendDown();  // To the program; true: all of it is sent.
  void Refuse(absl::string_view answer);
  void SendRefusal();
  // A callback for the stream that makes a step here, and clears the flag before.
  absl::AnyInvocable<void()> StepLater(bool Connection::*waiting);

  // Ends.
  void OnLocalFailure();
  void Abort();  // A reset for the program.
  void End();

  const std::shared_ptr<Poller> poller_;  // A callback of the library may outlive the front.
  Host& host_;
  const int socket_;
  uint64_t watch_ = 0;
  std::optional<Poller::TimerId> timer_;
  State state_ = State::kGreeting;

  bool can_receive_ = true;  // Until the socket says otherwise.
  bool can_send_ = true;
  bool broken_ = false;

  std::optional<Target> target_;
  ProxyGreeting greeting_;
  std::string answer_;  // To be sent while there is no stream.
  bool refusal_sent_ = false;

  std::optional<client::Stream> stream_;
  std::optional<grpc::Slice> up_;  // Did not find room yet.
  client::Slices down_;            // What is being sent to the program.
  size_t down_sent_ = 0;           // Of its first slice.
  bool up_over_ = false;
  bool down_over_ = false;
  bool waits_for_room_ = false;
  bool waits_for_bytes_ = false;
  bool waits_for_opening_ = false;
};

}  // namespace streampair::front

#endif  // STREAMPAIR_CLIENTS_FRONT_CONNECTION_H_
