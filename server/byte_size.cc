#include "server/byte_size.h"

#include <limits>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

namespace streampair {
namespace {

struct Unit {
  absl::string_view name;
  int shift;
};
constexpr Unit kUnits[] = {{"GiB", 30}, {"MiB", 20}, {"KiB", 10}};

}  // namespace

bool AbslParseFlag(absl::string_view text, ByteSize* size, std::string* error) {
  int shift = 0;
  for (const Unit& unit : kUnits) {
    if (absl::ConsumeSuffix(&text, unit.name)) {
      shift = unit.shift;
      break;
    }
  }
  uint64_t number;
  const bool is_number = !text.empty() && absl::ascii_isdigit(text[0]) &&
                         absl::ascii_isdigit(text.back()) && absl::SimpleAtoi(text, &number);
  if (!is_number || number > (std::numeric_limits<uint64_t>::max() >> shift)) {
    *error = "must be a number of bytes, such as 262144, 256KiB, 64MiB or 1GiB";
    return false;
  }
  size->bytes = number << shift;
  return true;
}

std::string AbslUnparseFlag(ByteSize size) {
  for (const Unit& unit : kUnits) {
    const uint64_t rest = size.bytes & ((uint64_t{1} << unit.shift) - 1);
    if (size.bytes != 0 && rest == 0) return absl::StrCat(size.bytes >> unit.shift, unit.name);
  }
  return absl::StrCat(size.bytes);
}

}  // namespace streampair
