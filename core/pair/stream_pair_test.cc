// The pair's states, ends and events, with a dialer that the test answers and a socket pair as the
// connection.
#include "core/pair/stream_pair.h"

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <string>
#include <vector>

#include "absl/synchronization/mutex.h"
#include "core/base/clock.h"
#include "core/base/posix_errors.h"
#include "core/base/streampair_errors.h"
#include "core/testing/fake_dialer.h"
#include "core/testing/loop_harness.h"
#include "gtest/gtest.h"

namespace streampair {
namespace {

ErrorId IdOf(StreampairCode code) {
  return {ErrorDomain::kStreampair, 0, static_cast<int32_t>(code)};
}
ErrorId Posix(int err) { return {ErrorDomain::kPosix, 0, err}; }

class RecordingUser : public StreamUser {
 public:
  void OnReady() override { Add("ready"); }
  void OnIo(bool readable, bool writable) override {
    if (readable) Add("readable");
    if (writable) Add("writable");
  }
  void OnGone(const Error& error) override {
    Add("gone");
    absl::MutexLock lock(&mu_);
    error_ = error;
  }
  bool Saw(const std::string& what) {
    absl::MutexLock lock(&mu_);
    return std::find(seen_.begin(), seen_.end(), what) != seen_.end();
  }
  void Forget() {
    absl::MutexLock lock(&mu_);
    seen_.clear();
  }
  std::optional<Error> error() {
    absl::MutexLock lock(&mu_);
    return error_;
  }

 private:
  void Add(const std::string& what) {
    absl::MutexLock lock(&mu_);
    seen_.push_back(what);
  }
  absl::Mutex mu_;
  std::vector<std::string> seen_ ABSL_GUARDED_BY(mu_);
  std::optional<Error> error_ ABSL_GUARDED_BY(mu_);
};

class RecordingObserver : public PairObserver {
 public:
  void OnPairEvent(const PairEvent& event) override {
    absl::MutexLock lock(&mu_);
    types_.push_back(event.type);
  }
  std::vector<PairEventType> types() {
    absl::MutexLock lock(&mu_);
    return types_;
  }

 private:
  absl::Mutex mu_;
  std::vector<PairEventType> types_ ABSL_GUARDED_BY(mu_);
};

class StreamPairTest : public testing::Test {
 protected:
  StreamPairTest() : harness_(MakeEpollHarness()) {
    harness_->Run([this] { dialer_ = std::make_unique<FakeDialer>(harness_->loop()); });
    int fds[2];
    EXPECT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds), 0);
    near_ = UniqueFd(fds[0]);
    far_ = UniqueFd(fds[1]);
  }
  ~StreamPairTest() override {
    if (pair_ != nullptr) pair_->Release(/*reset=*/false, std::nullopt);
    pair_ = nullptr;
    // A dial that starts beside the release posts its own end: one round more.
    harness_->Run([] {});
    harness_->Run([this] { dialer_ = nullptr; });
  }

