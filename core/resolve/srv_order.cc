#include "core/resolve/srv_order.h"

#include <algorithm>
#include <cstddef>
#include <tuple>
#include <utility>

#include "absl/random/distributions.h"

namespace streampair {
namespace {

using Position = std::vector<SrvRecord>::iterator;

// Chooses the record that comes first of [begin, end), whose weight-0 records stand in front.
void ChooseFirst(Position begin, Position end, absl::BitGenRef random) {
  uint32_t total = 0;
  for (Position each = begin; each != end; ++each) total += each->weight;
  const auto chosen = absl::Uniform<uint32_t>(absl::IntervalClosed, random, 0, total);
  uint32_t sum = 0;
  Position at = begin;
  while ((sum += at->weight) < chosen) ++at;
  std::rotate(begin, at, at + 1);  // The others keep their order.
}

}  // namespace

void OrderByRfc2782(std::vector<SrvRecord>& records, absl::BitGenRef random) {
  std::stable_sort(records.begin(), records.end(), [](const SrvRecord& a, const SrvRecord& b) {
    return std::make_tuple(a.priority, a.weight != 0) < std::make_tuple(b.priority, b.weight != 0);
  });
  for (Position begin = records.begin(); begin != records.end(); ++begin) {
    const auto lower = [&](const SrvRecord& each) { return each.priority != begin->priority; };
    ChooseFirst(begin, std::find_if(begin, records.end(), lower), random);
  }
}

}  // namespace streampair
