#include "tests/harness/proxies.h"

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace streampair::testing {
namespace {

// Runs a program to its end and returns what it wrote, without the last newline.
std::string OutputOf(std::vector<std::string> command, const ScratchDir& scratch) {
  ChildProcess child({.command = std::move(command),
                      .directory = scratch.path(),
                      .output = scratch.File("command.out"),
                      .errors = scratch.File("command.err")});
  EXPECT_EQ(child.Wait(), 0) << child.Output();
  std::string output = child.Output();
  while (!output.empty() && output.back() == '\n') output.pop_back();
  return output;
}

std::string CryptedPassword(const char* kind, const ScratchDir& scratch) {
  return OutputOf({"openssl", "passwd", kind, "-salt", "salt", ProxyPeer::kPassword}, scratch);
}

}  // namespace

ProxyPeer::ProxyPeer() {
  scratch_.Write("hosts",
                 absl::StrCat("127.0.0.1 localhost ", kIpv4Name, "\n::1 ", kIpv6Name, "\n"));
  scratch_.Write("passwd", absl::StrCat("root:x:0:0::/:/bin/sh\n", kUser,
                                        ":x:0:0::/:/bin/sh\n"
                                        "nobody:x:65534:65534::/:/usr/sbin/nologin\n"));
  scratch_.Write(
      "shadow", absl::StrCat("root:*:19000:0:99999:7:::\nnobody:*:19000:0:99999:7:::\n", kUser, ":",
                             CryptedPassword("-6", scratch_), ":19000:0:99999:7:::\n"));
}

void ProxyPeer::RunProxy(std::vector<std::string> command, As as) {
  std::vector<std::string> all = {
      "unshare",
      "--user",
      "--map-root-user",
      "--mount",
      "sh",
      "-c",
      "for file in hosts passwd shadow; do mount --bind $file /etc/$file || exit 1; done; "
      "exec \"$@\"",
      "sh"};
  if (as == As::kNobody) all.insert(all.end(), {"unshare", "--user", "--map-user=65534"});
  all.insert(all.end(), command.begin(), command.end());
  Run(std::move(all));
}

Dante::Dante(bool login) {
  scratch_.Write("danted.conf",
                 absl::StrCat("logoutput: stderr\n"
                              "internal: 127.0.0.1 port = ",
                              port(),
                              "\n"
                              "external: 127.0.0.1\n"
                              "external: ::1\n"
                              "external.rotation: route\n"
                              "clientmethod: none\n"
                              "socksmethod: ",
                              login ? "username" : "none",
                              "\n"
                              "client pass { from: 127.0.0.0/8 port 1-65535 to: 0.0.0.0/0 }\n"
                              "socks block { from: 0.0.0.0/0 to: 0.0.0.0/0 port = ",
                              kBlockedPort,
                              " }\n"
                              "socks pass { from: 0.0.0.0/0 to: 0.0.0.0/0 protocol: tcp }\n"
                              "socks pass { from: 0.0.0.0/0 to: ::/0 protocol: tcp }\n"));
  RunProxy({"/usr/sbin/danted", "-f", "danted.conf"});
}

Microsocks::Microsocks(bool login) {
  std::vector<std::string> command = {"microsocks", "-i", "127.0.0.1", "-p", absl::StrCat(port())};
  if (login) command.insert(command.end(), {"-u", kUser, "-P", kPassword});
  RunProxy(std::move(command));
}

class SshDynamic::Sshd : public ProxyPeer {
 public:
  explicit Sshd(const ScratchDir& keys) {
    scratch_.Write("sshd_config", absl::StrCat("ListenAddress 127.0.0.1\n"
                                               "Port ",
                                               port(),
                                               "\n"
                                               "HostKey ",
                                               keys.File("host_key"),
                                               "\n"
                                               "AuthorizedKeysFile ",
                                               keys.File("client_key.pub"),
                                               "\n"
                                               "PidFile none\n"
                                               "UsePAM no\n"
                                               "StrictModes no\n"
                                               "PasswordAuthentication no\n"));
    RunProxy({"/usr/sbin/sshd", "-D", "-e", "-f", scratch_.File("sshd_config")}, As::kNobody);
  }
};

SshDynamic::SshDynamic() {
  for (const char* key : {"host_key", "client_key"}) {
    OutputOf({"ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key}, scratch_);
  }
  sshd_ = std::make_unique<Sshd>(scratch_);
  RunProxy({"ssh", "-N", "-D", address(), "-p", absl::StrCat(sshd_->port()), "-i", "client_key",
            "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null", "-F", "none",
            "nobody@127.0.0.1"});
}

SshDynamic::~SshDynamic() = default;

Squid::Squid() {
  scratch_.Write("accounts", absl::StrCat(kUser, ":", CryptedPassword("-apr1", scratch_), "\n"));
  scratch_.Write("squid.conf", absl::StrCat("http_port ", address(),
                                            "\n"
                                            "pid_filename none\n"
                                            "cache deny all\n"
                                            "access_log none\n"
                                            "cache_log /dev/stderr\n"
                                            "hosts_file /etc/hosts\n"
                                            "dns_nameservers 127.0.0.1\n"
                                            "dns_timeout 1 seconds\n"
                                            "visible_hostname squid.test\n"
                                            "shutdown_lifetime 0 seconds\n"
                                            "pinger_enable off\n"
                                            "auth_param basic program "
                                            "/usr/lib/squid/basic_ncsa_auth ",
                                            scratch_.File("accounts"),
                                            "\n"
                                            "acl login proxy_auth REQUIRED\n"
                                            "acl blocked port ",
                                            kBlockedPort,
                                            "\n"
                                            "http_access deny blocked\n"
                                            "http_access allow login\n"
                                            "http_access deny all\n"));
  RunProxy({"/usr/sbin/squid", "-N", "-f", "squid.conf"}, As::kNobody);
}

Tinyproxy::Tinyproxy(bool login) {
  scratch_.Write(
      "tinyproxy.conf",
      absl::StrCat("Port ", port(),
                   "\n"
                   "Listen 127.0.0.1\n"
                   "MaxClients 20\n"
                   "Timeout 30\n",
                   login ? absl::StrCat("BasicAuth ", kUser, " ", kPassword, "\n") : ""));
  RunProxy({"tinyproxy", "-d", "-c", "tinyproxy.conf"});
}

Ipv6Door::Ipv6Door(int target) {
  Run({"socat", absl::StrCat("TCP6-LISTEN:", port(), ",ipv6only=0,reuseaddr,fork"),
       absl::StrCat("TCP4:127.0.0.1:", target)});
}

}  // namespace streampair::testing