  void Make(absl::Duration hold = absl::Seconds(60), Halves halves = Halves::kBoth) {
    PairSpec spec;
    spec.target = DialTarget::ToEndpoints({Endpoint::Parse("192.0.2.1:80").value()});
    spec.halves = halves;
    spec.hold_timeout = hold;
    pair_ = std::make_shared<StreamPair>("streamPairs/test", "tester", std::move(spec),
                                         StreamPair::Environment{.loop = &harness_->loop(),
                                                                 .dialer = dialer_.get(),
                                                                 .clock = &clock_,
                                                                 .census = &census_,
                                                                 .account = account_},
                                         [this](StreamPair&) { ++released_; });
    pair_->Touch();
  }
  size_t Dials() {
    size_t count = 0;
    harness_->Run([&] { count = dialer_->requests().size(); });
    return count;
  }
  size_t PendingDials() {
    size_t count = 0;
    harness_->Run([&] { count = dialer_->pending(); });
    return count;
  }
  void Connect() {
    ASSERT_TRUE(harness_->RunUntil([&] { return dialer_->pending() == 1; }));
    harness_->Run([&] {
      dialer_->Finish(dialer_->requests().back().id,
                      ConnectedOutcome(std::move(near_), Endpoint::Parse("192.0.2.1:80").value()));
    });
    ASSERT_TRUE(harness_->RunUntil([&] { return pair_->Snapshot().ready; }));
  }
  void Refuse() {
    ASSERT_TRUE(harness_->RunUntil([&] { return dialer_->pending() == 1; }));
    harness_->Run([&] {
      dialer_->Finish(dialer_->requests().back().id,
                      FailedOutcome(PosixError(Stage::kConnect, ECONNREFUSED, "connect")));
    });
    ASSERT_TRUE(harness_->RunUntil([&] { return pair_->Snapshot().error.has_value(); }));
  }
  std::unique_ptr<Attachment> AttachBoth(std::shared_ptr<RecordingUser> user) {
    Result<std::unique_ptr<Attachment>> attachment = pair_->Attach(Halves::kBoth, std::move(user));
    EXPECT_TRUE(attachment.ok());
    return std::move(attachment).value();
  }

  SystemClock clock_;
  PairCensus census_;
  std::shared_ptr<QuotaAccount> account_;  // Null: no quota.
  std::unique_ptr<LoopHarness> harness_;
  std::unique_ptr<FakeDialer> dialer_;
  UniqueFd near_;
  UniqueFd far_;
  int released_ = 0;
  std::shared_ptr<StreamPair> pair_;
};

TEST_F(StreamPairTest, TouchesNoNetworkBeforeAnOpen) {
  Make();
  EXPECT_EQ(Dials(), 0u);
  const PairSnapshot snapshot = pair_->Snapshot();
  EXPECT_EQ(snapshot.read_status, HalfStatus::kNotOpen);
  EXPECT_EQ(snapshot.write_status, HalfStatus::kNotOpen);
  EXPECT_FALSE(snapshot.ready);
}

TEST_F(StreamPairTest, OpensBothHalvesWithOneDial) {
  Make();
  EXPECT_FALSE(pair_->Open(Halves::kRead).has_value());
  EXPECT_EQ(pair_->Snapshot().read_status, HalfStatus::kOpening);
  EXPECT_EQ(pair_->Snapshot().write_status, HalfStatus::kNotOpen);
  EXPECT_FALSE(pair_->Open(Halves::kWrite).has_value());
  Connect();
  EXPECT_EQ(Dials(), 1u);
  EXPECT_EQ(pair_->Snapshot().read_status, HalfStatus::kOpen);
  EXPECT_EQ(pair_->Snapshot().write_status, HalfStatus::kOpen);
}

TEST_F(StreamPairTest, IsCountedWhereItIsAndWithWhatItCarried) {
  using State = PairCensus::State;
  // The bytes, and in which state the pair is: in exactly one.
  const auto expect = [this](State state, uint64_t read, uint64_t written) {
    const PairCensus::Counts counts = census_.Take();
    EXPECT_EQ(counts.bytes_read, read);
    EXPECT_EQ(counts.bytes_written, written);
    for (size_t i = 0; i < PairCensus::kStates; ++i) {
      EXPECT_EQ(counts.pairs[i], i == static_cast<size_t>(state) ? 1u : 0u) << i;
    }
  };
  Make();
  expect(State::kLazy, 0, 0);
  auto user = std::make_shared<RecordingUser>();
  std::unique_ptr<Attachment> attachment = AttachBoth(user);
  expect(State::kOpening, 0, 0);
  Connect();
  expect(State::kReady, 0, 0);
  ASSERT_EQ(write(far_.get(), "hello", 5), 5);
  ASSERT_TRUE(harness_->RunUntil([&] { return user->Saw("readable"); }));
  char buffer[16];
  EXPECT_EQ(attachment->Read(absl::MakeSpan(buffer)).bytes, 5u);
  const iovec piece{buffer, 3};
  EXPECT_EQ(attachment->Write(absl::MakeConstSpan(&piece, 1)).bytes, 3u);
  expect(State::kReady, 5, 3);
  pair_->Release(/*reset=*/false, std::nullopt);
  // Whoever is attached may still move bytes, and they count.
  EXPECT_EQ(attachment->Write(absl::MakeConstSpan(&piece, 1)).bytes, 3u);
  expect(State::kReleased, 5, 6);
  attachment = nullptr;
  std::weak_ptr<StreamPair> gone = pair_;
  pair_ = nullptr;
  ASSERT_TRUE(harness_->RunUntil([&] { return gone.expired(); }));
  const PairCensus::Counts counts = census_.Take();
  EXPECT_EQ(counts.bytes_read, 5u);
  EXPECT_EQ(counts.bytes_written, 6u);
  EXPECT_EQ(counts.pairs, decltype(counts.pairs){});
}

