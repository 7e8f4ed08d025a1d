// Programs that know nothing of Streampair and go through its command: git, ssh, apt, curl.
#include <openssl/ssl.h>

#include <csignal>
#include <cstring>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "core/testing/certificate_maker.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/harness/child_process.h"
#include "tests/harness/cli.h"
#include "tests/harness/pattern.h"
#include "tests/harness/peers.h"
#include "tests/harness/private_machine.h"
#include "tests/harness/proxies.h"
#include "tests/harness/scratch_dir.h"
#include "tests/harness/server_process.h"
#include "tests/harness/tls_peer.h"

namespace streampair::testing {
namespace {

using ::testing::HasSubstr;

using Environment = std::map<std::string, std::string>;

// Runs a shell's commands, which have to end well; what they wrote.
std::string Shell(const std::string& commands, const std::string& directory,
                  const Environment& environment = {}) {
  ScratchDir scratch;
  ChildProcess shell({.command = {"sh", "-ec", commands},
                      .directory = directory,
                      .environment = environment,
                      .output = scratch.File("output"),
                      .errors = scratch.File("errors")});
  EXPECT_EQ(shell.Wait(), 0) << commands << ReadFile(scratch.File("errors")).value_or("")
                             << shell.Output();
  return shell.Output();
}

// fcgiwrap, which runs git's CGI program.
class Fcgiwrap : public Peer {
 public:
  Fcgiwrap() { Run({"fcgiwrap", "-s", absl::StrCat("tcp:", address())}); }
};

// nginx over TLS, with HTTP/2 if it is wanted: files below `folder`, and git repositories there.
class WebServer : public Peer {
 public:
  WebServer(const std::string& folder, const std::string& certificate, const std::string& key) {
    scratch_.Write("certificate.pem", certificate);
    scratch_.Write("key.pem", key);
    scratch_.Write(
        "nginx.conf",
        absl::StrReplaceAll(R"(user root root;
daemon off;
master_process off;
pid nginx.pid;
error_log stderr;
events {}
http {
  access_log off;
  client_body_temp_path body;
  proxy_temp_path proxy;
  fastcgi_temp_path fastcgi;
  uwsgi_temp_path uwsgi;
  scgi_temp_path scgi;
  server {
    listen ADDRESS ssl http2;
    ssl_certificate certificate.pem;
    ssl_certificate_key key.pem;
    root FOLDER;
    location /repository.git {
      fastcgi_pass CGI;
      fastcgi_param SCRIPT_FILENAME /usr/lib/git-core/git-http-backend;
      fastcgi_param GIT_PROJECT_ROOT FOLDER;
      fastcgi_param GIT_HTTP_EXPORT_ALL 1;
      fastcgi_param GIT_CONFIG_COUNT 1;
      fastcgi_param GIT_CONFIG_KEY_0 safe.directory;
      fastcgi_param GIT_CONFIG_VALUE_0 "*";
      fastcgi_param PATH_INFO $uri;
      fastcgi_param QUERY_STRING $query_string;
      fastcgi_param REQUEST_METHOD $request_method;
      fastcgi_param CONTENT_TYPE $content_type;
      fastcgi_param CONTENT_LENGTH $content_length;
      fastcgi_param HTTP_CONTENT_ENCODING $http_content_encoding;
      fastcgi_param HTTP_GIT_PROTOCOL $http_git_protocol;
    }
  }
}
)",
                            {{"ADDRESS", address()}, {"FOLDER", folder}, {"CGI", cgi_.address()}}));
    Run({"nginx", "-p", scratch_.path(), "-e", "stderr", "-c", scratch_.File("nginx.conf")});
  }

