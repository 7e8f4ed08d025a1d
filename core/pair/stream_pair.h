#ifndef STREAMPAIR_CORE_PAIR_STREAM_PAIR_H_
#define STREAMPAIR_CORE_PAIR_STREAM_PAIR_H_

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/functional/any_invocable.h"
#include "absl/functional/function_ref.h"
#include "absl/synchronization/mutex.h"
#include "core/base/clock.h"
#include "core/base/unique_fd.h"
#include "core/dial/dialer.h"
#include "core/handshake/handshake.h"
#include "core/handshake/handshake_run.h"
#include "core/loop/event_loop.h"
#include "core/pair/attachment.h"
#include "core/pair/io_in_flight.h"
#include "core/pair/pair_census.h"
#include "core/pair/pair_event.h"
#include "core/pair/pair_options.h"
#include "core/pair/pair_pace.h"
#include "core/pair/pair_policy.h"
#include "core/pair/pair_snapshot.h"
#include "core/pair/pair_spec.h"
#include "core/pair/parked_sockets.h"
#include "core/pair/proxy_route.h"
#include "core/pair/stream_user.h"
#include "core/pair/tls_stream.h"
#include "core/quota/quota_account.h"
#include "core/resolve/resolver.h"
#include "core/tls/tls_handshake.h"

namespace streampair {

// One read stream and one write stream over one socket, made lazily: nothing touches the network
// before an open.
//
//   NOT_OPEN --Open/Attach--> OPENING --connected--> OPEN --> AT_END | CLOSED | ERROR, for each
//   half of its own
//
// OPEN means that TCP stands, to the first proxy if there is one; bytes flow only when the pair is
// *ready*: when all handshakes are done. A handshake that fails takes both halves to ERROR.
//
// The first failure is kept and final. The pair ends by Release, from whichever side it comes: its
// users and observers are told, the registry forgets it, and the socket is closed when the last
// attachment is gone; with TLS after its last words, for which there is little time.
//
// Thread-safe. State is guarded by one mutex, never held while bytes move or while a user or
// observer is called.
class StreamPair : public std::enable_shared_from_this<StreamPair>, private FdHandler {
 public:
  // What a pair needs from its surroundings; all must outlive it.
  struct Environment {
    EventLoop* loop;  // The pair's loop for life.
    Dialer* dialer;   // Confined to that loop.
    const Clock* clock;

    // For proxies; what the dialer uses itself. Confined to the loop likewise.
    Resolver* resolver = nullptr;

    const PairPolicy* policy = nullptr;  // Null: everything may be reached.
    ParkedSockets* parked = nullptr;     // Null: nothing can be parked.

    // For tests: handshakes that come before all others.
    std::function<std::vector<std::unique_ptr<Handshake>>()> first_handshakes = nullptr;

    PairCensus* census = nullptr;  // Where the pair is counted; null: nowhere.

    // What the pair's principal may use; null: as much as it likes.
    std::shared_ptr<QuotaAccount> account = nullptr;
  };

  // Called once when the pair is released, on any thread, without locks.
  using OnReleased = absl::AnyInvocable<void(StreamPair&)>;

  StreamPair(std::string name, std::string principal, PairSpec spec, const Environment& environment,
             OnReleased on_released);
  ~StreamPair() override;

  const std::string& name() const { return name_; }
  const std::string& principal() const { return principal_; }
  const PairSpec& spec() const { return spec_; }
  PairSnapshot Snapshot() const;

  // Opens halves. The first open starts everything, and needs a dial of the principal's account
  // (kQuota); a later one joins. Fails, changing nothing,
  // with kWrongState for a half that does not exist or was opened before, and with the pair's own
  // error if it has failed.
  std::optional<Error> Open(Halves halves);

  // Takes the bytes of `halves` for `user`, opening what is not open. Fails with kAlreadyAttached,
  // with kWrongState, or with the pair's own error. `user` is told OnReady even if the pair was
  // ready before.
  Result<std::unique_ptr<Attachment>> Attach(Halves halves, std::shared_ptr<StreamUser> user);

