#ifndef STREAMPAIR_TESTS_HARNESS_PROXIES_H_
#define STREAMPAIR_TESTS_HARNESS_PROXIES_H_

#include <memory>
#include <string>
#include <vector>

#include "tests/harness/peers.h"

namespace streampair::testing {

// Real proxies. They run in a user and mount namespace of their own, as root or as nobody whoever
// runs the test, with an /etc/hosts that knows two names and with one account: kUser.
class ProxyPeer : public Peer {
 public:
  static constexpr char kIpv4Name[] = "four.test";        // 127.0.0.1.
  static constexpr char kIpv6Name[] = "six.test";         // ::1.
  static constexpr char kUnknownName[] = "unknown.test";  // Nowhere.
  static constexpr char kUser[] = "alice";
  static constexpr char kPassword[] = "sesame";
  static constexpr int kBlockedPort = 9;  // Where those that have rules forbid to go.

 protected:
  ProxyPeer();
  enum class As { kRoot, kNobody };
  void RunProxy(std::vector<std::string> command, As as = As::kRoot);
};

// Dante: SOCKS 4 and 5, without a login or (then only 5) with one.
class Dante : public ProxyPeer {
 public:
  explicit Dante(bool login);
};

// microsocks: SOCKS 5.
class Microsocks : public ProxyPeer {
 public:
  explicit Microsocks(bool login);
};

// sshd, and `ssh -D` through it: SOCKS 4 and 5.
class SshDynamic : public ProxyPeer {
 public:
  SshDynamic();

 private:
  class Sshd;
  std::unique_ptr<Sshd> sshd_;

 public:
  ~SshDynamic();
};

// Squid: HTTP CONNECT, with a login.
class Squid : public ProxyPeer {
 public:
  Squid();
};

// Tinyproxy: HTTP CONNECT, with or without a login.
class Tinyproxy : public ProxyPeer {
 public:
  explicit Tinyproxy(bool login);
};

// Leads from [::1] to a port of 127.0.0.1: an IPv6 target.
class Ipv6Door : public Peer {
 public:
  explicit Ipv6Door(int port);
};

}  // namespace streampair::testing

#endif  // STREAMPAIR_TESTS_HARNESS_PROXIES_H_