 private:
  Fcgiwrap cgi_;
};

// sshd that lets the holder of keys/client_key in as nobody.
class Sshd : public ProxyPeer {
 public:
  explicit Sshd(const ScratchDir& keys) {
    scratch_.Write("passwd", "root:x:0:0::/:/bin/sh\nnobody:x:65534:65534::/:/bin/sh\n");
    scratch_.Write("sshd_config", absl::StrCat("ListenAddress 127.0.0.1\nPort ", port(),
                                               "\nHostKey ", keys.File("host_key"),
                                               "\nAuthorizedKeysFile ", keys.File("client_key.pub"),
                                               "\nPidFile none\nUsePAM no\nStrictModes no\n"
                                               "PasswordAuthentication no\n"));
    RunProxy({"/usr/sbin/sshd", "-D", "-e", "-f", scratch_.File("sshd_config")}, As::kNobody);
  }
};

// The web server has a name that only the server's look-ups know, so that what comes came through
// it; directly it is localhost.
class Programs : public ::testing::Test {
 protected:
  Programs() {
    const absl::Time now = absl::Now();
    const TestIdentity leaf = MakeCertificate({.subject = "leaf",
                                               .not_before = now - absl::Hours(1),
                                               .not_after = now + absl::Hours(1),
                                               .names = "DNS:good.test,DNS:localhost"},
                                              &names_.root);
    scratch_.Write("root.pem", names_.root.pem());
    scratch_.Write("file", PatternText(0, 1 << 20));
    web_ = std::make_unique<WebServer>(scratch_.path(), leaf.pem(), leaf.key_pem());
    environment_ = {{"HOME", scratch_.path()},
                    {"GIT_TERMINAL_PROMPT", "0"},
                    {"GIT_CONFIG_NOSYSTEM", "1"},
                    {"GIT_SSL_CAINFO", scratch_.File("root.pem")},
                    {"CURL_CA_BUNDLE", scratch_.File("root.pem")}};
    for (const char* variable : {"http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy",
                                 "ALL_PROXY", "no_proxy", "NO_PROXY"}) {
      environment_[variable] = "";
    }
  }

  // 'streampair socks'; its port.
  std::string StartSocks() {
    socks_ = std::make_unique<Cli>(std::vector<std::string>{
        absl::StrCat("--server=", server_.address()), "socks", "--listen=127.0.0.1:0"});
    EXPECT_TRUE(socks_->AwaitErrors("\n"));
    const std::string errors = socks_->Errors();
    const size_t begin = errors.rfind(':', errors.find('\n')) + 1;
    return errors.substr(begin, errors.find('\n') - begin);
  }

  std::string Run(const std::string& commands) {
    return Shell(commands, scratch_.path(), environment_);
  }

  // A repository with a history and a large file, to be cloned.
  void MakeRepository() {
    Run("git -c init.defaultBranch=main init -q work && cd work && "
        "git config user.name Somebody && git config user.email somebody@example.test && "
        "cp ../file large && echo one >small && git add . && git commit -qm one && "
        "echo two >small && git commit -qam two && cd .. && "
        "git clone -q --bare work repository.git");
  }
  // Two clones are one: the same commits, the same files, and whole.
  void ExpectSame(const std::string& one, const std::string& other) {
    EXPECT_EQ(Run("git -C " + one + " rev-parse HEAD HEAD^{tree}"),
              Run("git -C " + other + " rev-parse HEAD HEAD^{tree}"));
    EXPECT_EQ(Run("git -C " + other + " fsck --strict 2>&1"), "");
    EXPECT_EQ(Run("diff -r --exclude=.git " + one + " " + other), "");
  }