  // Closes halves: sends nothing while the other half lives. The last one releases the pair. Does
  // nothing to a half that was never opened, and leaves errors as they are.
  void Close(Halves halves);

  // Ends the pair: RST to the target if `reset`, else an orderly close. Does nothing the second
  // time.
  void Release(bool reset, std::optional<Error> why);

  // Tells `observer` of everything from now on, after one event for each condition that already
  // holds; at least of kReleased. Returns an id for RemoveObserver, after which no call begins.
  uint64_t AddObserver(std::shared_ptr<PairObserver> observer);
  void RemoveObserver(uint64_t id);

  // Keeps `unit`, which was taken for the pair, until it is released.
  void Hold(QuotaUnit unit);

  // Someone who owns the pair asked for it: its hold time starts anew.
  void Touch();

  // Changes what the properties set. Fails with kWrongState unless nothing was opened yet,
  // and with whatever `change` returns; a change that fails leaves all as it was.
  std::optional<Error> UpdateOptions(absl::FunctionRef<std::optional<Error>(PairOptions&)> change);
  PairOptions options() const;

  // Whether Release closes the socket or parks it under socket_token(); see
  // PairOptions::closes_socket. At any time. Parking needs a place: QuotaExceeded if there is none.
  //
  // What is parked is a connection that both ends can still use, in clear, and that was released in
  // order: by Close of both halves, or Release without reset by its owner. Any other is closed.
  std::optional<Error> SetClosesSocket(std::optional<bool> closes);

  // What names the socket, for the pair's principal.
  std::string socket_token() const;

  // Sets TLS (null: none). Before the pair is connected it replaces what was set; on an open pair
  // without TLS it starts the handshake. `read_offset` is how many bytes the caller has read: if
  // more came from the target in clear, somebody may have put them in, and the set is refused. A
  // set that fails leaves all as it was. Nobody may be writing meanwhile: bytes that leave in clear
  // beside the handshake fail the pair.
  std::optional<Error> SetTls(std::shared_ptr<const TlsContext> context, TlsSetBy set_by,
                              std::optional<uint64_t> read_offset);

 private:
  friend class Attachment;
  friend class PairCensus;
  struct HalfState {
    HalfStatus status = HalfStatus::kAbsent;  // kReading and kWriting are derived, never stored.
    bool attached = false;
    std::weak_ptr<StreamUser> user;  // Owns its attachment, which owns the pair: hence weak.
  };
  enum class Phase : uint8_t { kLazy, kOpening, kHandshaking, kReady, kFailed, kReleased };
  PairCensus::State CensusState() const;

  // FdHandler.
  void OnEvents(uint32_t events) override;

  void StartDial();
  // Instead of a dial.
  void Adopt(const PairOptions& options, const PairPolicy::Judges& judges);
  static std::optional<Error> JudgeReached(const DialPolicy& judge, const SocketOrigin& origin);
  bool ParksLocked() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void ParkLocked() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  SocketOrigin OriginLocked() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void OnDialed(DialOutcome outcome);
  std::optional<Error> JudgeSetsMeanwhile(const DialOutcome& outcome);
  bool IsAsJudgedLocked() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  // What the options ask for between connected and ready, in the order of the run.
  Result<std::vector<std::unique_ptr<Handshake>>> MakeHandshakes();
  void OnRouteResolved();
  void LeaveRoute();
  void TellConnected();
  void RunHandshakes();
  void RunHandshakes(std::vector<std::unique_ptr<Handshake>> handshakes);
  // The TLS handshake, if TLS is set.
  std::unique_ptr<TlsHandshake> MakeTlsHandshake();
  // What a TLS handshake showed; if it is done, bytes go through it from now on.
  void TakeTls();
  std::optional<Error> StartTlsLocked(std::optional<uint64_t> read_offset)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  // The failure of TLS if there is one, else of the socket.
  Error TlsErrorOr(int err, absl::string_view what) const;
  // Room in the socket, for what TLS has not sent yet. On the loop.
  void FlushTls(TlsStream& tls);
  // Sends close_notify and what TLS took before it. If there is no room, the socket stays open
  // until there is, or the time is over; nobody waits for it.
  void SayGoodbyeLocked() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void EndGoodbyeLocked() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  // Bytes moved in clear while TLS was being started. True: TLS it is, and the pair has failed.
  bool CrossedTls(absl::string_view what);
  void OnHandshaken(HandshakeRun::Outcome outcome);
  void CancelHandshakes();  // And the route's look-ups.
  // Bytes may flow, those of `leftover` first.
  void BecomeReady(std::string leftover);
  void OnHoldTimer();

