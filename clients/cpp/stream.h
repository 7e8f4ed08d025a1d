#ifndef STREAMPAIR_CLIENTS_CPP_STREAM_H_
#define STREAMPAIR_CLIENTS_CPP_STREAM_H_

#include <grpcpp/support/slice.h>

#include <memory>
#include <optional>
#include <string>

#include "absl/functional/any_invocable.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "clients/cpp/result.h"
#include "clients/cpp/stream_types.h"
#include "clients/cpp/tls_options.h"
#include "clients/cpp/transfer_rpc.h"

namespace streampair::client {

// One pair as a stream of bytes in each direction: what a socket is, at the other end of a server.
// Made by Client and Carrier, and always there: a stream that could not be opened is one whose
// every call fails, with the reason.
//
//   Stream stream = client->Connect("example.com", 80);
//   stream.Write("GET / HTTP/1.0\r\n\r\n");
//   stream.Finish();
//   char buffer[65536];
//   ReadResult read;
//   while ((read = stream.Read(absl::MakeSpan(buffer))).outcome == ReadResult::Outcome::kBytes) {
//     Use(buffer, read.bytes);
//   }
//   if (read.error) Complain(read.error->ToString());
//
// Writing may begin at once; bytes wait, bounded, for the pair to be open. Memory is bounded
// however slow either side is: what is unread by StreamOptions::window (as it has grown), what is
// unsent by unsent_limit.
//
// Threads: reading calls by one thread at a time, writing calls by one thread at a time; the two
// may overlap. Reset and the queries may be called at any time and end calls that wait. Deadlines
// are points of the wall clock; a wait that has none is ended by the stream's own events, and by
// the heartbeat if the server is lost. Nothing here may wait inside a callback of the library.
//
// Without threads: TryRead and TryWrite never wait. When one returned kNotYet, Notify... registers
// a callback for the change, to be called once on a thread of the library; it must not block. If
// the change has come meanwhile, Notify... returns false and drops the callback: try again. A new
// callback replaces an old one. Calls that the owner makes itself (Finish for writing; Reset, Close
// and destruction for both) forget callbacks without calling them; one that has already begun may
// still be running.
class Stream {
 public:
  Stream(Stream&&) noexcept = default;
  Stream& operator=(Stream&& other) noexcept;
  // Resets the pair, unless both directions were finished and read to the end: then what is still
  // unsent goes on its way. Close waits until it has arrived.
  ~Stream();

  ReadResult Read(absl::Span<char> buffer, absl::Time deadline = absl::InfiniteFuture());
  ReadResult TryRead(absl::Span<char> buffer) { return Read(buffer, absl::InfinitePast()); }
  // Without copying: appends at most `max` bytes to `out`.
  ReadResult ReadSlices(size_t max, Slices* out, absl::Time deadline = absl::InfiniteFuture());
  bool NotifyReadable(absl::AnyInvocable<void()> callback);

  // Waits until everything found room.
  WriteResult Write(absl::string_view bytes, absl::Time deadline = absl::InfiniteFuture());
  WriteResult TryWrite(absl::string_view bytes) { return Write(bytes, absl::InfinitePast()); }
  // Without copying: takes over all or, with kNotYet, nothing.
  WriteResult WriteSlice(grpc::Slice slice, absl::Time deadline = absl::InfiniteFuture());
  bool NotifyWritable(absl::AnyInvocable<void()> callback);

  // Sets a property of the pair exactly between what was written before and what will be written:
  // from then on writes wait for it. What the server said: the error is that it was refused and
  // nothing changed, or that the stream failed. At the deadline it is (POSIX, ETIMEDOUT), and the
  // set may still come to pass.
  Result<void> SetProperty(v1::Property property, absl::Time deadline = absl::InfiniteFuture());
  // The same without waiting; the callback comes on a thread of the library, once, unless the
  // stream is destroyed before. It must not block.
  void SetProperty(v1::Property property, absl::AnyInvocable<void(Result<void>)> callback);

  // STARTTLS: from here on TLS, and a report of the handshake. Everything that was written goes in
  // clear, everything after it by TLS. Refused if the target has said more in clear than was read
  // here: somebody may have slipped it in. A handshake that fails ends the stream.
  Result<v1::TlsHandshakeReport> StartTls(const TlsOptions& options = {},
                                          absl::Time deadline = absl::InfiniteFuture());

  // Half-close: the target gets a FIN after everything that was written. Reading goes on.
  void Finish();

  // Gives the pair up: a RST for the target. Drops what is unread and unsent.
  void Reset();

  // Waits until the pair is connected, or ready for bytes (which is what Read and Write wait for by
  // themselves). At the deadline the info says how far it came.
  Result<OpenInfo> WaitConnected(absl::Time deadline = absl::InfiniteFuture());
  Result<OpenInfo> WaitReady(absl::Time deadline = absl::InfiniteFuture());

  // When it is ready, or has failed: see open_info() and error(). As NotifyReadable.
  bool NotifyReady(absl::AnyInvocable<void()> callback);

  // Waits until the stream is over: both directions ended and the server has said so, or it failed.
  // False at the deadline.
  bool WaitEnd(absl::Time deadline = absl::InfiniteFuture());

  // Ends the stream in order: finishes, drops what is unread and whatever still comes, and waits
  // for the server's last word; for a stream with an RPC of its own also for the end of that.
  // Resets at the deadline. The error is the stream's, whenever it came.
  Result<EndInfo> Close(absl::Time deadline);

  // Bytes that are here and were not read.
  size_t unread() const;

  // How far it has come, without waiting.
  OpenInfo open_info() const;
  // The pair's name on the server; empty before the server has told it.
  std::string pair_name() const;
  // What the server said at the end; all zero before.
  EndInfo end_info() const;
  // The failure that ended the stream, if one did.
  std::optional<StreamError> error() const;

 private:
  friend class Carrier;
  Stream(std::shared_ptr<TransferRpc> rpc, TransferRpc::Seat* seat)
      : rpc_(std::move(rpc)), seat_(seat) {}

  std::shared_ptr<TransferRpc> rpc_;  // Null only when moved from.
  TransferRpc::Seat* seat_;           // Owned by the RPC until released.
};

}  // namespace streampair::client

#endif  // STREAMPAIR_CLIENTS_CPP_STREAM_H_
