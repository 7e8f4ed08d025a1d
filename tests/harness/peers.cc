#include "tests/harness/peers.h"

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "core/base/check.h"
#include "gtest/gtest.h"

namespace streampair::testing {
namespace {

sockaddr_in Loopback(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

int BindLoopback(int fd) {
  sockaddr_in address = Loopback(0);
  socklen_t size = sizeof(address);
  SP_CHECK(bind(fd, reinterpret_cast<sockaddr*>(&address), size) == 0);
  SP_CHECK(getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) == 0);
  return ntohs(address.sin_port);
}

UniqueFd NewSocket(int type) {
  UniqueFd fd(socket(AF_INET, type | SOCK_CLOEXEC, 0));
  SP_CHECK(fd.valid());
  return fd;
}

// A port that the kernel picks and gives back. For programs that cannot pick one themselves; a test
// has a network of its own, in which nobody else takes it meanwhile.
int PickPort() { return BindLoopback(NewSocket(SOCK_STREAM).get()); }

bool Accepts(int port) {
  const UniqueFd fd = NewSocket(SOCK_STREAM);
  const sockaddr_in address = Loopback(port);
  return connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0;
}

// Whether a name server answers there: to a question for the root's name servers, in whatever way.
bool AnswersDns(int port) {
  const UniqueFd fd = NewSocket(SOCK_DGRAM);
  const sockaddr_in address = Loopback(port);
  SP_CHECK(connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0);
  const timeval patience{0, 200000};
  setsockopt(fd.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
  const char question[] = {1, 2, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 1};
  char answer[512];
  return send(fd.get(), question, sizeof(question), 0) == sizeof(question) &&
         recv(fd.get(), answer, sizeof(answer), 0) > 0;
}

}  // namespace

Peer::Peer() : port_(PickPort()) {}

std::string Peer::address() const { return absl::StrCat("127.0.0.1:", port_); }

void Peer::Run(std::vector<std::string> command, bool wait_for_connect) {
  ChildOptions options;
  options.command = std::move(command);
  options.directory = scratch_.path();
  options.output = scratch_.File("output.log");
  process_ = std::make_unique<ChildProcess>(options);
  const bool up = WaitUntil([&] {
    if (!process_->Running()) return false;
    return wait_for_connect ? Accepts(port_) : AnswersDns(port_);
  });
  EXPECT_TRUE(up) << options.command.front() << " does not listen: " << process_->Output();
}

Nginx::Nginx(const std::string& body) { Serve(body, ""); }

Nginx::Nginx(const std::string& body, const std::string& certificate, const std::string& key) {
  scratch_.Write("certificate.pem", certificate);
  scratch_.Write("key.pem", key);
  Serve(body, absl::StrCat(" ssl;\n    ssl_certificate ", scratch_.File("certificate.pem"),
                           ";\n    ssl_certificate_key ", scratch_.File("key.pem"),
                           ";\n    ssl_protocols TLSv1.2 TLSv1.3"));
}

void Nginx::Serve(const std::string& body, const std::string& listen) {
  scratch_.Write("file", body);
  scratch_.Write("nginx.conf",
                 absl::StrCat("user root root;\n"  // Or it gives its folders to somebody else.
                              "daemon off;\n"
                              "master_process off;\n"
                              "pid nginx.pid;\n"
                              "error_log stderr;\n"
                              "events {}\n"
                              "http {\n"
                              "  access_log off;\n"
                              "  client_body_temp_path body;\n"
                              "  proxy_temp_path proxy;\n"
                              "  fastcgi_temp_path fastcgi;\n"
                              "  uwsgi_temp_path uwsgi;\n"
                              "  scgi_temp_path scgi;\n"
                              "  server {\n"
                              "    listen ",
                              address(), listen,
                              ";\n"
                              "    location /file { root ",
                              scratch_.path(),
                              "; }\n"
                              "  }\n"
                              "}\n"));
  Run({"nginx", "-p", scratch_.path(), "-e", "stderr", "-c", scratch_.File("nginx.conf")});
}

MailNginx::MailNginx(const std::string& protocol, const std::string& certificate,
                     const std::string& key) {
  scratch_.Write("certificate.pem", certificate);
  scratch_.Write("key.pem", key);
  scratch_.Write(
      "nginx.conf",
      absl::StrCat("load_module /usr/lib/nginx/modules/ngx_mail_module.so;\n"
                   "user root root;\n"
                   "daemon off;\n"
                   "master_process off;\n"
                   "pid nginx.pid;\n"
                   "error_log stderr;\n"
                   "events {}\n"
                   "mail {\n"
                   "  server_name mail.test;\n"
                   "  auth_http 127.0.0.1:1/nobody;\n"
                   "  server {\n"
                   "    listen ",
                   address(), ";\n    protocol ", protocol,
                   ";\n    starttls on;\n    ssl_certificate ", scratch_.File("certificate.pem"),
                   ";\n    ssl_certificate_key ", scratch_.File("key.pem"), ";\n  }\n}\n"));
  Run({"nginx", "-p", scratch_.path(), "-e", "stderr", "-c", scratch_.File("nginx.conf")});
}

GnutlsServer::GnutlsServer(const std::string& certificate, const std::string& key,
                           const std::string& root, const std::vector<std::string>& options) {
  scratch_.Write("certificate.pem", certificate);
  scratch_.Write("key.pem", key);
  scratch_.Write("root.pem", root);
  std::vector<std::string> command = {
      "gnutls-serv",    "--echo",          "--quiet",       "--port",  absl::StrCat(port()),
      "--x509certfile", "certificate.pem", "--x509keyfile", "key.pem", "--x509cafile",
      "root.pem"};
  command.insert(command.end(), options.begin(), options.end());
  Run(std::move(command));
}

Socat::Socat(const std::string& other_end) {
  Run({"socat", absl::StrCat("TCP-LISTEN:", port(), ",bind=127.0.0.1,reuseaddr,fork"), other_end});
}

OpensslServer::OpensslServer() {
  ChildProcess made({.command = {"openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                                 "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=localhost",
                                 "-keyout", "key.pem", "-out", "certificate.pem"},
                     .directory = scratch_.path(),
                     .output = scratch_.File("req.log")});
  EXPECT_EQ(made.Wait(), 0) << made.Output();
  Run({"openssl", "s_server", "-accept", address(), "-key", "key.pem", "-cert", "certificate.pem",
       "-rev"});
}

OpensslServer::OpensslServer(const std::string& certificate, const std::string& key,
                             const std::vector<std::string>& options) {
  scratch_.Write("certificate.pem", certificate);
  scratch_.Write("key.pem", key);
  std::vector<std::string> command = {"openssl", "s_server", "-accept",         address(), "-key",
                                      "key.pem", "-cert",    "certificate.pem", "-rev"};
  command.insert(command.end(), options.begin(), options.end());
  Run(std::move(command));
}

Dnsmasq::Dnsmasq(const std::vector<std::string>& lines) {
  scratch_.Write("dnsmasq.conf",
                 absl::StrCat("no-daemon\nno-resolv\nno-hosts\nuser=\n"
                              "listen-address=127.0.0.1\nbind-interfaces\n"
                              "pid-file=\nport=",
                              port(),
                              "\n"
                              "local=/test/\n"
                              "host-record=",
                              kGoodName,
                              ",127.0.0.1\n"
                              "txt-record=",
                              kEmptyName, ",nothing\n", absl::StrJoin(lines, "\n"), "\n"));
  Run({"dnsmasq", "--conf-file=dnsmasq.conf"}, /*wait_for_connect=*/false);
}

Haproxy::Haproxy(const std::string& server_address, const std::string& timeout) {
  scratch_.Write("haproxy.cfg", absl::StrCat("defaults\n"
                                             "  mode http\n"
                                             "  timeout connect 2s\n"
                                             "  timeout client ",
                                             timeout,
                                             "\n"
                                             "  timeout server ",
                                             timeout,
                                             "\n"
                                             "frontend front\n"
                                             "  bind ",
                                             address(),
                                             " proto h2\n"
                                             "  default_backend back\n"
                                             "backend back\n"
                                             "  server only ",
                                             server_address, " proto h2\n"));
  Run({"haproxy", "-db", "-f", "haproxy.cfg"});
}

SilentDns::SilentDns() : socket_(NewSocket(SOCK_DGRAM)), port_(BindLoopback(socket_.get())) {}

std::string SilentDns::address() const { return absl::StrCat("127.0.0.1:", port_); }

}  // namespace streampair::testing