  // Attachment's side.
  IoResult Read(absl::Span<char> buffer);
  IoResult ReadFreely(absl::Span<char> buffer);
  IoResult ReadMetered(absl::Span<char> buffer);
  IoResult ReadEnd();
  IoResult ReadWith(absl::FunctionRef<IoResult(int fd)> receive);
  IoResult ReadLeftover(absl::Span<char> buffer);
  bool EndMayFollow() const;
  // Whether a read has something to tell that came from the socket earlier.
  bool BytesWaitLocked() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  EndKind end_kind() const;
  IoResult Write(absl::Span<const iovec> pieces);
  IoResult WriteFreely(absl::Span<const iovec> pieces);
  IoResult WriteMetered(absl::Span<const iovec> pieces);
  bool Metered() const {
    return environment_.account != nullptr && environment_.account->metered();
  }
  // How many of `want` bytes may move now; 0: none, and `half` is woken when that changes, or the
  // pair ends.
  size_t Allowed(PairPace& pace, size_t want, Halves half);
  // What came of moving what was allowed.
  void Settle(PairPace& pace, const IoResult& result);
  // What came of a write; keeps account and tells of an error.
  IoResult Written(int fd, IoResult result);
  void Wake(Halves half);  // OnIo for the user of one half, on the loop.
  // What came of a read.
  IoResult Received(int fd, IoResult result);
  // Bytes moved.
  void NoteActivity(bool is_first_read);
  bool Finish();
  void Detach(Halves halves);
  std::optional<Error> error() const;

  // A half met `error`: the pair's first one is kept, and the halves that can no longer work are
  // marked.
  void Fail(const Error& error, Halves where);
  void Deliver(uint64_t serial, const PairEvent& event);
  void DeliverTo(uint64_t observer, const PairEvent& event);

  std::optional<Error> OpenLocked(Halves halves, bool again_is_fine)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  std::optional<Error> TakeDialLocked() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  std::optional<Error> CheckUsableLocked(Halves halves) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  // As the pair's owner wants its errors numbered.
  Error NumberedLocked(Error error) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void MarkFailedLocked(HalfState& half, Halves which) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  // False if the pair was released before. The caller calls OnReleased once the mutex is free.
  [[nodiscard]] bool ReleaseLocked(bool reset, std::optional<Error> why)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void TellReleased();
  void TellGoneLocked(const Error& error) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void CloseSocketIfIdleLocked() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void ArmHoldTimerLocked() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void DisarmHoldTimerLocked() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void AnnounceLocked(PairEvent event) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  PairEvent OpenCompletedLocked() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  bool AttachedLocked() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  // Calls each user once, from the loop.
  void TellUsersLocked(absl::FunctionRef<EventLoop::Task(std::shared_ptr<StreamUser>)> call)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);

  // Constant after construction.
  const std::string name_;
  const std::string principal_;
  const PairSpec spec_;
  const Environment environment_;
  const absl::Time created_;

  // From the dial until ready or failed, if there are proxies. Touched on the loop's thread only.
  std::unique_ptr<ProxyRoute> route_;
  // What the dial was judged with. On the loop only.
  std::shared_ptr<const TlsContext> judged_tls_;
  std::optional<bool> judged_closes_;
  std::string unread_;  // Came with a parked socket. On the loop only.

