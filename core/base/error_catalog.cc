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

}  // namespace

std::optional<ErrorName> LookUp(const ErrorId& id) {
  switch (id.domain) {
    case ErrorDomain::kPosix:
      return LookUpIn(PosixTable(), id);
    case ErrorDomain::kNetDb:
      return LookUpIn(NetDbTable(), id);
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
    // Domains whose protocols are not built yet, and those that are never produced here.
    case ErrorDomain::kCustom:
    case ErrorDomain::kMacOsStatus:
    case ErrorDomain::kFtp:
    case ErrorDomain::kWinSock:
    case ErrorDomain::kMach:
    case ErrorDomain::kSystemConfiguration:
      return std::nullopt;
  }
  return std::nullopt;  // No domain of the enum: the number came from outside.
}

}  // namespace streampair
