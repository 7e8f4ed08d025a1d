#include "core/base/netdb_errors.h"

#include <netdb.h>

#include <utility>

namespace streampair {
namespace {

Error Make(Stage stage, int code, Reason reason, std::string detail) {
  return Error(stage, {ErrorDomain::kNetDb, 0, code}, reason, std::move(detail));
}

}  // namespace

Error HostNameNotAscii(std::string detail) {
  return Make(Stage::kRequest, HOST_NOT_FOUND, Reason::kHttpRequestError, std::move(detail));
}

Error NameUnknown(std::string detail) {
  return Make(Stage::kResolve, EAI_NONAME, Reason::kDnsError, std::move(detail));
}

Error NoAddress(std::string detail) {
  return Make(Stage::kResolve, EAI_NODATA, Reason::kDnsError, std::move(detail));
}

Error ResolverTimeout(std::string detail) {
  return Make(Stage::kResolve, EAI_AGAIN, Reason::kDnsTimeout, std::move(detail))
      .WithRetryable(true);
}

Error ResolverTemporaryFailure(std::string detail) {
  return Make(Stage::kResolve, EAI_AGAIN, Reason::kDnsError, std::move(detail)).WithRetryable(true);
}

Error ResolverFailed(std::string detail) {
  return Make(Stage::kResolve, EAI_FAIL, Reason::kDnsError, std::move(detail));
}

Error ResolverOutOfMemory(std::string detail) {
  return Make(Stage::kResolve, EAI_MEMORY, Reason::kDnsError, std::move(detail))
      .WithRetryable(true);
}

}  // namespace streampair