  // The descriptor for the byte path; -1 until the pair is ready. Valid while an attachment exists,
  // even after Release.
  std::atomic<int> io_fd_{-1};
  std::atomic<TlsStream*> tls_{nullptr};  // Between the bytes and the socket; null without TLS.
  std::atomic<bool> peer_ended_{false};   // FIN, reset or error was signalled: read to the end.
  std::atomic<bool> has_error_{false};
  IoInFlight write_in_flight_;  // In clear; TlsStream has a lock.
  IoInFlight read_in_flight_;
  std::atomic<bool> read_closed_{false};   // By Close.
  std::atomic<bool> write_closed_{false};  // By Close.
  std::atomic<bool> write_pending_{false};
  std::atomic<bool> observed_{false};  // Somebody wants the events of the next two.
  std::atomic<bool> want_bytes_event_{
      true};  // A read found nothing since the last kHasBytesAvailable.
  std::atomic<bool> want_room_event_{true};
  std::atomic<bool> has_leftover_{false};
  std::atomic<bool> read_on_{false};  // The last read was served from leftover_.
  PairPace read_pace_;                // The reader's.
  PairPace write_pace_;               // The writer's.
  std::atomic<bool> spent_{false};    // The principal may move no more bytes: the pair is ending.
  std::string leftover_;              // What came behind the last handshake. The reader's.
  std::atomic<uint64_t> bytes_read_{0};
  std::atomic<uint64_t> bytes_written_{0};
  std::atomic<int64_t> first_byte_{0};     // Nanoseconds of the clock; 0: none yet.
  std::atomic<int64_t> last_activity_{0};  // Likewise.

  mutable absl::Mutex mu_;
  Phase phase_ ABSL_GUARDED_BY(mu_) = Phase::kLazy;
  HalfState read_ ABSL_GUARDED_BY(mu_);
  HalfState write_ ABSL_GUARDED_BY(mu_);
  std::optional<Error> error_ ABSL_GUARDED_BY(mu_);
  UniqueFd socket_ ABSL_GUARDED_BY(mu_);
  EventLoop::WatchId watch_ ABSL_GUARDED_BY(mu_) = 0;
  Dialer::DialId dial_ ABSL_GUARDED_BY(mu_) = 0;
  std::shared_ptr<HandshakeRun> handshake_run_
      ABSL_GUARDED_BY(mu_);  // While it is there, the socket stays open.
  EventLoop::TimerId hold_timer_ ABSL_GUARDED_BY(mu_) = 0;
  EventLoop::TimerId goodbye_timer_ ABSL_GUARDED_BY(mu_) = 0;  // Set: the socket stays open.
  MonotonicTime last_touch_ ABSL_GUARDED_BY(mu_);
  absl::Time opened_ ABSL_GUARDED_BY(mu_) = absl::InfiniteFuture();
  absl::Time connected_ ABSL_GUARDED_BY(mu_) = absl::InfiniteFuture();
  absl::Time ready_since_ ABSL_GUARDED_BY(mu_) = absl::InfiniteFuture();
  DialRecord record_ ABSL_GUARDED_BY(mu_);
  std::unique_ptr<TlsStream> tls_stream_ ABSL_GUARDED_BY(mu_);  // Stays as long as the pair.
  std::shared_ptr<const TlsFacts> tls_facts_ ABSL_GUARDED_BY(mu_);
  TlsHandshake* tls_handshake_ = nullptr;  // Of the run, while it goes on. The loop's.
  struct Observer {
    uint64_t
        id;  // Taken from event_serial_, so that it gets only the events after its registration.
    std::shared_ptr<PairObserver> observer;
  };
  QuotaUnit pair_unit_ ABSL_GUARDED_BY(mu_);
  QuotaUnit dial_unit_ ABSL_GUARDED_BY(mu_);  // From the open until ready or failed.
  std::vector<Observer> observers_ ABSL_GUARDED_BY(mu_);
  uint64_t event_serial_ ABSL_GUARDED_BY(mu_) = 0;
  PairOptions options_ ABSL_GUARDED_BY(mu_);
  std::unique_ptr<ParkedSockets::Place> place_ ABSL_GUARDED_BY(mu_);  // If it is to be parked.
  bool parks_ ABSL_GUARDED_BY(mu_) = false;  // Once released: its socket goes to its place.
  OnReleased on_released_ ABSL_GUARDED_BY(mu_);
};

}  // namespace streampair

#endif  // STREAMPAIR_CORE_PAIR_STREAM_PAIR_H_
