#include "core/addr/idna.h"

#include <idn2.h>

#include <cstdint>
#include <memory>

#include "absl/strings/str_cat.h"
#include "core/addr/utf8.h"
#include "core/base/netdb_errors.h"

namespace streampair {
namespace {

// Beyond it no name can come of a text, however short its A-labels are: 253 characters of 4 bytes.
constexpr size_t kMaxText = 1012;

struct Idn2Free {
  void operator()(uint8_t* text) const { idn2_free(text); }
};

}  // namespace

Result<std::string> ToAsciiName(absl::string_view utf8) {
  if (utf8.size() > kMaxText) {
    return HostNameNotAscii(absl::StrCat("host name is not ASCII and has ", utf8.size(),
                                         " bytes, which is too long for a name"));
  }
  if (!IsUtf8(utf8)) return HostNameNotAscii("host name is neither ASCII nor UTF-8");
  uint8_t* output = nullptr;
  const std::string input(utf8);  // With its NUL.
  const int status = idn2_lookup_u8(reinterpret_cast<const uint8_t*>(input.c_str()), &output,
                                    IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL);
  const std::unique_ptr<uint8_t, Idn2Free> owned(output);
  if (status != IDN2_OK) {
    return HostNameNotAscii(absl::StrCat("host name is no internationalised name (IDNA 2008): ",
                                         idn2_strerror(status)));
  }
  return std::string(reinterpret_cast<const char*>(output));
}

}  // namespace streampair