// A pair whose principal has limits.
class LimitedPairTest : public StreamPairTest {
 protected:
  void Limit(const QuotaLimits& limits) {
    own_->SetLimits(limits, clock_.Now());
    account_ = std::make_shared<QuotaAccount>(
        own_, std::make_shared<QuotaPool>("all", clock_.Now()), nullptr);
  }
  void MakeAndConnect() {
    Make();
    user_ = std::make_shared<RecordingUser>();
    attachment_ = AttachBoth(user_);
    Connect();
    ASSERT_TRUE(harness_->RunUntil([&] { return user_->Saw("ready"); }));
  }
  const std::shared_ptr<QuotaPool> own_ =
      std::make_shared<QuotaPool>("this caller", SystemClock().Now());
  std::shared_ptr<RecordingUser> user_;
  std::unique_ptr<Attachment> attachment_;
};

TEST_F(LimitedPairTest, ADialIsTakenUntilThePairIsReadyFailedOrReleased) {
  Limit({.pending_dials = 1});
  Make();
  EXPECT_EQ(own_->used(QuotaKind::kPendingDials), 0u);
  EXPECT_FALSE(pair_->Open(Halves::kBoth).has_value());
  EXPECT_EQ(own_->used(QuotaKind::kPendingDials), 1u);
  const std::shared_ptr<StreamPair> first = pair_;
  Make();
  EXPECT_EQ(pair_->Open(Halves::kBoth)->id(), IdOf(StreampairCode::kQuota));
  EXPECT_EQ(pair_->Snapshot().read_status, HalfStatus::kNotOpen);
  first->Release(/*reset=*/false, std::nullopt);
  EXPECT_EQ(own_->used(QuotaKind::kPendingDials), 0u);
  EXPECT_FALSE(pair_->Open(Halves::kRead).has_value());
  EXPECT_FALSE(pair_->Open(Halves::kWrite).has_value()) << "who joins takes no other";
  Refuse();
  EXPECT_EQ(own_->used(QuotaKind::kPendingDials), 0u);
  Make();
  EXPECT_FALSE(pair_->Open(Halves::kBoth).has_value());
  Connect();
  EXPECT_EQ(own_->used(QuotaKind::kPendingDials), 0u);
}

