#include "core/dial/family_turns.h"

#include <cstddef>

namespace streampair {
namespace {

// The next address of `family` at or after `from`; the end if there is none.
size_t NextOf(const std::vector<IpAddress>& sorted, IpAddress::Family family, size_t from) {
  while (from < sorted.size() && sorted[from].family() != family) ++from;
  return from;
}

IpAddress::Family Other(IpAddress::Family family) {
  return family == IpAddress::Family::kV4 ? IpAddress::Family::kV6 : IpAddress::Family::kV4;
}

}  // namespace

std::vector<IpAddress> TakeTurns(const std::vector<IpAddress>& sorted,
                                 std::optional<IpAddress::Family> last) {
  std::vector<IpAddress> turns;
  if (sorted.empty()) return turns;
  turns.reserve(sorted.size());
  IpAddress::Family family = last.has_value() ? Other(*last) : sorted.front().family();
  size_t mine = NextOf(sorted, family, 0);
  size_t others = NextOf(sorted, Other(family), 0);
  while (turns.size() < sorted.size()) {
    if (mine < sorted.size()) {
      turns.push_back(sorted[mine]);
      mine = NextOf(sorted, family, mine + 1);
    }
    std::swap(mine, others);
    family = Other(family);
  }
  return turns;
}

}  // namespace streampair
