#ifndef STREAMPAIR_CORE_ADDR_IDNA_H_
#define STREAMPAIR_CORE_ADDR_IDNA_H_

#include <string>

#include "absl/strings/string_view.h"
#include "core/base/result.h"

namespace streampair {

// An internationalised host name in the form in which the DNS has it: "bücher.example" gives
// "xn--bcher-kva.example". IDNA 2008 after the mapping of UTS 46 (non-transitional), so capitals
// and full-width forms are taken, and "straße" stays itself. HostNameNotAscii for what is no such
// name: text that is not UTF-8, characters that IDNA does not allow, labels that get too long. The
// result is ASCII, and no more than that: it is still to be judged as a host name.
Result<std::string> ToAsciiName(absl::string_view utf8);

}  // namespace streampair

#endif  // STREAMPAIR_CORE_ADDR_IDNA_H_
