#include "clients/cpp/property_sets.h"

#include <limits>
#include <utility>

namespace streampair::client {

uint32_t PropertySets::Add(uint64_t position, v1::Property property,
                           std::optional<uint64_t> read_offset) {
  Waiting set = {.position = position};
  set.frame.set_id(++last_id_);
  *set.frame.mutable_property() = std::move(property);
  if (read_offset) set.frame.set_read_offset(*read_offset);
  waiting_.push_back(std::move(set));
  return last_id_;
}

size_t PropertySets::BytesBeforeNext(uint64_t sent) const {
  if (waiting_.empty()) return std::numeric_limits<size_t>::max();
  return waiting_.front().position - sent;
}

v1::SetPropertyFrame PropertySets::Take() {
  v1::SetPropertyFrame frame = std::move(waiting_.front().frame);
  waiting_.pop_front();
  asked_ = frame.id();
  return frame;
}

bool PropertySets::TakeAnswer(const v1::PropertyResult& result) {
  if (asked_ != result.id()) return false;
  asked_.reset();
  Answer answer = {.id = result.id()};
  if (result.has_error()) answer.error = StreamError(result.error());
  answers_.push_back(std::move(answer));
  return true;
}

std::vector<PropertySets::Answer> PropertySets::Answers() { return std::exchange(answers_, {}); }

}  // namespace streampair::client