TEST_F(LimitedPairTest, BytesBeyondThePaceWaitInBothDirections) {
  Limit({.bytes_per_second = 100});  // In pieces of 10.
  MakeAndConnect();
  const MonotonicTime begin = clock_.Now();
  ASSERT_EQ(write(far_.get(), "0123456789abcdefghij", 20), 20);
  std::string sent = "zyxwvutsrqponmlkjihg";
  std::string got;
  size_t written = 0;
  bool refused = false;
  ASSERT_TRUE(harness_->RunUntil([&] {
    char buffer[64];
    const IoResult in = attachment_->Read(absl::MakeSpan(buffer));
    if (in.ok()) got.append(buffer, in.bytes);
    EXPECT_LE(in.bytes, 10u);
    EXPECT_EQ(attachment_->EndMayFollow(), in.bytes == 10) << "it may read on";
    if (written < sent.size()) {
      const iovec pieces[] = {{sent.data() + written, 1},
                              {sent.data() + written + 1, sent.size() - written - 1}};
      const IoResult out = attachment_->Write(absl::MakeConstSpan(pieces));
      EXPECT_LE(out.bytes, 10u);
      written += out.bytes;
      refused = refused || out.outcome == IoResult::Outcome::kWouldBlock;
    }
    return got.size() == 20 && written == sent.size();
  }));
  EXPECT_EQ(got, "0123456789abcdefghij");
  EXPECT_TRUE(refused);
  // 40 bytes, of which 10 at once.
  EXPECT_GE(clock_.Now() - begin, absl::Milliseconds(300));
  char buffer[64];
  EXPECT_EQ(read(far_.get(), buffer, sizeof buffer), 20);
  EXPECT_EQ(std::string(buffer, 20), sent);
}

TEST_F(LimitedPairTest, WhoWaitsForItsPaceIsWoken) {
  Limit({.bytes_per_second = 100});
  MakeAndConnect();
  char buffer[64] = {};
  const iovec piece{buffer, 30};
  const auto write_some = [&] { return attachment_->Write(absl::MakeConstSpan(&piece, 1)); };
  IoResult result;
  while ((result = write_some()).ok()) EXPECT_EQ(result.bytes, 10u);
  ASSERT_EQ(result.outcome, IoResult::Outcome::kWouldBlock);
  // Never tries but when it is told to; the socket may say so too, and too early.
  const auto told = [this](const char* what) {
    const bool saw = user_->Saw(what);
    if (saw) user_->Forget();
    return saw;
  };
  ASSERT_TRUE(harness_->RunUntil([&] { return told("writable") && write_some().ok(); }));

  ASSERT_EQ(write(far_.get(), buffer, 64), 64);
  const auto read_some = [&] { return attachment_->Read(absl::MakeSpan(buffer)); };
  while ((result = read_some()).ok()) EXPECT_EQ(result.bytes, 10u);
  ASSERT_EQ(result.outcome, IoResult::Outcome::kWouldBlock);
  ASSERT_TRUE(harness_->RunUntil([&] { return told("readable") && read_some().ok(); }));
}

TEST_F(LimitedPairTest, IsResetOnceItsPrincipalMayMoveNoMore) {
  Limit({.total_bytes = 8});
  MakeAndConnect();
  ASSERT_EQ(write(far_.get(), "0123456789", 10), 10);
  char buffer[64];
  IoResult result;
  ASSERT_TRUE(harness_->RunUntil([&] {
    result = attachment_->Read(absl::MakeSpan(buffer));
    return result.ok();
  }));
  EXPECT_EQ(std::string(buffer, result.bytes), "01234567");
  EXPECT_FALSE(user_->Saw("gone"));
  EXPECT_EQ(attachment_->Read(absl::MakeSpan(buffer)).outcome, IoResult::Outcome::kWouldBlock);
  ASSERT_TRUE(harness_->RunUntil([&] { return user_->Saw("gone"); }));
  EXPECT_EQ(user_->error()->id(), IdOf(StreampairCode::kQuota));
  EXPECT_EQ(pair_->Snapshot().bytes_read, 8u);
}

TEST_F(StreamPairTest, RefusesASecondOpenAndAnAbsentHalf) {
  Make(absl::Seconds(60), Halves::kRead);
  EXPECT_FALSE(pair_->Open(Halves::kRead).has_value());
  EXPECT_EQ(pair_->Open(Halves::kRead)->id(), IdOf(StreampairCode::kWrongState));
  EXPECT_EQ(pair_->Open(Halves::kBoth)->id(), IdOf(StreampairCode::kWrongState));
  EXPECT_EQ(pair_->Snapshot().write_status, HalfStatus::kAbsent);
}

