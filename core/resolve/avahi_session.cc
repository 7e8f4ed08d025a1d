#include "core/resolve/avahi_session.h"

#include <avahi-common/address.h>
#include <avahi-common/error.h>
#include <avahi-common/strlst.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/base/net_services_errors.h"
#include "core/base/netdb_errors.h"

namespace streampair {
namespace {

struct ResolverFree {
  void operator()(AvahiServiceResolver* resolver) const { avahi_service_resolver_free(resolver); }
};

// Nothing for an IPv6 address of a link: without its interface it leads nowhere.
std::optional<IpAddress> ToIpAddress(const AvahiAddress& address) {
  if (address.proto == AVAHI_PROTO_INET) {
    std::array<uint8_t, 4> bytes;
    std::memcpy(bytes.data(), &address.data.ipv4.address, bytes.size());
    return IpAddress::V4(bytes);
  }
  std::array<uint8_t, 16> bytes;
  std::memcpy(bytes.data(), address.data.ipv6.address, bytes.size());
  if (bytes[0] == 0xfe && (bytes[1] & 0xc0) == 0x80) return std::nullopt;
  return IpAddress::V6(bytes);
}

std::vector<std::string> ToStrings(AvahiStringList* txt) {
  std::vector<std::string> strings;
  for (; txt != nullptr; txt = avahi_string_list_get_next(txt)) {
    const size_t size = avahi_string_list_get_size(txt);
    if (size == 0) continue;
    strings.emplace_back(reinterpret_cast<const char*>(avahi_string_list_get_text(txt)), size);
  }
  std::reverse(strings.begin(), strings.end());  // The library builds its lists from behind.
  return strings;
}

// The NetServices error for a number of libavahi.
Error AvahiFailure(int error, const std::string& name) {
  const std::string text = absl::StrCat("\"", name, "\": Avahi says: ", avahi_strerror(error));
  switch (error) {
    case AVAHI_ERR_TIMEOUT:
      return ServiceTimeout(text);
    case AVAHI_ERR_NOT_FOUND:
    case AVAHI_ERR_DNS_NXDOMAIN:
      return ServiceNotFound(text);
    case AVAHI_ERR_INVALID_SERVICE_NAME:
    case AVAHI_ERR_INVALID_SERVICE_TYPE:
    case AVAHI_ERR_INVALID_DOMAIN_NAME:
      return ServiceBadArgument(text);
    case AVAHI_ERR_INVALID_RECORD:
    case AVAHI_ERR_INVALID_RDATA:
    case AVAHI_ERR_INVALID_PACKET:
      return ServiceInvalid(text);
    default:
      return ServiceUnavailable(text);
  }
}

}  // namespace

struct AvahiSession::Lookup {
  // One for each family, so that an answer is told from a failure by family.
  struct Part {
    Lookup* lookup;
    AvahiProtocol family;
    std::unique_ptr<AvahiServiceResolver, ResolverFree> resolver = nullptr;
    bool over = false;
  };

  AvahiSession& session;
  const uint64_t id;
  const std::string name;
  Answered answered;
  std::array<Part, 2> parts = {Part{this, AVAHI_PROTO_INET6}, Part{this, AVAHI_PROTO_INET}};
  EventLoop::TimerId timer = 0;  // Finishes: from the loop, never inside libavahi.
  std::optional<ResolvedService> found = std::nullopt;
  std::optional<Error> failure = std::nullopt;

