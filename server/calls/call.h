#ifndef STREAMPAIR_SERVER_CALLS_CALL_H_
#define STREAMPAIR_SERVER_CALLS_CALL_H_

#include <grpcpp/support/status.h>

namespace streampair {

// Who serves an RPC, as the RPC sees it. It is kept until OnDone. The calls come one after the
// other on the thread of the RPC's queue, never inside a call to the RPC, and none before the
// function that began the RPC has returned.
class CallHandler {
 public:
  virtual ~CallHandler() = default;

  // The caller has gone or its deadline has passed. If the RPC has not been finished it still has
  // to be.
  virtual void OnCancel() = 0;

  // The RPC is over. The last call.
  virtual void OnDone() {}
};

class WriteHandler : public CallHandler {
 public:
  // False: no more can be sent, and the RPC is to be finished.
  virtual void OnWriteDone(bool ok) = 0;
};

class ReadHandler : public CallHandler {
 public:
  // False: the client has half-closed, or the RPC is broken.
  virtual void OnReadDone(bool ok) = 0;
};

// An RPC as its handler sees it. Each has to be ended exactly once, and nothing may be begun on it
// afterwards. Any thread may call, one at a time.

// One request, one response.
template <typename Response>
class UnaryCall {
 public:
  virtual ~UnaryCall() = default;
  virtual void Answer(const Response& response) = 0;
  virtual void Fail(const grpc::Status& status) = 0;
};

// One request, many responses.
template <typename Response>
class WriterCall {
 public:
  virtual ~WriterCall() = default;
  // Tells the client that the RPC has begun, before a first response does. At most once.
  virtual void SendInitialMetadata() = 0;
  // OnWriteDone follows; one at a time. `response` is not needed any more when this returns.
  virtual void Write(const Response& response) = 0;
  // With no Write under way.
  virtual void Finish(const grpc::Status& status) = 0;
};

// Many requests, one response.
template <typename Request, typename Response>
class ReaderCall {
 public:
  virtual ~ReaderCall() = default;
  // Asks for the next request: OnReadDone follows; one at a time. The end of the RPC also ends
  // this.
  virtual void Read() = 0;
  // The last one that came, until the next Read.
  virtual const Request& request() const = 0;
  virtual void Answer(const Response& response) = 0;
  virtual void Fail(const grpc::Status& status) = 0;
};

}  // namespace streampair

#endif  // STREAMPAIR_SERVER_CALLS_CALL_H_
