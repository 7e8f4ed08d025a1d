// A stream over a real socket; at the far end an engine in the test's own hands.
#include "core/pair/tls_stream.h"

#include <openssl/ssl.h>
#include <poll.h>

#include <cerrno>
#include <numeric>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "core/testing/certificate_maker.h"
#include "core/testing/fake_clock.h"
#include "core/testing/tcp_pair.h"
#include "gtest/gtest.h"

namespace streampair {
namespace {

using Outcome = IoResult::Outcome;

bool WaitFor(int fd, int16_t events) {
  pollfd entry = {fd, events, 0};
  return poll(&entry, 1, 20'000) == 1;
}

std::string Text(size_t size) {
  std::string text(size, '\0');
  for (size_t i = 0; i < size; ++i) text[i] = static_cast<char>(i * 31 >> 3);
  return text;
}

class TlsStreamTest : public ::testing::Test {
 protected:
  TlsStreamTest() {
    const absl::Time now = clock_.WallNow();
    CertificateSpec spec{.subject = "root",
                         .not_before = now - absl::Hours(1),
                         .not_after = now + absl::Hours(1),
                         .is_ca = true};
    const TestIdentity root = MakeCertificate(spec, nullptr);
    spec.is_ca = false;
    spec.names = "DNS:host.test";
    const TestIdentity leaf = MakeCertificate(spec, &root);
    TlsContext::Surroundings surroundings;
    surroundings.system_roots = std::make_shared<TrustRoots>(std::vector<std::string>{root.der()});
    TlsConfig server;
    server.settings.is_server = true;
    server.settings.identity = *TlsIdentity::Make(leaf.der(), leaf.key_der(), {});
    client_context_ = *TlsContext::Make({}, surroundings);
    server_context_ = *TlsContext::Make(server, surroundings);
    Connect();
  }

  // A new connection, its handshake done.
  void Connect() {
    sockets_ = MakeTcpPair();
    auto near = std::make_unique<TlsEngine>(client_context_, TlsPeer{"host.test", ""}, clock_);
    far_ = std::make_unique<TlsEngine>(server_context_, TlsPeer{}, clock_);
    near->Start();
    far_->Start();
    while (Carry(*near, *far_) || Carry(*far_, *near)) {
    }
    EXPECT_EQ(near->state(), TlsEngine::State::kOpen);
    near_ = std::make_unique<TlsStream>(std::move(near));
  }

  static bool Carry(TlsEngine& from, TlsEngine& to) {
    const std::string output(from.output());
    from.DropOutput(output.size());
    if (!output.empty()) to.Receive(output);
    return !output.empty();
  }

  int fd() const { return sockets_.client.get(); }
  int far_fd() const { return sockets_.server.get(); }

  // The far end's ciphertext so far, as one piece.
  std::string TakeFarOutput() {
    std::string output(far_->output());
    far_->DropOutput(output.size());
    return output;
  }

  // On the wire as it is.
  void FarSends(std::string ciphertext) {
    while (!ciphertext.empty()) {
      ASSERT_TRUE(WaitFor(far_fd(), POLLOUT));
      const iovec piece = {ciphertext.data(), ciphertext.size()};
      const IoResult sent = SendVector(far_fd(), {&piece, 1});
      ASSERT_TRUE(sent.ok()) << sent.err;
      ciphertext.erase(0, sent.bytes);
    }
  }

  void FarWrites(const std::string& plaintext) {
    for (absl::string_view left = plaintext; !left.empty();) left.remove_prefix(far_->Write(left));
    FarSends(TakeFarOutput());
  }

  // Reads the wire until that much plaintext came, or something else than data.
  std::string FarReads(size_t size, TlsEngine::ReadOutcome* last = nullptr) {
    std::string all;
    std::string room(16 * 1024, '\0');
    while (all.size() < size || last != nullptr) {
      absl::string_view none;
      const TlsEngine::ReadResult read = far_->Read(absl::MakeSpan(room), none);
      if (last != nullptr) *last = read.outcome;
      if (read.outcome == TlsEngine::ReadOutcome::kOk) {
        all.append(room, 0, read.bytes);
        continue;
      }
      if (read.outcome != TlsEngine::ReadOutcome::kNeedInput || !FarReceives()) break;
    }
    return all;
  }

  // False: nothing comes.
  bool FarReceives() {
    std::string room(64 * 1024, '\0');
    if (!WaitFor(far_fd(), POLLIN)) return false;
    const IoResult got = Receive(far_fd(), absl::MakeSpan(room));
    if (got.outcome == Outcome::kEnd) far_->ReceiveEnd();
    if (got.ok()) far_->Keep(room.substr(0, got.bytes));
    return got.outcome == Outcome::kEnd || got.ok();
  }

  // Reads of at most `step` until there was something else than data.
  std::string NearReads(size_t size, size_t step, IoResult* last) {
    std::string all;
    std::string room(step, '\0');
    for (;;) {
      *last = near_->Read(fd(), absl::MakeSpan(room));
      if (last->ok()) {
        all.append(room, 0, last->bytes);
        continue;
      }
      if (last->outcome != Outcome::kWouldBlock || all.size() >= size) return all;
      EXPECT_TRUE(WaitFor(fd(), POLLIN)) << "after " << all.size();
    }
  }

  IoResult NearWrites(const std::vector<std::string>& texts) {
    std::vector<iovec> pieces;
    for (const std::string& text : texts)
      pieces.push_back({const_cast<char*>(text.data()), text.size()});
    return near_->Write(fd(), pieces);
  }

  // Writes until nothing more is taken.
  std::string FillUp() {
    std::string taken;
    for (;;) {
      const std::string text = Text(100'000);
      const IoResult result = NearWrites({text});
      if (!result.ok()) {
        EXPECT_EQ(result.outcome, Outcome::kWouldBlock);
        return taken;
      }
      taken += text.substr(0, result.bytes);
    }
  }

  FakeClock clock_;
  std::shared_ptr<const TlsContext> client_context_;
  std::shared_ptr<const TlsContext> server_context_;
  TcpPair sockets_;
  std::unique_ptr<TlsStream> near_;
  std::unique_ptr<TlsEngine> far_;
};

TEST_F(TlsStreamTest, ReadsInAnyStepWhatCameInAnyRecords) {
  for (const size_t step : {size_t{1}, size_t{1000}, size_t{16'384}, size_t{200'000}}) {
    const std::string text = Text(50'000);
    FarWrites(text.substr(0, 1));
    FarWrites(text.substr(1, 40'000));
    FarWrites(text.substr(40'001));
    IoResult last;
    EXPECT_EQ(NearReads(text.size(), step, &last), text) << step;
    EXPECT_EQ(last.outcome, Outcome::kWouldBlock);
    EXPECT_FALSE(near_->end_follows());
  }
}

TEST_F(TlsStreamTest, ReadsOneByteOfTheWireAtATime) {
  ASSERT_GT(far_->Write("a few words"), 0u);
  std::string got;
  for (const char byte : TakeFarOutput()) {
    FarSends(std::string(1, byte));
    ASSERT_TRUE(WaitFor(fd(), POLLIN));
    char room[100];
    const IoResult result = near_->Read(fd(), absl::MakeSpan(room));
    if (result.ok()) got.append(room, result.bytes);
  }
  EXPECT_EQ(got, "a few words");
}

TEST_F(TlsStreamTest, PeeksWithoutTaking) {
  EXPECT_EQ(near_->PeekRead(fd()).outcome, Outcome::kWouldBlock);
  FarWrites("here");
  ASSERT_TRUE(WaitFor(fd(), POLLIN));
  EXPECT_EQ(near_->PeekRead(fd()).outcome, Outcome::kOk);
  EXPECT_EQ(near_->PeekRead(fd()).outcome, Outcome::kOk);
  IoResult last;
  EXPECT_EQ(NearReads(4, 100, &last), "here");
}

TEST_F(TlsStreamTest, WritesPiecesOfAnySizeInOrder) {
  const std::vector<std::string> texts = {"",     "a", Text(30'000), "", Text(20'000),
                                          "tail", "",  Text(3),      ""};
  const std::string all = std::accumulate(texts.begin(), texts.end(), std::string());
  const IoResult result = NearWrites(texts);
  ASSERT_TRUE(result.ok());
  ASSERT_EQ(result.bytes, all.size());
  EXPECT_EQ(FarReads(all.size()), all);
  EXPECT_TRUE(NearWrites({"", ""}).ok()) << "nothing is taken at once";
}

TEST_F(TlsStreamTest, AFullSocketTakesNoMoreAndLosesNothing) {
  const std::string taken = FillUp();
  EXPECT_EQ(NearWrites({"more"}).outcome, Outcome::kWouldBlock);
  EXPECT_FALSE(near_->Finish(fd())) << "no room for close_notify";
  std::thread flusher([&] {
    while (WaitFor(fd(), POLLOUT) && !near_->Finish(fd())) {
    }
  });
  TlsEngine::ReadOutcome last;
  const std::string got = FarReads(0, &last);
  flusher.join();
  EXPECT_EQ(got.size(), taken.size());
  EXPECT_TRUE(got == taken);
  EXPECT_EQ(last, TlsEngine::ReadOutcome::kClosed);
}

TEST_F(TlsStreamTest, AWriteAfterTheLastWordFails) {
  ASSERT_TRUE(near_->SayGoodbye(fd()));
  const IoResult late = NearWrites({"late"});
  EXPECT_EQ(late.outcome, Outcome::kError);
  EXPECT_EQ(late.err, EPIPE);
  TlsEngine::ReadOutcome last;
  sockets_.client = UniqueFd();
  EXPECT_EQ(FarReads(0, &last), "");
  EXPECT_EQ(last, TlsEngine::ReadOutcome::kClosed);
}

TEST_F(TlsStreamTest, FinishedOneWayTheOtherWayGoesOn) {
  EXPECT_TRUE(near_->Finish(fd()));
  EXPECT_TRUE(near_->Finish(fd())) << "harmless the second time";
  TlsEngine::ReadOutcome far_end;
  EXPECT_EQ(FarReads(0, &far_end), "");
  EXPECT_EQ(far_end, TlsEngine::ReadOutcome::kClosed);
  FarWrites("still here");
  IoResult last;
  EXPECT_EQ(NearReads(10, 100, &last), "still here");
}

TEST_F(TlsStreamTest, FourEndsAfterLastWords) {
  enum class End { kCloseNotify, kFin, kReset, kSpoilt };
  for (const End how : {End::kCloseNotify, End::kFin, End::kReset, End::kSpoilt}) {
    SCOPED_TRACE(static_cast<int>(how));
    Connect();
    far_->Write("last words");
    std::string wire = TakeFarOutput();
    if (how == End::kCloseNotify) {
      far_->Close();
      wire += TakeFarOutput();
    }
    if (how == End::kSpoilt) wire += std::string("\x17\x03\x03\x00\x20", 5) + std::string(32, 'x');
    FarSends(wire);
    if (how == End::kReset) {
      // The words have to be out of the kernel, which forgets them with a reset.
      ASSERT_TRUE(WaitFor(fd(), POLLIN));
      char room[10];
      ASSERT_EQ(near_->Read(fd(), absl::MakeSpan(room)).bytes, 10u);
      AbortConnection(far_fd());
    }
    if (how != End::kSpoilt) sockets_.server = UniqueFd();
    IoResult last;
    EXPECT_EQ(NearReads(SIZE_MAX, 100, &last), how == End::kReset ? "" : "last words");
    switch (how) {
      case End::kCloseNotify:
      case End::kFin:
        EXPECT_EQ(last.outcome, Outcome::kEnd);
        EXPECT_EQ(near_->end_kind(),
                  how == End::kFin ? EndKind::kTruncated : EndKind::kCloseNotify);
        EXPECT_FALSE(near_->error().has_value());
        break;
      case End::kReset:
        EXPECT_EQ(last.outcome, Outcome::kError);
        EXPECT_EQ(last.err, ECONNRESET);
        EXPECT_FALSE(near_->error().has_value());
        break;
      case End::kSpoilt: {
        EXPECT_EQ(last.err, EPROTO);
        ASSERT_TRUE(near_->error().has_value());
        EXPECT_EQ(near_->error()->id().code, -9846);
        EXPECT_EQ(NearWrites({"x"}).err, EPROTO);
        TlsEngine::ReadOutcome far_end;
        FarReads(0, &far_end);
        EXPECT_EQ(far_->error().id().code, -9820) << far_->error().ToString();
        break;
      }
    }
  }
}

TEST_F(TlsStreamTest, TheEndBehindDataIsToldWithoutANewEvent) {
  far_->Write("bye");
  far_->Close();
  FarSends(TakeFarOutput());
  ASSERT_TRUE(WaitFor(fd(), POLLIN));
  char room[100];
  const IoResult result = near_->Read(fd(), absl::MakeSpan(room));
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(result.bytes, 3u);
  EXPECT_TRUE(near_->end_follows());
  EXPECT_EQ(near_->PeekRead(fd()).outcome, Outcome::kEnd);
  EXPECT_EQ(near_->Read(fd(), absl::MakeSpan(room)).outcome, Outcome::kEnd);
  EXPECT_EQ(near_->Read(fd(), absl::MakeSpan(room)).outcome, Outcome::kEnd) << "and again";
}

TEST_F(TlsStreamTest, ReadsAndWritesAtOnceFromTwoThreads) {
  const std::string text = Text(2'000'000);
  // The far end sends back what it gets; its engine is one thread's.
  std::thread far([&] {
    for (size_t done = 0; done < text.size();) {
      const std::string got = FarReads(1);
      if (got.empty()) return;
      done += got.size();
      FarWrites(got);
    }
  });
  std::thread writer([&] {
    for (size_t done = 0; done < text.size();) {
      const IoResult result = NearWrites({text.substr(done, 100'000)});
      if (result.outcome == Outcome::kError) return;
      if (result.ok()) done += result.bytes;
      if (!result.ok() && !WaitFor(fd(), POLLOUT)) return;
    }
    while (!near_->SayGoodbye(fd()) && WaitFor(fd(), POLLOUT)) {
    }
  });
  std::string got;
  std::string room(70'000, '\0');
  while (got.size() < text.size()) {
    const IoResult result = near_->Read(fd(), absl::MakeSpan(room));
    if (result.ok()) got.append(room, 0, result.bytes);
    if (result.outcome == Outcome::kError || result.outcome == Outcome::kEnd) break;
    // A full read says nothing about what is left.
    if (!result.ok() && !WaitFor(fd(), POLLIN)) break;
  }
  writer.join();
  far.join();
  EXPECT_TRUE(got == text) << got.size();
}

}  // namespace
}  // namespace streampair
