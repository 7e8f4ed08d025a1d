#include "clients/cli/stdio_relay.h"

#include <fcntl.h>
#include <grpcpp/support/slice.h>
#include <limits.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>
#include <vector>

#include "clients/cpp/slice_queue.h"

namespace streampair::cli {
namespace {

using client::EndInfo;
using client::ReadResult;
using client::Result;
using client::WriteResult;
using Kind = StdioRelay::Outcome::Kind;

constexpr size_t kMinRead = size_t{16} << 10;
constexpr size_t kMaxRead = size_t{256} << 10;
// How much of the target's bytes is taken from the stream at a time.
constexpr size_t kMaxWrite = size_t{1} << 20;

void Signal(int event) {
  const uint64_t one = 1;
  [[maybe_unused]] const ssize_t written = write(event, &one, sizeof one);
}

// Waits until `fd` is ready for `events`; false if `stop` was signalled.
bool AwaitReady(int fd, short events, int stop) {
  pollfd polled[] = {{fd, events, 0}, {stop, POLLIN, 0}};
  while (poll(polled, 2, -1) < 0 && errno == EINTR) {
  }
  return polled[1].revents == 0;
}

// Bytes in a pipe's own buffer save switches between the two processes; the kernel may decline.
void WidenPipe(int fd) { fcntl(fd, F_SETPIPE_SZ, 1 << 20); }

}  // namespace

StdioRelay::StdioRelay(client::Stream* stream, int input, int output, Options options)
    : stream_(stream),
      input_(input),
      output_(output),
      options_(std::move(options)),
      done_(eventfd(0, EFD_CLOEXEC)),
      stop_input_(eventfd(0, EFD_CLOEXEC)) {
  WidenPipe(input_);
  WidenPipe(output_);
  output_thread_ = std::thread([this] { Run(); });
}

StdioRelay::~StdioRelay() {
  output_thread_.join();
  close(done_);
  close(stop_input_);
}

void StdioRelay::Note(Outcome outcome) {
  absl::MutexLock lock(&mu_);
  if (!outcome_) outcome_ = std::move(outcome);
}

StdioRelay::Outcome StdioRelay::outcome() {
  absl::MutexLock lock(&mu_);
  return outcome_.value_or(Outcome());
}

void StdioRelay::Interrupt() {
  Note({.kind = Kind::kInterrupted});
  stream_->Reset();
}

void StdioRelay::Run() {
  std::optional<client::StreamError> error;
  if (options_.before) error = options_.before();
  if (error) {
    Note({.kind = Kind::kPairFailed, .error = std::move(error)});
    stream_->Reset();
  } else {
    input_thread_ = std::thread([this] { CarryInput(); });
    CarryOutput();
    Signal(stop_input_);
    input_thread_.join();
  }
  // The end of the input may have to wait for a slow target; a lost server is noticed by the
  // heartbeat.
  const Result<EndInfo> end = stream_->Close(absl::InfiniteFuture());
  if (end.ok()) {
    Note({.kind = Kind::kInOrder});
  } else {
    Note({.kind = Kind::kPairFailed, .error = end.error()});
  }
  Signal(done_);
}

void StdioRelay::CarryInput() {
  size_t size = kMinRead;
  for (;;) {
    if (!AwaitReady(input_, POLLIN, stop_input_)) return;
    grpc::Slice slice(size);
    const ssize_t bytes = read(input_, const_cast<uint8_t*>(slice.begin()), size);
    if (bytes < 0) {
      if (errno == EINTR || errno == EAGAIN) continue;
      Note({.kind = Kind::kInputFailed, .system_error = errno});
      stream_->Reset();
      return;
    }
    if (bytes == 0) {
      if (options_.finish) stream_->Finish();
      return;
    }
    const auto read = static_cast<size_t>(bytes);
    sent_ += read;
    // Large for an input that pours, small for one that whispers.
    if (read == size) {
      size = std::min(2 * size, kMaxRead);
    } else {
      slice = slice.sub(0, read);
      if (read < size / 4) size = std::max(size / 2, kMinRead);
    }
    // An error here is the stream's, and the other thread reports it.
    if (stream_->WriteSlice(std::move(slice)).outcome != WriteResult::Outcome::kDone) return;
  }
}

void StdioRelay::CarryOutput() {
  client::Slices slices;
  bool going = true;
  while (going) {
    slices.clear();
    switch (stream_->ReadSlices(kMaxWrite, &slices).outcome) {
      case ReadResult::Outcome::kBytes:
        going = WriteOutput(slices);
        if (!going) stream_->Reset();
        break;
      case ReadResult::Outcome::kEnd: {
        // Who reads the output learns of the end now, whatever the input still has.
        const int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
        dup2(null, output_);
        close(null);
        if (!isatty(input_) && options_.finish) stream_->WaitEnd();
        going = false;
        break;
      }
      case ReadResult::Outcome::kNotYet:
      case ReadResult::Outcome::kError:
        going = false;
        break;
    }
  }
}

bool StdioRelay::WriteOutput(const client::Slices& slices) {
  std::vector<iovec> pieces;
  for (const grpc::Slice& slice : slices) {
    pieces.push_back({const_cast<uint8_t*>(slice.begin()), slice.size()});
  }
  size_t next = 0;
  while (next < pieces.size()) {
    const int count = static_cast<int>(std::min<size_t>(pieces.size() - next, IOV_MAX));
    const ssize_t bytes = writev(output_, &pieces[next], count);
    if (bytes < 0) {
      if (errno == EINTR) continue;
      if (errno == EAGAIN) {  // Somebody made it non-blocking.
        pollfd polled = {output_, POLLOUT, 0};
        poll(&polled, 1, -1);
        continue;
      }
      Note({.kind = errno == EPIPE ? Kind::kOutputClosed : Kind::kOutputFailed,
            .system_error = errno});
      return false;
    }
    auto written = static_cast<size_t>(bytes);
    received_ += written;
    while (next < pieces.size() && written >= pieces[next].iov_len) {
      written -= pieces[next++].iov_len;
    }
    if (written > 0) {
      pieces[next].iov_base = static_cast<char*>(pieces[next].iov_base) + written;
      pieces[next].iov_len -= written;
    }
  }
  return true;
}

}  // namespace streampair::cli