TEST_F(StreamPairTest, CarriesBytesBothWaysForItsUser) {
  Make();
  auto user = std::make_shared<RecordingUser>();
  const std::unique_ptr<Attachment> attachment = AttachBoth(user);
  char buffer[16];
  EXPECT_EQ(attachment->Read(absl::MakeSpan(buffer)).outcome, IoResult::Outcome::kWouldBlock);
  Connect();
  ASSERT_TRUE(harness_->RunUntil([&] { return user->Saw("ready"); }));
  ASSERT_EQ(write(far_.get(), "hello", 5), 5);
  ASSERT_TRUE(harness_->RunUntil([&] { return user->Saw("readable"); }));
  IoResult result = attachment->Read(absl::MakeSpan(buffer));
  EXPECT_EQ(std::string(buffer, result.bytes), "hello");
  char out[] = "bye";
  const iovec piece{out, 3};
  result = attachment->Write(absl::MakeConstSpan(&piece, 1));
  EXPECT_EQ(result.bytes, 3u);
  EXPECT_EQ(read(far_.get(), buffer, sizeof buffer), 3);
  EXPECT_EQ(pair_->Snapshot().bytes_read, 5u);
  EXPECT_EQ(pair_->Snapshot().bytes_written, 3u);
  EXPECT_EQ(pair_->Snapshot().read_status, HalfStatus::kReading);
}

TEST_F(StreamPairTest, LetsOnlyOneUserAttachToAHalf) {
  Make();
  auto user = std::make_shared<RecordingUser>();
  Result<std::unique_ptr<Attachment>> reader = pair_->Attach(Halves::kRead, user);
  ASSERT_TRUE(reader.ok());
  EXPECT_EQ(pair_->Attach(Halves::kBoth, user).error().id(),
            IdOf(StreampairCode::kAlreadyAttached));
  Result<std::unique_ptr<Attachment>> writer = pair_->Attach(Halves::kWrite, user);
  EXPECT_TRUE(writer.ok());
  reader->reset();
  EXPECT_TRUE(pair_->Attach(Halves::kRead, user).ok());
}

TEST_F(StreamPairTest, TellsTheUserThatAttachesToAReadyPair) {
  Make();
  ASSERT_FALSE(pair_->Open(Halves::kBoth).has_value());
  Connect();
  auto user = std::make_shared<RecordingUser>();
  const std::unique_ptr<Attachment> attachment = AttachBoth(user);
  EXPECT_TRUE(harness_->RunUntil([&] { return user->Saw("ready"); }));
}

TEST_F(StreamPairTest, KeepsItsFirstErrorForEveryone) {
  Make();
  auto user = std::make_shared<RecordingUser>();
  std::unique_ptr<Attachment> attachment = AttachBoth(user);
  Refuse();
  ASSERT_TRUE(harness_->RunUntil([&] { return user->Saw("gone"); }));
  EXPECT_EQ(user->error()->id(), Posix(ECONNREFUSED));
  EXPECT_EQ(pair_->Snapshot().read_status, HalfStatus::kError);
  EXPECT_EQ(pair_->Snapshot().write_status, HalfStatus::kError);
  EXPECT_EQ(pair_->Open(Halves::kRead)->id(), Posix(ECONNREFUSED));
  attachment.reset();
  EXPECT_EQ(pair_->Attach(Halves::kBoth, user).error().id(), Posix(ECONNREFUSED));
  pair_->Close(Halves::kRead);
  EXPECT_EQ(pair_->Snapshot().read_status, HalfStatus::kError);
}