  TlsNames names_;
  ScratchDir scratch_;
  Dnsmasq dns_;
  ServerProcess server_{{absl::StrCat("--dns-servers=", dns_.address())}};
  std::unique_ptr<WebServer> web_;
  std::unique_ptr<Cli> socks_;
  Environment environment_;
};

TEST_F(Programs, GitClonesOverHttps) {
  MakeRepository();
  const std::string path = absl::StrCat(":", web_->port(), "/repository.git ");
  Run(absl::StrCat("git clone -q https://localhost", path, "direct"));
  const std::string port = StartSocks();
  Run(absl::StrCat("git -c http.proxy=socks5h://127.0.0.1:", port, " clone -q https://good.test",
                   path, "socks"));
  ExpectSame("direct", "socks");
  Run(absl::StrCat("git -c http.proxy=http://127.0.0.1:", port, " clone -q https://good.test", path,
                   "tunnel"));
  ExpectSame("direct", "tunnel");
}

TEST_F(Programs, GitClonesOverSshByProxyCommand) {
  if (const int error = NamespaceError(); error != 0)
    GTEST_SKIP() << "this system allows no namespaces of our own: " << strerror(error);
  MakeRepository();
  ScratchDir keys;
  Shell("for key in host_key client_key; do ssh-keygen -q -t ed25519 -N '' -f $key; done",
        keys.path());
  Sshd sshd(keys);
  const std::string ssh = absl::StrCat(
      "ssh -F none -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR "
      "-i ",
      keys.File("client_key"), " -p ", sshd.port());
  const std::string repository = absl::StrCat(scratch_.File("repository.git"), " ");
  environment_["GIT_SSH_COMMAND"] = ssh;
  Run(absl::StrCat("git clone -q nobody@localhost:", repository, "direct"));
  environment_["GIT_SSH_COMMAND"] =
      absl::StrCat(ssh, " -o ProxyCommand='", ProgramPath("clients/cli/streampair"),
                   " --server=", server_.address(), " connect %h %p'");
  Run(absl::StrCat("git clone -q nobody@good.test:", repository, "through"));
  ExpectSame("direct", "through");
}

TEST_F(Programs, AptUpdatesAndDownloads) {
  // A package of our own in a flat repository.
  Run("mkdir -p package/DEBIAN package/usr/share && cp file package/usr/share/pattern && "
      "printf 'Package: pattern\\nVersion: 1\\nArchitecture: all\\nMaintainer: Nobody "
      "<nobody@example.test>\\nDescription: a pattern\\n' >package/DEBIAN/control && "
      "mkdir debs && dpkg-deb --root-owner-group -Znone -b package debs/pattern_1_all.deb && "
      "{ dpkg-deb -f debs/pattern_1_all.deb; echo Filename: ./pattern_1_all.deb; "
      "echo Size: $(stat -c %s debs/pattern_1_all.deb); "
      "echo SHA256: $(sha256sum debs/pattern_1_all.deb | cut -d ' ' -f 1); } >debs/Packages");
  const std::string port = StartSocks();
  scratch_.Write("sources.list",
                 absl::StrCat("deb [trusted=yes] https://good.test:", web_->port(), "/debs ./\n"));
  for (const std::string scheme : {"socks5h", "http"}) {
    SCOPED_TRACE(scheme);
    scratch_.Write(
        "apt.conf",
        absl::StrReplaceAll(R"(Dir "SCRATCH/SCHEME";
Dir::Etc::sourcelist "SCRATCH/sources.list";
Dir::Etc::sourceparts "-";
Dir::Etc::parts "-";
Dir::Etc::main "-";
Dir::State::status "SCRATCH/SCHEME/status";
Dir::Bin::methods "/usr/lib/apt/methods";
APT::Architecture "amd64";
APT::Sandbox::User "";
Acquire::Languages "none";
Acquire::https::Proxy "SCHEME://127.0.0.1:PORT";
Acquire::https::CaInfo "SCRATCH/root.pem";
)",
                            {{"SCRATCH", scratch_.path()}, {"SCHEME", scheme}, {"PORT", port}}));
    environment_["APT_CONFIG"] = scratch_.File("apt.conf");
    Run(absl::StrReplaceAll(
        "mkdir -p SCHEME/var/lib/apt/lists/partial SCHEME/var/cache/apt/archives/partial "
        "SCHEME/etc/apt/preferences.d SCHEME/etc/apt/trusted.gpg.d SCHEME/var/lib/dpkg && "
        ": >SCHEME/status && apt-get -q update && cd SCHEME && apt-get -q download pattern && "
        "cmp pattern_1_all.deb ../debs/pattern_1_all.deb",
        {{"SCHEME", scheme}}));
  }
}

TEST_F(Programs, CurlSpeaksHttp2) {
  const std::string port = StartSocks();
  const auto fetch = [&](const std::string& proxy, const std::string& host) {
    return Run(absl::StrCat("curl -sS --max-time 30 --http2 ",
                            proxy.empty() ? "" : absl::StrCat("--proxy ", proxy, port),
                            " -w '%{http_version}' -o fetched https://", host, ":", web_->port(),
                            "/file && cmp fetched file"));
  };
  EXPECT_EQ(fetch("", "localhost"), "2");
  EXPECT_EQ(fetch("socks5h://127.0.0.1:", "good.test"), "2");
  EXPECT_EQ(fetch("http://127.0.0.1:", "good.test"), "2");
}

}  // namespace
}  // namespace streampair::testing