  void FinishIn(absl::Duration wait) {
    session.loop_.CancelTimer(timer);
    timer = session.loop_.AddTimer(session.loop_.Now() + wait, [this] { session.Finish(id); });
  }
};

AvahiSession::AvahiSession(EventLoop& loop) : loop_(loop), poll_(loop) {}

AvahiSession::~AvahiSession() {
  loop_.CancelTimer(lost_timer_);
  for (auto& [id, lookup] : lookups_) loop_.CancelTimer(lookup->timer);
}

std::optional<Error> AvahiSession::Connect(const std::string& name) {
  if (client_ != nullptr) return std::nullopt;
  int error = 0;
  client_.reset(avahi_client_new(
      poll_.get(), static_cast<AvahiClientFlags>(0),
      [](AvahiClient* client, AvahiClientState state, void* self) {
        if (state != AVAHI_CLIENT_FAILURE) return;
        static_cast<AvahiSession*>(self)->OnLost(avahi_client_errno(client));
      },
      this, &error));
  if (client_ != nullptr) return std::nullopt;
  return ServiceUnavailable(
      absl::StrCat("\"", name, "\": no Avahi daemon, which services of ",
                   "\"local\" need, answers on D-Bus: ", avahi_strerror(error)));
}

// Inside libavahi, hence later.
void AvahiSession::OnLost(int error) {
  if (lost_timer_ != 0) return;
  lost_timer_ = loop_.AddTimer(loop_.Now(), [this, error] {
    lost_timer_ = 0;
    FailAll(absl::StrCat("the Avahi daemon went away: ", avahi_strerror(error)));
    client_.reset();
  });
}

void AvahiSession::FailAll(const std::string& why) {
  for (auto& [id, lookup] : std::exchange(lookups_, {})) {
    loop_.CancelTimer(lookup->timer);
    for (Lookup::Part& part : lookup->parts) part.resolver.reset();
    lookup->answered(ServiceUnavailable(absl::StrCat("\"", lookup->name, "\": ", why)));
  }
}

void AvahiSession::Resolve(uint64_t id, const ServiceName& name, Answered answered) {
  const std::string text = name.ToString();
  if (std::optional<Error> error = Connect(text)) return answered(*std::move(error));
  auto& lookup = lookups_[id];
  lookup.reset(new Lookup{*this, id, text, std::move(answered)});
  for (Lookup::Part& part : lookup->parts) {
    part.resolver.reset(avahi_service_resolver_new(
        client_.get(), AVAHI_IF_UNSPEC, AVAHI_PROTO_UNSPEC, name.instance().c_str(),
        name.type().c_str(), name.domain().c_str(), part.family, static_cast<AvahiLookupFlags>(0),
        [](AvahiServiceResolver*, AvahiIfIndex, AvahiProtocol, AvahiResolverEvent event,
           const char*, const char*, const char*, const char* host, const AvahiAddress* address,
           uint16_t port, AvahiStringList* txt, AvahiLookupResultFlags, void* argument) {
          auto& its_part = *static_cast<Lookup::Part*>(argument);
          AvahiSession& session = its_part.lookup->session;
          if (event == AVAHI_RESOLVER_FOUND && host != nullptr && address != nullptr) {
            session.OnFound(*its_part.lookup, its_part.family, host, *address, port, txt);
          } else {
            session.OnFailure(*its_part.lookup, its_part.family,
                              avahi_client_errno(session.client_.get()));
          }
        },
        &part));
    if (part.resolver == nullptr) {
      OnFailure(*lookup, part.family, avahi_client_errno(client_.get()));
    }
  }
}

void AvahiSession::OnFound(Lookup& lookup, AvahiProtocol family, const char* host,
                           const AvahiAddress& address, uint16_t port, AvahiStringList* txt) {
  const Result<HostName> name = HostName::Parse(host);
  const Result<Port> its_port = Port::Make(port);
  if (!name.ok() || !its_port.ok()) return OnFailure(lookup, family, AVAHI_ERR_INVALID_RECORD);
  if (!lookup.found.has_value()) {
    lookup.found = ResolvedService{{ServiceHost{*name, *its_port, {}}}, ToStrings(txt)};
  }
  if (const std::optional<IpAddress> found = ToIpAddress(address)) {
    std::vector<IpAddress>& addresses = lookup.found->hosts.front().addresses;
    if (std::find(addresses.begin(), addresses.end(), *found) == addresses.end()) {
      addresses.push_back(*found);
    }
  }
  bool all = true;
  for (Lookup::Part& part : lookup.parts) {
    part.over = part.over || part.family == family;
    all = all && part.over;
  }
  lookup.FinishIn(all ? absl::ZeroDuration() : kFamilyWait);
}

void AvahiSession::OnFailure(Lookup& lookup, AvahiProtocol family, int error) {
  bool all = true;
  for (Lookup::Part& part : lookup.parts) {
    part.over = part.over || part.family == family;
    all = all && part.over;
  }
  if (!lookup.failure.has_value()) lookup.failure = AvahiFailure(error, lookup.name);
  if (all) lookup.FinishIn(absl::ZeroDuration());
}

void AvahiSession::Finish(uint64_t id) {
  auto it = lookups_.find(id);
  std::unique_ptr<Lookup> lookup = std::move(it->second);
  lookups_.erase(it);
  for (Lookup::Part& part : lookup->parts) part.resolver.reset();
  if (!lookup->found.has_value()) return lookup->answered(*std::move(lookup->failure));
  if (lookup->found->hosts.front().addresses.empty()) {
    return lookup->answered(NoAddress(absl::StrCat(
        "\"", lookup->name, "\": its host has link-local IPv6 addresses only, which need a zone")));
  }
  lookup->answered(*std::move(lookup->found));
}

void AvahiSession::Cancel(uint64_t id) {
  auto it = lookups_.find(id);
  if (it == lookups_.end()) return;
  loop_.CancelTimer(it->second->timer);
  lookups_.erase(it);
}

}  // namespace streampair
