#include "core/resolve/service_answer.h"

#include <ares.h>

#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/check.h"
#include "core/base/net_services_errors.h"
#include "core/resolve/srv_order.h"

namespace streampair {
namespace {

struct AresFree {
  void operator()(void* data) const { ares_free_data(data); }
};
template <typename T>
using AresData = std::unique_ptr<T, AresFree>;

const unsigned char* Bytes(absl::string_view message) {
  return reinterpret_cast<const unsigned char*>(message.data());
}

int Size(absl::string_view message) { return static_cast<int>(message.size()); }

}  // namespace

Result<std::vector<ServiceHost>> ReadSrvAnswer(absl::string_view message, absl::string_view service,
                                               absl::BitGenRef random) {
  ares_srv_reply* first = nullptr;
  const int status = ares_parse_srv_reply(Bytes(message), Size(message), &first);
  const AresData<ares_srv_reply> owned(first);
  if (status != ARES_SUCCESS) return ServiceLookupError(status, service);

  std::vector<SrvRecord> records;
  bool not_offered = false;
  for (const ares_srv_reply* each = first; each != nullptr; each = each->next) {
    SrvRecord record{each->priority, each->weight, each->port, each->host};
    not_offered = not_offered || record.target.empty() || record.target == ".";
    records.push_back(std::move(record));
  }
  if (records.empty()) return ServiceLookupError(ARES_ENODATA, service);
  OrderByRfc2782(records, random);

  std::vector<ServiceHost> hosts;
  for (const SrvRecord& record : records) {
    const Result<HostName> name = HostName::Parse(record.target);
    const Result<Port> port = Port::Make(record.port);
    if (name.ok() && port.ok()) hosts.push_back({*name, *port, {}});
    if (hosts.size() == kMaxServiceHosts) break;
  }
  if (!hosts.empty()) return hosts;
  if (not_offered) {
    return ServiceNotFound(
        absl::StrCat("\"", service, "\": its SRV record says that it is not offered"));
  }
  return ServiceInvalid(
      absl::StrCat("\"", service, "\": no SRV record has a valid host name and port"));
}

std::vector<std::string> ReadTxtAnswer(absl::string_view message) {
  ares_txt_ext* first = nullptr;
  const int status = ares_parse_txt_reply_ext(Bytes(message), Size(message), &first);
  const AresData<ares_txt_ext> owned(first);
  std::vector<std::string> strings;
  if (status != ARES_SUCCESS) return strings;
  for (const ares_txt_ext* each = first; each != nullptr; each = each->next) {
    if (each != first && each->record_start != 0) break;
    if (strings.size() == kMaxTxtStrings) break;
    // An empty string says nothing (RFC 6763 section 6.1).
    if (each->length > 0) strings.emplace_back(reinterpret_cast<char*>(each->txt), each->length);
  }
  return strings;
}

Error ServiceLookupError(int status, absl::string_view service) {
  SP_CHECK(status != ARES_SUCCESS);
  auto text = [&](absl::string_view what) { return absl::StrCat("\"", service, "\": ", what); };
  switch (status) {
    case ARES_ENOTFOUND:
      return ServiceNotFound(text("there is no such service (NXDOMAIN)"));
    case ARES_ENODATA:
      return ServiceNotFound(text("the name exists but has no SRV record"));
    case ARES_EBADNAME:
      return ServiceNotFound(text("the name cannot stand in a query"));
    case ARES_ETIMEOUT:
      return ServiceTimeout(text("no name server answered in time"));
    case ARES_ECONNREFUSED:
      return ServiceUnavailable(text("no name server could be reached, or none would answer"));
    case ARES_ESERVFAIL:
      return ServiceUnavailable(text("the name server failed (SERVFAIL)"));
    case ARES_EREFUSED:
      return ServiceUnavailable(text("the name server refused to answer (REFUSED)"));
    case ARES_EBADRESP:
      return ServiceInvalid(text("the answer is malformed"));
    default:
      return ServiceUnavailable(text(ares_strerror(status)));
  }
}

}  // namespace streampair