TEST_F(StreamPairTest, FinishSendsFinAndLeavesReadingOpen) {
  Make();
  auto user = std::make_shared<RecordingUser>();
  const std::unique_ptr<Attachment> attachment = AttachBoth(user);
  EXPECT_FALSE(attachment->Finish()) << "not before the pair is ready";
  Connect();
  EXPECT_TRUE(attachment->Finish());
  char buffer[16];
  EXPECT_EQ(read(far_.get(), buffer, sizeof buffer), 0);
  EXPECT_EQ(pair_->Snapshot().write_status, HalfStatus::kAtEnd);
  ASSERT_EQ(write(far_.get(), "late", 4), 4);
  ASSERT_TRUE(harness_->RunUntil([&] { return user->Saw("readable"); }));
  EXPECT_EQ(attachment->Read(absl::MakeSpan(buffer)).bytes, 4u);
}

TEST_F(StreamPairTest, ReadsToTheEndBeforeItReportsAFailedWrite) {
  Make();
  auto user = std::make_shared<RecordingUser>();
  const std::unique_ptr<Attachment> attachment = AttachBoth(user);
  Connect();
  ASSERT_EQ(write(far_.get(), "last words", 10), 10);
  far_.Reset();
  char out[] = "x";
  const iovec piece{out, 1};
  EXPECT_EQ(attachment->Write(absl::MakeConstSpan(&piece, 1)).outcome, IoResult::Outcome::kError);
  EXPECT_EQ(attachment->error()->id(), Posix(EPIPE));
  EXPECT_EQ(pair_->Snapshot().write_status, HalfStatus::kError);
  char buffer[16];
  EXPECT_EQ(attachment->Read(absl::MakeSpan(buffer)).bytes, 10u);
  EXPECT_EQ(attachment->Read(absl::MakeSpan(buffer)).outcome, IoResult::Outcome::kError);
  EXPECT_EQ(pair_->Snapshot().read_status, HalfStatus::kError);
}

TEST_F(StreamPairTest, ClosingOneHalfSendsNothingAndTheSecondReleases) {
  Make();
  auto user = std::make_shared<RecordingUser>();
  std::unique_ptr<Attachment> attachment = AttachBoth(user);
  Connect();
  pair_->Close(Halves::kRead);
  EXPECT_EQ(pair_->Snapshot().read_status, HalfStatus::kClosed);
  char buffer[16];
  EXPECT_EQ(read(far_.get(), buffer, sizeof buffer), -1);
  EXPECT_EQ(errno, EAGAIN);
  EXPECT_EQ(attachment->Read(absl::MakeSpan(buffer)).outcome, IoResult::Outcome::kEnd);
  EXPECT_EQ(released_, 0);
  pair_->Close(Halves::kWrite);
  EXPECT_EQ(released_, 1);
  ASSERT_TRUE(harness_->RunUntil([&] { return user->Saw("gone"); }));
  EXPECT_EQ(user->error()->id(), IdOf(StreampairCode::kPairReleased));
  attachment.reset();
  EXPECT_EQ(read(far_.get(), buffer, sizeof buffer), 0)
      << "the socket is closed with the last attachment";
}

TEST_F(StreamPairTest, ClosingAHalfThatWasNeverOpenedDoesNothing) {
  Make();
  pair_->Close(Halves::kBoth);
  EXPECT_EQ(pair_->Snapshot().read_status, HalfStatus::kNotOpen);
  EXPECT_EQ(released_, 0);
  EXPECT_FALSE(pair_->Open(Halves::kBoth).has_value());
}

TEST_F(StreamPairTest, ReleaseWhileOpeningCancelsTheDial) {
  Make();
  auto user = std::make_shared<RecordingUser>();
  const std::unique_ptr<Attachment> attachment = AttachBoth(user);
  ASSERT_TRUE(harness_->RunUntil([&] { return dialer_->pending() == 1; }));
  pair_->Release(/*reset=*/false, std::nullopt);
  ASSERT_TRUE(harness_->RunUntil([&] { return user->Saw("gone"); }));
  EXPECT_EQ(user->error()->id(), Posix(ECANCELED));
  EXPECT_EQ(PendingDials(), 0u);
  EXPECT_EQ(released_, 1);
  EXPECT_TRUE(pair_->Open(Halves::kRead).has_value());
}

