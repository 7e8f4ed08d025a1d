#ifndef STREAMPAIR_TESTS_HARNESS_STARTTLS_PEERS_H_
#define STREAMPAIR_TESTS_HARNESS_STARTTLS_PEERS_H_

#include <string>

#include "tests/harness/peers.h"

namespace streampair::testing {

// Servers that will not run as root, and want to be the account that they are told to be: whoever
// runs the test, they are nobody, in a user and mount namespace of their own with their directory
// at /mnt (a path short enough for Unix sockets). They end in order with the object.
class NobodysPeer : public Peer {
 public:
  ~NobodysPeer();

 protected:
  NobodysPeer(const std::string& certificate, const std::string& key);
  // Runs shell commands, of which the last one becomes the server.
  void RunAsNobody(const std::string& commands);
};

// Dovecot, an IMAP server with STARTTLS that lets anybody in, but in clear text nobody.
class Dovecot : public NobodysPeer {
 public:
  Dovecot(const std::string& certificate, const std::string& key);
};

// PostgreSQL with TLS, an empty database, and the user "postgres" without a password.
class Postgres : public NobodysPeer {
 public:
  Postgres(const std::string& certificate, const std::string& key);
};

}  // namespace streampair::testing

#endif  // STREAMPAIR_TESTS_HARNESS_STARTTLS_PEERS_H_
