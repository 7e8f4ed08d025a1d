#include "core/base/error_catalog.h"

#include "absl/types/span.h"
#include "core/base/error_table.h"
#include "core/base/http_table.h"
#include "core/base/socks_table.h"
#include "core/base/ssl_table.h"
#include "core/base/streampair_table.h"

namespace streampair {
namespace {

std::optional<ErrorName> LookUpIn(absl::Span<const ErrorRow> table, const ErrorId& id) {
  for (const ErrorRow& row : table) {
    if (row.subdomain == id.subdomain && row.code == id.code) {
      return ErrorName{row.symbol, row.meaning};
    }
  }
  return std::nullopt;
}

std::optional<ErrorName> LookUpSsl(const ErrorId& id) {
  for (const SslRow& row : SslTable()) {
    if (id.subdomain == 0 && row.name.code == id.code)
      return ErrorName{row.name.symbol, row.name.meaning};
  }
  return std::nullopt;
}

std::optional<ErrorName> LookUpSocks(const ErrorId& id) {
  const SocksRow* row = FindSocksRow(id.subdomain, id.code);
  if (row == nullptr) return std::nullopt;
  return ErrorName{row->name.symbol, row->name.meaning};
}

std::optional<ErrorName> LookUpHttp(const ErrorId& id) {
  const HttpRow* row = id.subdomain == 0 ? FindHttpRow(id.code) : nullptr;
  if (row == nullptr) return std::nullopt;
  return ErrorName{row->name.symbol, row->name.meaning};
}

std::optional<ErrorName> LookUpOwn(const ErrorId& id) {
  if (id.subdomain != 0) return std::nullopt;
  for (const StreampairRow& row : StreampairTable()) {
    if (static_cast<int32_t>(row.code) == id.code) return ErrorName{row.symbol, row.meaning};
  }
  return std::nullopt;
}

absl::Span<const ErrorRow> PosixTableOf(ErrorNumbering numbering) {
  switch (numbering) {
    case ErrorNumbering::kLinux:
      return PosixTable();
    case ErrorNumbering::kDarwin:
      return DarwinTable();
    case ErrorNumbering::kWindows:
      return WindowsTable();
  }
  return {};  // Not reached: the switch is complete.
}

absl::Span<const ErrorRow> NetDbTableOf(ErrorNumbering numbering) {
  switch (numbering) {
    case ErrorNumbering::kLinux:
      return NetDbTable();
    case ErrorNumbering::kDarwin:
      return DarwinNetDbTable();
    case ErrorNumbering::kWindows:
      return WindowsNetDbTable();
  }
  return {};  // Not reached.
}

}  // namespace

std::optional<ErrorName> LookUp(const ErrorId& id, ErrorNumbering numbering) {
  switch (id.domain) {
    case ErrorDomain::kPosix:
      return LookUpIn(PosixTableOf(numbering), id);
    case ErrorDomain::kNetDb:
      return LookUpIn(NetDbTableOf(numbering), id);
    case ErrorDomain::kWinSock:
      return LookUpIn(WinSockTable(), id);
    case ErrorDomain::kNetServices:
      return LookUpIn(NetServicesTable(), id);
    case ErrorDomain::kSsl:
      return LookUpSsl(id);
    case ErrorDomain::kHttp:
      return LookUpHttp(id);
    case ErrorDomain::kSocks:
      return LookUpSocks(id);
    case ErrorDomain::kStreampair:
      return LookUpOwn(id);
    // Never produced here; the contract gives them no numbers.
    case ErrorDomain::kCustom:
    case ErrorDomain::kMacOsStatus:
    case ErrorDomain::kFtp:
    case ErrorDomain::kMach:
    case ErrorDomain::kSystemConfiguration:
      return std::nullopt;
  }
  return std::nullopt;  // No domain of the enum: the number came from outside.
}

}  // namespace streampair
