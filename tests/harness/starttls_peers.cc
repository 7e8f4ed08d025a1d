#include "tests/harness/starttls_peers.h"

#include <csignal>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "tests/harness/wait.h"

namespace streampair::testing {

NobodysPeer::NobodysPeer(const std::string& certificate, const std::string& key) {
  scratch_.Write("certificate.pem", certificate);
  scratch_.Write("key.pem", key);
}

NobodysPeer::~NobodysPeer() {
  process().Signal(SIGINT);  // Its children write until they are told.
  EXPECT_TRUE(process().Wait().has_value()) << process().Output();
}

void NobodysPeer::RunAsNobody(const std::string& commands) {
  Run({"unshare", "--user", "--map-root-user", "--mount", "sh", "-c",
       "mount --bind . /mnt && cd /mnt && chmod 600 key.pem && "
       "exec unshare --user --map-user=65534 --map-group=65534 sh -c \"$1\"",
       "sh", absl::StrCat("set -e\n", commands)});
}

Dovecot::Dovecot(const std::string& certificate, const std::string& key)
    : NobodysPeer(certificate, key) {
  scratch_.Write("dovecot.conf", absl::StrCat("base_dir = /mnt/run\n"
                                              "state_dir = /mnt/state\n"
                                              "log_path = /dev/stderr\n"
                                              "protocols = imap\n"
                                              "listen = 127.0.0.1\n"
                                              "default_internal_user = nobody\n"
                                              "default_internal_group = nogroup\n"
                                              "default_login_user = nobody\n"
                                              "first_valid_uid = 1\n"
                                              "mail_location = maildir:/mnt/mail\n"
                                              "ssl = required\n"
                                              "ssl_cert = </mnt/certificate.pem\n"
                                              "ssl_key = </mnt/key.pem\n"
                                              "service imap-login {\n"
                                              "  chroot =\n"
                                              "  inet_listener imap {\n"
                                              "    port = ",
                                              port(),
                                              "\n  }\n"
                                              "  inet_listener imaps {\n"
                                              "    port = 0\n"
                                              "  }\n"
                                              "}\n"
                                              "service anvil {\n  chroot =\n}\n"
                                              "service stats {\n  chroot =\n}\n"
                                              "passdb {\n"
                                              "  driver = static\n"
                                              "  args = nopassword=y\n"
                                              "}\n"
                                              "userdb {\n"
                                              "  driver = static\n"
                                              "  args = uid=nobody gid=nogroup home=/mnt/home\n"
                                              "}\n"));
  RunAsNobody("exec /usr/sbin/dovecot -F -c dovecot.conf");
}

Postgres::Postgres(const std::string& certificate, const std::string& key)
    : NobodysPeer(certificate, key) {
  const std::string programs = "/usr/lib/postgresql/15/bin/";
  RunAsNobody(absl::StrCat(programs,
                           "initdb -D data -A trust -N --no-locale --no-instructions -U postgres\n"
                           "exec ",
                           programs, "postgres -D data -k '' -h 127.0.0.1 -p ", port(),
                           " -F -c ssl=on -c ssl_cert_file=/mnt/certificate.pem"
                           " -c ssl_key_file=/mnt/key.pem -c shared_buffers=1MB"));
  // It accepts connections a little before it has a use for them, and then turns them away.
  EXPECT_TRUE(WaitUntil([this] {
    return absl::StrContains(process().Output(), "ready to accept connections");
  })) << process().Output();
}

}  // namespace streampair::testing
