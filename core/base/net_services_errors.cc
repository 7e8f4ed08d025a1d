#include "core/base/net_services_errors.h"

#include <utility>

namespace streampair {
namespace {

Error Make(Stage stage, int code, Reason reason, std::string detail) {
  return Error(stage, {ErrorDomain::kNetServices, 0, code}, reason, std::move(detail));
}

}  // namespace

Error ServiceUnavailable(std::string detail) {
  return Make(Stage::kResolve, -72000, Reason::kDnsError, std::move(detail)).WithRetryable(true);
}

Error ServiceNotFound(std::string detail) {
  return Make(Stage::kResolve, -72002, Reason::kDnsError, std::move(detail));
}

Error ServiceBadArgument(std::string detail) {
  return Make(Stage::kRequest, -72004, Reason::kHttpRequestError, std::move(detail));
}

Error ServiceInvalid(std::string detail) {
  return Make(Stage::kResolve, -72006, Reason::kDnsError, std::move(detail));
}

Error ServiceTimeout(std::string detail) {
  return Make(Stage::kResolve, -72007, Reason::kDnsTimeout, std::move(detail)).WithRetryable(true);
}

}  // namespace streampair
