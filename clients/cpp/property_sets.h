#ifndef STREAMPAIR_CLIENTS_CPP_PROPERTY_SETS_H_
#define STREAMPAIR_CLIENTS_CPP_PROPERTY_SETS_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include "clients/cpp/stream_error.h"
#include "streampair/v1/frame.pb.h"

namespace streampair::client {

// The sets of properties that stand between the data of a channel, each at its place in the stream.
// The server takes the next one only when it has answered the one before. A value; pure.
class PropertySets {
 public:
  struct Answer {
    uint32_t id = 0;
    std::optional<StreamError> error = {};  // Absent: it was done.
  };

  // Puts a set behind the first `position` bytes of the stream, which never goes back. Returns its
  // id.
  uint32_t Add(uint64_t position, v1::Property property, std::optional<uint64_t> read_offset);

  // How many bytes may go before a set has its turn, when `sent` have gone.
  size_t BytesBeforeNext(uint64_t sent) const;
  // A set has its turn; it may still have to wait for an answer.
  bool AtSet(uint64_t sent) const { return BytesBeforeNext(sent) == 0; }
  bool waits_for_answer() const { return asked_.has_value(); }

  // The next set, to be sent. Requires: AtSet and not waits_for_answer.
  v1::SetPropertyFrame Take();
  // What the server said; false if nobody asked.
  bool TakeAnswer(const v1::PropertyResult& result);
  // The answers since the last call, in order.
  std::vector<Answer> Answers();

 private:
  struct Waiting {
    uint64_t position = 0;
    v1::SetPropertyFrame frame = {};
  };
  std::deque<Waiting> waiting_;
  std::optional<uint32_t> asked_;
  std::vector<Answer> answers_;
  uint32_t last_id_ = 0;
};

}  // namespace streampair::client

#endif  // STREAMPAIR_CLIENTS_CPP_PROPERTY_SETS_H_
