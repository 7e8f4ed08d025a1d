#ifndef STREAMPAIR_TESTS_HARNESS_TCP_TARGET_H_
#define STREAMPAIR_TESTS_HARNESS_TCP_TARGET_H_

#include <atomic>
#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <string>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "core/base/unique_fd.h"

namespace streampair::testing {

// How a connection ended, as its target saw it.
enum class TargetEnd { kOpen, kFin, kReset };

// A target's side of one connection. All calls wait for as long as it takes; the end of the target
// ends them.
class TargetConnection {
 public:
  TargetConnection(UniqueFd socket, int stop) : socket_(std::move(socket)), stop_(stop) {}

  // 1 to `limit` bytes; empty at the end, see end().
  std::string ReadSome(size_t limit = 1 << 18);
  // `size` bytes, or fewer at the end.
  std::string ReadExactly(size_t size);
  // All that comes until the end.
  std::string ReadToEnd();
  // False: the other side is gone, or the target is stopping.
  bool Write(absl::string_view bytes);
  void Finish();  // FIN.
  void Reset();   // RST, at once.
  // Reads nothing until the connection breaks or the target stops.
  void Hold();

  TargetEnd end() const { return end_; }
  int descriptor() const { return socket_.get(); }

 private:
  bool WaitFor(short events);

  UniqueFd socket_;
  const int stop_;  // Readable when the target stops.
  TargetEnd end_ = TargetEnd::kOpen;
};

struct TargetOptions {
  int backlog = 4096;
  int receive_buffer = 0;  // Of each connection; 0 leaves it to the kernel.
  int send_buffer = 0;
  bool ipv6 = false;  // On ::1 rather than 127.0.0.1.
};

// A TCP listener in the test, where exact control is needed: each connection gets a thread with
// `handler`, and is closed after it. Stops, and joins its threads, when it goes.
class TcpTarget {
 public:
  using Handler = std::function<void(TargetConnection&)>;
  explicit TcpTarget(Handler handler, TargetOptions options = {});
  ~TcpTarget();
  TcpTarget(const TcpTarget&) = delete;
  TcpTarget& operator=(const TcpTarget&) = delete;

  int port() const { return port_; }
  std::string address() const;  // "127.0.0.1:PORT" or "[::1]:PORT".
  int accepted() const { return accepted_; }
  int open() const { return open_; }  // Connections whose handler has not returned.

 private:
  struct Worker {
    std::thread thread;
    std::atomic<bool> done{false};
  };
  void Accept();
  void ReapLocked() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);

  const Handler handler_;
  const bool ipv6_;
  UniqueFd listener_;
  UniqueFd stop_;
  int port_ = 0;
  std::atomic<int> accepted_{0};
  std::atomic<int> open_{0};
  absl::Mutex mu_;
  std::list<Worker> workers_ ABSL_GUARDED_BY(mu_);
  std::thread acceptor_;
};

// Ready-made handlers.
void Echo(
    TargetConnection& connection);  // Sends back what comes, and finishes when the client does.
void NeverRead(TargetConnection& connection);     // Neither reads nor writes.
void FinishAtOnce(TargetConnection& connection);  // FIN first, then reads to the end.
TcpTarget::Handler Say(std::string text);         // Writes it, finishes, reads to the end.
TcpTarget::Handler Pour(uint64_t bytes = ~uint64_t{
                            0});  // Writes so many bytes of Pattern, then as Say.

// A port on which nothing listens, and which stays so while the object lives.
class ClosedPort {
 public:
  ClosedPort();
  int port() const { return port_; }
  std::string address() const;

 private:
  UniqueFd socket_;
  int port_ = 0;
};

// A listener whose queue is full, so that a SYN to it gets no answer.
class FullBacklog {
 public:
  FullBacklog();
  int port() const { return port_; }
  std::string address() const;

 private:
  UniqueFd listener_;
  int port_ = 0;
  UniqueFd filler_;
};

}  // namespace streampair::testing

#endif  // STREAMPAIR_TESTS_HARNESS_TCP_TARGET_H_
