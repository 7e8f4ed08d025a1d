#include "core/base/renumbered.h"

#include <cerrno>
#include <optional>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "core/base/error_catalog.h"
#include "core/base/error_table.h"

namespace streampair {
namespace {

constexpr absl::string_view kSystemError = "EIO";    // Darwin.
constexpr absl::string_view kOtherError = "EOTHER";  // Windows.
constexpr absl::string_view kLookupError = "EAI_FAIL";

// What a platform calls by another name, or lacks and has something near to.
struct Nearest {
  absl::string_view symbol;
  absl::string_view on_darwin;   // Empty: the same.
  absl::string_view on_windows;  // Empty: the same, with "WSA" before it.
};

constexpr Nearest kNearest[] = {
    {"EAGAIN", "", "WSAEWOULDBLOCK"},
    {"ECANCELED", "", "WSAECANCELLED"},
    // Windows says of a write behind a reset what it says of the reset.
    {"EPIPE", "", "WSAECONNRESET"},
    {"ENONET", "ENETDOWN", "WSAENETDOWN"},
    {"ERFKILL", "ENETDOWN", "WSAENETDOWN"},
    {"EBADFD", "EBADF", "WSAEBADF"},
    {"ERESTART", "EINTR", "WSAEINTR"},
};

std::optional<int32_t> CodeOf(absl::string_view symbol, absl::Span<const ErrorRow> table) {
  for (const ErrorRow& row : table) {
    if (row.symbol == symbol) return row.code;
  }
  return std::nullopt;
}

const Nearest* FindNearest(absl::string_view symbol) {
  for (const Nearest& nearest : kNearest) {
    if (nearest.symbol == symbol) return &nearest;
  }
  return nullptr;
}

ErrorId OnDarwin(absl::string_view symbol) {
  const Nearest* nearest = FindNearest(symbol);
  if (nearest != nullptr && !nearest->on_darwin.empty()) symbol = nearest->on_darwin;
  const auto code = CodeOf(symbol, DarwinTable());
  return {ErrorDomain::kPosix, 0, code ? *code : *CodeOf(kSystemError, DarwinTable())};
}

ErrorId OnWindows(absl::string_view symbol) {
  const Nearest* nearest = FindNearest(symbol);
  const std::string of_sockets =
      nearest != nullptr ? std::string(nearest->on_windows) : absl::StrCat("WSA", symbol);
  if (const auto code = CodeOf(of_sockets, WinSockTable())) {
    return {ErrorDomain::kWinSock, 0, *code};
  }
  const auto code = CodeOf(symbol, WindowsTable());
  return {ErrorDomain::kPosix, 0, code ? *code : *CodeOf(kOtherError, WindowsTable())};
}

ErrorId OfLookup(absl::string_view symbol, absl::Span<const ErrorRow> table) {
  const auto code = CodeOf(symbol, table);
  return {ErrorDomain::kNetDb, 0, code ? *code : *CodeOf(kLookupError, table)};
}

}  // namespace

ErrorId Renumbered(const ErrorId& id, ErrorNumbering numbering) {
  const bool differs = id.domain == ErrorDomain::kPosix || id.domain == ErrorDomain::kNetDb;
  if (numbering == ErrorNumbering::kLinux || !differs) return id;
  const std::optional<ErrorName> name = LookUp(id);
  const absl::string_view symbol = name ? name->symbol : "";
  const bool darwin = numbering == ErrorNumbering::kDarwin;
  if (id.domain == ErrorDomain::kNetDb) {
    return OfLookup(symbol, darwin ? DarwinNetDbTable() : WindowsNetDbTable());
  }
  return darwin ? OnDarwin(symbol) : OnWindows(symbol);
}

}  // namespace streampair
