// Pairs to programs that people use.
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "openssl/ssl.h"
#include "tests/harness/frames.h"
#include "tests/harness/peers.h"
#include "tests/harness/server_process.h"
#include "tests/harness/stream_error.h"
#include "tests/harness/tcp_target.h"
#include "tests/harness/transfer_client.h"

namespace streampair::testing {
namespace {

using ::testing::StartsWith;

class RealTargets : public ::testing::Test {
 protected:
  ServerProcess server_;
};

TEST_F(RealTargets, NginxServesAFile) {
  const std::string body = PatternText(0, 32 << 20);
  Nginx nginx(body);
  TransferClient rpc(server_.stub());
  rpc.Plan(0, {.grant_window = 262144});
  rpc.Send({AttachNew(0, SpecTo(nginx.port(), "localhost")),
            DataFrame(0, "GET /file HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")});
  rpc.AwaitFinish();
  const std::string answer = rpc.log().data;
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 200 OK\r\n"));
  const size_t header = answer.find("\r\n\r\n") + 4;
  EXPECT_EQ(answer.size() - header, body.size());
  EXPECT_TRUE(answer.substr(header) == body);
  rpc.Send({FinishFrame(0)});
  EXPECT_FALSE(rpc.AwaitEnd().has_error());
  EXPECT_THAT(rpc.Leave(), IsOk());
}

TEST_F(RealTargets, NginxAnswersRequestAfterRequest) {
  Nginx nginx("hello");
  TransferClient rpc(server_.stub());
  rpc.Plan(0, {.grant_window = 262144});
  rpc.Send({AttachNew(0, SpecTo(nginx.port()))});
  size_t answered = 0;
  for (int round = 0; round < 50; ++round) {
    rpc.Send({DataFrame(0, "GET /file HTTP/1.1\r\nHost: localhost\r\n\r\n")});
    ASSERT_TRUE(rpc.Await(0, [&](const ChannelLog& log) {
      return absl::string_view(log.data).substr(answered).find("\r\n\r\nhello") !=
             absl::string_view::npos;
    }));
    answered = rpc.log().data.size();
  }
}

TEST_F(RealTargets, SocatAnswersAfterTheClientsFinish) {
  constexpr uint64_t kBytes = 32 << 20;
  Socat socat("EXEC:sha256sum");  // Speaks only when its input has ended.
  TransferClient rpc(server_.stub());
  rpc.Plan(0, {.upload = kBytes, .finish = true});
  rpc.Send({AttachNew(0, SpecTo(socat.port()))});
  EXPECT_FALSE(rpc.AwaitEnd().has_error());
  EXPECT_EQ(rpc.log().data, absl::StrCat(PatternDigest(kBytes), "  -\n"));
  EXPECT_THAT(rpc.Leave(), IsOk());
}

TEST_F(RealTargets, OpensslTakesBytesThatAreNoTls) {
  OpensslServer openssl;
  TransferClient rpc(server_.stub());
  // The head of a handshake record of 16 KiB, and less than that.
  rpc.Send({AttachNew(0, SpecTo(openssl.port())),
            DataFrame(0, std::string("\x16\x03\x01\x40\x00\x01\x00\x3f\xfc\x03\x03", 11)),
            DataFrame(0, PatternText(0, 10000))});
  rpc.AwaitReady();
  rpc.Send({FinishFrame(0)});
  rpc.AwaitEnd();
  EXPECT_EQ(rpc.AwaitEnd().bytes_written(), 10011);
  rpc.HalfClose();
  rpc.AwaitStatus();
}

// The client's own TLS through a plain pair: any bit that is lost or turned ends it.
class TlsInside {
 public:
  explicit TlsInside(TransferClient& rpc) : rpc_(rpc) {
    context_.reset(SSL_CTX_new(TLS_method()));
    ssl_.reset(SSL_new(context_.get()));
    from_target_ = BIO_new(BIO_s_mem());
    to_target_ = BIO_new(BIO_s_mem());
    BIO_set_mem_eof_return(from_target_, -1);
    SSL_set_bio(ssl_.get(), from_target_, to_target_);
    SSL_set_connect_state(ssl_.get());
  }

  bool Handshake() {
    return Drive([this] { return SSL_do_handshake(ssl_.get()); }) == 1;
  }
  bool Write(const std::string& text) {
    return Drive([&] {
             return SSL_write(ssl_.get(), text.data(), static_cast<int>(text.size()));
           }) > 0;
  }
  std::string Read(size_t size) {
    std::string text;
    char buffer[16384];
    while (text.size() < size) {
      const int got = Drive([&] { return SSL_read(ssl_.get(), buffer, sizeof(buffer)); });
      if (got <= 0) break;
      text.append(buffer, static_cast<size_t>(got));
    }
    return text;
  }

 private:
  // Repeats an operation as long as it only wants more bytes.
  int Drive(const std::function<int()>& operation) {
    while (true) {
      const int result = operation();
      Flush();
      if (result > 0 || SSL_get_error(ssl_.get(), result) != SSL_ERROR_WANT_READ) return result;
      const std::string data = rpc_.AwaitData(0, fed_ + 1);
      if (data.size() <= fed_) return -1;
      BIO_write(from_target_, data.data() + fed_, static_cast<int>(data.size() - fed_));
      fed_ = data.size();
    }
  }
  void Flush() {
    std::string out(BIO_pending(to_target_), '\0');
    if (out.empty()) return;
    BIO_read(to_target_, out.data(), static_cast<int>(out.size()));
    rpc_.Send({DataFrame(0, out)});
  }

  TransferClient& rpc_;
  bssl::UniquePtr<SSL_CTX> context_;
  bssl::UniquePtr<SSL> ssl_;
  BIO* from_target_;  // The SSL object's.
  BIO* to_target_;
  size_t fed_ = 0;
};

TEST_F(RealTargets, OpensslTalksTlsWithTheClientItself) {
  OpensslServer openssl;
  TransferClient rpc(server_.stub());
  rpc.Plan(0, {.grant_window = 262144});
  rpc.Send({AttachNew(0, SpecTo(openssl.port()))});
  TlsInside tls(rpc);
  ASSERT_TRUE(tls.Handshake());
  for (int round = 0; round < 20; ++round) {
    const std::string line(1000 + round, static_cast<char>('a' + round));
    ASSERT_TRUE(tls.Write(absl::StrCat(line, "xyz\n")));
    ASSERT_EQ(tls.Read(line.size() + 4), absl::StrCat("zyx", line, "\n"));
  }
  rpc.Send({FinishFrame(0)});
  EXPECT_FALSE(rpc.AwaitEnd().has_error());
}

}  // namespace
}  // namespace streampair::testing
