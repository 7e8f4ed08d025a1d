#ifndef STREAMPAIR_TESTS_HARNESS_PEERS_H_
#define STREAMPAIR_TESTS_HARNESS_PEERS_H_

#include <memory>
#include <string>
#include <vector>

#include "tests/harness/child_process.h"
#include "tests/harness/scratch_dir.h"

namespace streampair::testing {

// A real program that listens on a port of this machine. Made means that it accepts connections
// (or, for dnsmasq, that it answers). Killed and reaped with the object.
class Peer {
 public:
  int port() const { return port_; }
  std::string address() const;
  const ScratchDir& scratch() const { return scratch_; }
  ChildProcess& process() { return *process_; }

 protected:
  Peer();  // Picks the port.
  void Run(std::vector<std::string> command, bool wait_for_connect = true);

  ScratchDir scratch_;

 private:
  int port_ = 0;
  std::unique_ptr<ChildProcess> process_;
};

// nginx, which serves `body` as /file.
class Nginx : public Peer {
 public:
  explicit Nginx(const std::string& body);

  // The same over TLS 1.2 and 1.3, with that certificate and key (PEM).
  Nginx(const std::string& body, const std::string& certificate, const std::string& key);

 private:
  void Serve(const std::string& body, const std::string& listen);
};

// nginx as a mail server that lets nobody in: SMTP or IMAP, with STARTTLS.
class MailNginx : public Peer {
 public:
  // `protocol`: "smtp" or "imap".
  MailNginx(const std::string& protocol, const std::string& certificate, const std::string& key);
};

// GnuTLS's server, which sends back what comes.
class GnutlsServer : public Peer {
 public:
  // With that key and certificate (PEM) and more options; root.pem is `root`.
  GnutlsServer(const std::string& certificate, const std::string& key, const std::string& root,
               const std::vector<std::string>& options);
};

// socat, which runs a program per connection ("EXEC:cat"), or sends connections on.
class Socat : public Peer {
 public:
  explicit Socat(const std::string& other_end);
};

// `openssl s_server`, which wants a TLS handshake; here a plain sink that gets bytes and answers
// some of them.
class OpensslServer : public Peer {
 public:
  OpensslServer();

  // With that key and certificate (PEM, a root to follow) and more options; it sends back each line
  // reversed.
  OpensslServer(const std::string& certificate, const std::string& key,
                const std::vector<std::string>& options);
};

// dnsmasq as the only name server: it knows the names below .test and asks nobody.
class Dnsmasq : public Peer {
 public:
  // `lines`: more of its configuration, such as "host-record=a.test,192.0.2.1".
  explicit Dnsmasq(const std::vector<std::string>& lines = {});
  static constexpr char kGoodName[] = "good.test";        // 127.0.0.1.
  static constexpr char kUnknownName[] = "unknown.test";  // NXDOMAIN.
  static constexpr char kEmptyName[] = "empty.test";      // Exists, has no address.
};

// HAProxy in front of a gRPC server, HTTP/2 on both sides. `timeout`: for clients and servers.
class Haproxy : public Peer {
 public:
  Haproxy(const std::string& server_address, const std::string& timeout);
};

// A UDP port on which somebody listens and never answers.
class SilentDns {
 public:
  SilentDns();
  int port() const { return port_; }
  std::string address() const;

 private:
  UniqueFd socket_;
  int port_ = 0;
};

}  // namespace streampair::testing

#endif  // STREAMPAIR_TESTS_HARNESS_PEERS_H_
