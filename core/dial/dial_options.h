#ifndef STREAMPAIR_CORE_DIAL_DIAL_OPTIONS_H_
#define STREAMPAIR_CORE_DIAL_DIAL_OPTIONS_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "absl/time/time.h"
#include "core/addr/ip_address.h"
#include "core/net/socket.h"
#include "core/resolve/resolver.h"

namespace streampair {

class DialPolicy;

// In which way several addresses are tried.
enum class ConnectOrder : uint8_t {
  kRace,        // Happy Eyeballs (RFC 8305): families in turn, the next one after a short delay.
  kSequential,  // The original's way: the next one only when the one before has failed.
};

// Where connections come from. Empty: the kernel chooses.
struct SourceOptions {
  std::optional<IpAddress> address;
  uint16_t port = 0;
  std::string interface;

  friend bool operator==(const SourceOptions&, const SourceOptions&) = default;
};

// What the packets of a connection are marked as, for routers and queues.
enum class ServiceType : uint8_t {
  kBestEffort,
  kVoip,
  kVideo,
  kBackground,
  kVoice,
};

// How one connection is made. All socket options are in force before the first packet leaves.
struct DialOptions {
  // For everything from Dial to the callback: look-ups and all attempts together.
  absl::Duration connect_timeout = absl::Seconds(30);

  // For the look-ups alone, of the service and of the name. They end with the connect timeout too.
  absl::Duration resolve_timeout = absl::InfiniteDuration();

  AddressFamilies families = AddressFamilies::kAny;
  ConnectOrder order = ConnectOrder::kRace;
  absl::Duration attempt_delay = absl::Milliseconds(250);  // Of a race; RFC 8305 section 5.
  SourceOptions source;

  // True: an address whose route leaves by a cellular interface is not connected to: (POSIX,
  // EHOSTUNREACH) before any packet. The socket is bound to the interface that was looked at.
  bool no_cellular = false;

  ServiceType service_type = ServiceType::kBestEffort;
  bool no_delay = true;
  KeepaliveOptions keepalive;

  // How long sent bytes may stay unacknowledged (TCP_USER_TIMEOUT). Zero: the kernel's own limit.
  // It applies to the connecting phase too, where the connect timeout usually ends things first.
  absl::Duration user_timeout = absl::ZeroDuration();

  // Who judges this dial; it lives as long. Null: the dialer's own.
  std::shared_ptr<const DialPolicy> policy;

  // Bytes asked of the kernel, which doubles them for its bookkeeping. Zero: the kernel's choice.
  int receive_buffer = 0;
  int send_buffer = 0;
};

}  // namespace streampair

#endif  // STREAMPAIR_CORE_DIAL_DIAL_OPTIONS_H_
