#include <cstddef>
#include <cstdint>

#include "absl/strings/string_view.h"
#include "core/addr/endpoint.h"
#include "core/base/check.h"
#include "core/base/result.h"

// Text and sockaddr forms survive the trip; bytes that claim to be a sockaddr do no harm.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace streampair;
  const absl::string_view text(reinterpret_cast<const char*>(data), size);
  if (const Result<Endpoint> endpoint = Endpoint::Parse(text); endpoint.ok()) {
    const Result<Endpoint> again = Endpoint::Parse(endpoint->ToString());
    SP_CHECK(again.ok() && *again == *endpoint);
    const SocketAddress system = endpoint->ToSockaddr();
    SP_CHECK(Endpoint::FromSockaddr(system.get(), system.length) == *endpoint);
  }
  const auto* address = reinterpret_cast<const sockaddr*>(data);
  if (const auto endpoint = Endpoint::FromSockaddr(address, static_cast<socklen_t>(size))) {
    SP_CHECK(Endpoint::Parse(endpoint->ToString()).ok());
  }
  return 0;
}
