#ifndef STREAMPAIR_CLIENTS_CLI_STDIO_RELAY_H_
#define STREAMPAIR_CLIENTS_CLI_STDIO_RELAY_H_

#include <atomic>
#include <cstdint>
#include <functional>
#include <optional>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "clients/cpp/result.h"
#include "clients/cpp/stream.h"
#include "clients/cpp/stream_types.h"

namespace streampair::cli {

// Joins a stream to two descriptors, as nc does: what can be read from `input` goes to the target,
// what comes from the target is written to `output`. The end of the input half-closes the pair; the
// end of the target closes the output, and the input goes on until its own end (unless it is a
// terminal: a person expects the prompt back).
//
// Two threads, since the descriptors belong to others as well and may not be made non-blocking.
// Memory is bounded by the stream: an output that nobody takes stops the target, a target that does
// not read stops the input.
class StdioRelay {
 public:
  struct Outcome {
    enum class Kind : uint8_t {
      kInOrder,
      kPairFailed,    // See error.
      kInputFailed,   // See system_error.
      kOutputFailed,  // Likewise.
      kOutputClosed,  // Whoever read the output has gone.
      kInterrupted,
    };
    Kind kind = Kind::kInOrder;
    std::optional<client::StreamError> error = {};
    int system_error = 0;
  };

  struct Options {
    // Called first, on a thread of the relay's; an error ends it all. It may use the stream, and
    // ends when that is reset.
    std::function<std::optional<client::StreamError>()> before = nullptr;
    // False: the end of the input is kept from the target, and the end of the target ends it all.
    bool finish = true;
  };
  // `stream` must outlive this. Begins at once.
  StdioRelay(client::Stream* stream, int input, int output, Options options);
  // Requires: done() is readable, or the process is about to end.
  ~StdioRelay();
  StdioRelay(const StdioRelay&) = delete;
  StdioRelay& operator=(const StdioRelay&) = delete;

  // A descriptor that becomes readable when all is over: both directions ended and the server has
  // said so, or one of them failed and the pair was given up.
  int done() const { return done_; }

  // Gives the pair up. done() follows, unless the output is stuck.
  void Interrupt();

  // Bytes so far.
  uint64_t received() const { return received_; }
  uint64_t sent() const { return sent_; }

  // How it ended, or what was known so far.
  Outcome outcome();

 private:
  void Run();
  void CarryInput();
  void CarryOutput();
  bool WriteOutput(const client::Slices& slices);
  void Note(Outcome outcome);

  client::Stream* const stream_;
  const int input_;
  const int output_;
  const Options options_;
  const int done_;  // Eventfds.
  const int stop_input_;

  std::atomic<uint64_t> received_ = 0;
  std::atomic<uint64_t> sent_ = 0;

  absl::Mutex mu_;
  std::optional<Outcome> outcome_ ABSL_GUARDED_BY(mu_);  // The first one counts.

  std::thread input_thread_;  // The other one's.
  std::thread output_thread_;
};

}  // namespace streampair::cli

#endif  // STREAMPAIR_CLIENTS_CLI_STDIO_RELAY_H_
