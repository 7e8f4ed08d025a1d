#include <arpa/inet.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <variant>

#include "absl/strings/string_view.h"
#include "core/addr/host_name.h"
#include "core/addr/host_spec.h"
#include "core/addr/ip_address.h"
#include "core/base/check.h"
#include "core/base/result.h"

// Whatever is accepted has a normal form that means the same, and no name is one that the C
// library would read as an address.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace streampair;
  const absl::string_view text(reinterpret_cast<const char*>(data), size);
  const Result<HostSpec> host = ParseHost(text);
  if (!host.ok()) {
    SP_CHECK(!host.error().detail().empty());
    return 0;
  }
  const std::string normal = ToString(*host);
  const Result<HostSpec> again = ParseHost(normal);
  SP_CHECK(again.ok());
  SP_CHECK(*again == *host);
  SP_CHECK(ToString(*again) == normal);
  if (std::holds_alternative<HostName>(*host)) {
    SP_CHECK(normal.size() <= 253);
    in_addr address;
    SP_CHECK(inet_aton(normal.c_str(), &address) == 0);
  }
  return 0;
}
