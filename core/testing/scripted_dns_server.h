#ifndef STREAMPAIR_CORE_TESTING_SCRIPTED_DNS_SERVER_H_
#define STREAMPAIR_CORE_TESTING_SCRIPTED_DNS_SERVER_H_

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "core/addr/endpoint.h"
#include "core/loop/event_loop.h"
#include "core/testing/dns_wire.h"

namespace streampair {

// A name server on 127.0.0.1, UDP and TCP on one port, that answers as a function says. It works on
// the loop of the resolver that it is to test, so a test needs no further thread. Confined to that
// loop's thread, the destructor included unless the loop has stopped.
class ScriptedDnsServer {
 public:
  using Script = std::function<DnsReply(const DnsQuestion&)>;

  // `loop` must outlive the server. Aborts if there is no port to be had.
  ScriptedDnsServer(EventLoop& loop, Script script);
  ~ScriptedDnsServer();

  const Endpoint& endpoint() const { return endpoint_; }

  // All questions so far, in order.
  const std::vector<DnsQuestion>& questions() const { return questions_; }

 private:
  class UdpSocket;
  class TcpListener;
  class TcpConnection;

  // The response to send; nothing if there is to be none.
  std::string Answer(absl::string_view query, bool over_tcp);

  EventLoop& loop_;
  const Script script_;
  Endpoint endpoint_;
  std::vector<DnsQuestion> questions_;

  std::shared_ptr<UdpSocket> udp_;
  std::shared_ptr<TcpListener> listener_;
  std::vector<std::shared_ptr<TcpConnection>> connections_;  // Kept until the end.
};

// A script by names: addresses ("192.0.2.1") and what goes wrong. A name that is not listed does
// not exist; a listed one without addresses of the type asked for gives an empty answer.
ScriptedDnsServer::Script AnswerByName(
    std::vector<std::pair<std::string, std::vector<std::string>>> names);

}  // namespace streampair

#endif  // STREAMPAIR_CORE_TESTING_SCRIPTED_DNS_SERVER_H_