TEST_F(StreamPairTest, WithoutAHoldTimeItEndsWithItsAttachment) {
  Make(absl::ZeroDuration());
  auto user = std::make_shared<RecordingUser>();
  std::unique_ptr<Attachment> attachment = AttachBoth(user);
  Connect();
  EXPECT_EQ(released_, 0);
  attachment.reset();
  EXPECT_EQ(released_, 1);
  char buffer[1];
  errno = 0;
  const ssize_t got = read(far_.get(), buffer, 1);
  EXPECT_TRUE(got == 0 || errno == ECONNRESET) << got << " " << errno;
}

TEST_F(StreamPairTest, IsHeldAfterItsAttachmentAndThenReleased) {
  Make(absl::Milliseconds(30));
  std::unique_ptr<Attachment> attachment = AttachBoth(std::make_shared<RecordingUser>());
  Connect();
  attachment.reset();
  EXPECT_TRUE(pair_->Snapshot().expires < absl::InfiniteFuture());
  EXPECT_TRUE(harness_->RunUntil([&] { return pair_->Snapshot().released; }));
  EXPECT_EQ(released_, 1);
}

TEST_F(StreamPairTest, IsReleasedWhenNobodyEverComes) {
  Make(absl::Milliseconds(30));
  EXPECT_TRUE(harness_->RunUntil([&] { return pair_->Snapshot().released; }));
}

TEST_F(StreamPairTest, TellsObserversInOrderAndWhatHeldBefore) {
  Make();
  auto early = std::make_shared<RecordingObserver>();
  pair_->AddObserver(early);
  auto user = std::make_shared<RecordingUser>();
  const std::unique_ptr<Attachment> attachment = AttachBoth(user);
  Connect();
  far_.Reset();
  ASSERT_TRUE(harness_->RunUntil([&] { return user->Saw("readable"); }));
  char buffer[1];
  EXPECT_EQ(attachment->Read(absl::MakeSpan(buffer)).outcome, IoResult::Outcome::kEnd);
  auto late = std::make_shared<RecordingObserver>();
  pair_->AddObserver(late);
  pair_->Release(/*reset=*/false, std::nullopt);
  ASSERT_TRUE(harness_->RunUntil(
      [&] { return !late->types().empty() && late->types().back() == PairEventType::kReleased; }));
  std::vector<PairEventType> lifecycle;
  for (const PairEventType type : early->types()) {
    if (type != PairEventType::kHasBytesAvailable && type != PairEventType::kCanAcceptBytes)
      lifecycle.push_back(type);
  }
  EXPECT_EQ(lifecycle,
            (std::vector<PairEventType>{PairEventType::kOpenCompleted, PairEventType::kReady,
                                        PairEventType::kEndEncountered, PairEventType::kReleased}));
  EXPECT_EQ(late->types().front(), PairEventType::kOpenCompleted);
}

TEST_F(StreamPairTest, OptionsMayChangeOnlyBeforeAnOpen) {
  Make();
  EXPECT_FALSE(pair_
                   ->UpdateOptions([](PairOptions& options) {
                     options.dial.no_delay = false;
                     return std::optional<Error>();
                   })
                   .has_value());
  EXPECT_FALSE(pair_->options().dial.no_delay);
  EXPECT_EQ(pair_
                ->UpdateOptions([](PairOptions& options) -> std::optional<Error> {
                  options.dial.no_delay = true;
                  return InvalidRequest("no");
                })
                ->id(),
            IdOf(StreampairCode::kInvalidRequest));
  EXPECT_FALSE(pair_->options().dial.no_delay) << "a refused change leaves all as it was";
  ASSERT_FALSE(pair_->Open(Halves::kBoth).has_value());
  EXPECT_EQ(pair_->UpdateOptions([](PairOptions&) { return std::optional<Error>(); })->id(),
            IdOf(StreampairCode::kWrongState));
}

}  // namespace
}  // namespace streampair
