#ifndef STREAMPAIR_CORE_ADDR_HOST_NAME_H_
#define STREAMPAIR_CORE_ADDR_HOST_NAME_H_

#include <compare>
#include <string>
#include <utility>

#include "absl/strings/string_view.h"
#include "core/base/result.h"

namespace streampair {

// A host's name that may be looked up: checked once, here, so that neither a resolver nor
// a rule about names ever sees an odd one. A value; lower case, without the final dot.
class HostName {
 public:
  // Accepts 1 to 253 bytes, not counting one final dot, in labels of 1 to 63 bytes made of
  // letters, digits, '-' and '_'. A hyphen may stand anywhere in a label: such names exist.
  // A name made only of numbers ("127.1", "0x7f000001") is refused, because old libraries
  // read it as an address. A name that is not ASCII is turned into A-labels first (idna.h), and
  // judged as what comes of it. Refusals are InvalidRequest with the limit in the text, except
  // that a NUL, and what is not ASCII and no internationalised name, are HostNameNotAscii.
  static Result<HostName> Parse(absl::string_view text);

  const std::string& str() const { return name_; }

  friend auto operator<=>(const HostName&, const HostName&) = default;
  template <typename H>
  friend H AbslHashValue(H h, const HostName& n) {
    return H::combine(std::move(h), n.name_);
  }

 private:
  explicit HostName(std::string name) : name_(std::move(name)) {}
  std::string name_;
};

}  // namespace streampair

#endif  // STREAMPAIR_CORE_ADDR_HOST_NAME_H_
