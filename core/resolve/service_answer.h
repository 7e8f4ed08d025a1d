#ifndef STREAMPAIR_CORE_RESOLVE_SERVICE_ANSWER_H_
#define STREAMPAIR_CORE_RESOLVE_SERVICE_ANSWER_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/random/bit_gen_ref.h"
#include "absl/strings/string_view.h"
#include "core/base/error.h"
#include "core/base/result.h"
#include "core/resolve/service_resolver.h"

namespace streampair {

// More hosts of one service than this are not tried, and more strings not kept.
inline constexpr size_t kMaxServiceHosts = 16;
inline constexpr size_t kMaxTxtStrings = 256;

// The hosts that the answer to an SRV query names, in the order to try them. `message` is a whole
// DNS message as c-ares hands it over; `service` goes into texts. ServiceNotFound if there is no
// record or only the root ("decidedly not available"), ServiceInvalid if nothing of it is of use.
Result<std::vector<ServiceHost>> ReadSrvAnswer(absl::string_view message, absl::string_view service,
                                               absl::BitGenRef random);

// The strings of the first TXT record; none if there is no valid one.
std::vector<std::string> ReadTxtAnswer(absl::string_view message);

// The NetServices error for a status of c-ares. Requires: status is not ARES_SUCCESS.
Error ServiceLookupError(int status, absl::string_view service);

}  // namespace streampair

#endif  // STREAMPAIR_CORE_RESOLVE_SERVICE_ANSWER_H_
