#include "core/base/posix_errors.h"

#include <cerrno>

#include "absl/strings/str_cat.h"
#include "core/base/check.h"
#include "core/base/error_catalog.h"

namespace streampair {
namespace {

// When a new attempt may succeed. Never once bytes may have been exchanged, hence "before".
enum class Retry : uint8_t { kNever, kBeforeStream };

struct Row {
  int err;
  Reason before_stream;  // While a connection is being made.
  Reason in_stream;      // Once it is open.
  Retry retry;
};

// Numbers that are not here have no reason and are not retryable.
constexpr Row kRows[] = {
    // The target's side.
    {ECONNREFUSED, Reason::kConnectionRefused, Reason::kConnectionRefused, Retry::kBeforeStream},
    {ECONNRESET, Reason::kConnectionTerminated, Reason::kConnectionTerminated,
     Retry::kBeforeStream},
    {EPIPE, Reason::kConnectionTerminated, Reason::kConnectionTerminated, Retry::kBeforeStream},
    {ECONNABORTED, Reason::kConnectionTerminated, Reason::kConnectionTerminated,
     Retry::kBeforeStream},
    {ENOTCONN, Reason::kConnectionTerminated, Reason::kConnectionTerminated, Retry::kBeforeStream},
    {ETIMEDOUT, Reason::kConnectionTimeout, Reason::kConnectionReadTimeout, Retry::kBeforeStream},

    // The way there.
    {EHOSTUNREACH, Reason::kDestinationIpUnroutable, Reason::kDestinationIpUnroutable,
     Retry::kBeforeStream},
    {ENETUNREACH, Reason::kDestinationIpUnroutable, Reason::kDestinationIpUnroutable,
     Retry::kBeforeStream},
    {EHOSTDOWN, Reason::kDestinationIpUnroutable, Reason::kDestinationIpUnroutable,
     Retry::kBeforeStream},
    {ENETDOWN, Reason::kDestinationIpUnroutable, Reason::kDestinationIpUnroutable,
     Retry::kBeforeStream},
    {ENONET, Reason::kDestinationIpUnroutable, Reason::kDestinationIpUnroutable,
     Retry::kBeforeStream},
    // A packet filter or a routing rule of this machine.
    {EACCES, Reason::kDestinationIpProhibited, Reason::kDestinationIpProhibited, Retry::kNever},
    {EPERM, Reason::kDestinationIpProhibited, Reason::kDestinationIpProhibited, Retry::kNever},
    // No IPv6 on this machine, or an address that nobody can connect to.
    {EAFNOSUPPORT, Reason::kDestinationIpUnroutable, Reason::kDestinationIpUnroutable,
     Retry::kNever},

    // Our machine's means.
    {EADDRNOTAVAIL, Reason::kConnectionLimitReached, Reason::kConnectionLimitReached,
     Retry::kBeforeStream},
    {EADDRINUSE, Reason::kProxyConfigurationError, Reason::kProxyConfigurationError,
     Retry::kBeforeStream},
    {EAGAIN, Reason::kConnectionLimitReached, Reason::kNone, Retry::kBeforeStream},
    {EMFILE, Reason::kConnectionLimitReached, Reason::kProxyInternalError, Retry::kBeforeStream},
    {ENFILE, Reason::kConnectionLimitReached, Reason::kProxyInternalError, Retry::kBeforeStream},
    {ENOBUFS, Reason::kProxyInternalError, Reason::kProxyInternalError, Retry::kBeforeStream},
    {ENOMEM, Reason::kProxyInternalError, Reason::kProxyInternalError, Retry::kBeforeStream},
    {EBADF, Reason::kProxyInternalError, Reason::kProxyInternalError, Retry::kNever},
    {ENOTSOCK, Reason::kProxyInternalError, Reason::kProxyInternalError, Retry::kNever},
};

const Row* FindRow(int err) {
  for (const Row& row : kRows) {
    if (row.err == err) return &row;
  }
  return nullptr;
}

std::string Describe(const ErrorId& id, std::string what) {
  const std::optional<ErrorName> name = LookUp(id);
  if (!name.has_value()) return absl::StrCat(what, ": errno ", id.code);
  absl::string_view meaning = name->meaning;
  meaning.remove_suffix(1);  // The full stop.
  return absl::StrCat(what, ": ", name->symbol, " (", meaning, ")");
}

}  // namespace

Error PosixError(Stage stage, int err, std::string what) {
  SP_CHECK(err > 0);
  const ErrorId id{ErrorDomain::kPosix, 0, err};
  const bool in_stream = stage == Stage::kStream;
  Reason reason = Reason::kNone;
  bool retryable = false;
  if (const Row* row = FindRow(err); row != nullptr) {
    reason = in_stream ? row->in_stream : row->before_stream;
    retryable = !in_stream && row->retry == Retry::kBeforeStream;
  }
  return Error(stage, id, reason, Describe(id, std::move(what))).WithRetryable(retryable);
}

}  // namespace streampair
