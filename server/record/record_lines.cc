#include "server/record/record_lines.h"

#include <algorithm>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "core/base/error_catalog.h"
#include "core/policy/address_class.h"
#include "server/end_kind.h"
#include "server/log_line.h"

namespace streampair {
namespace {

std::string TimeText(absl::Time time) {
  return absl::FormatTime("%Y-%m-%dT%H:%M:%E3SZ", time, absl::UTCTimeZone());
}

// A JSON object, member by member. What is not known is left out.
class Json {
 public:
  Json& Add(const char* key, absl::string_view value) {
    if (!value.empty()) AddBare(key, JsonString(value));
    return *this;
  }
  Json& Add(const char* key, int64_t value) { return AddBare(key, absl::StrCat(value)); }
  Json& AddMs(const char* key, absl::Duration value) {
    return AddBare(key, absl::StrCat(absl::ToDoubleMilliseconds(absl::Trunc(
                            std::max(value, absl::ZeroDuration()), absl::Microseconds(1)))));
  }
  Json& AddBare(const char* key, absl::string_view json) {
    absl::StrAppend(&text_, text_.empty() ? "" : ",", "\"", key, "\":", json);
    return *this;
  }
  std::string ToString() const { return absl::StrCat("{", text_, "}"); }

 private:
  std::string text_;
};

std::string ErrorJson(const Error& error) {
  const absl::string_view domain = DomainName(error.id().domain);
  Json json;
  json.Add("domain", domain.empty() ? absl::StrCat(static_cast<int>(error.id().domain)) : domain);
  json.Add("subdomain", int64_t{error.id().subdomain}).Add("code", int64_t{error.id().code});
  if (const auto name = LookUp(error.id())) json.Add("symbol", name->symbol);
  json.Add("stage", StageName(error.stage())).Add("reason", ReasonName(error.reason()));
  return json.Add("address", error.address()).Add("text", error.detail()).ToString();
}

Json Begin(const char* event, const RecordedPair& pair) {
  Json json;
  json.Add("event", event).Add("ts", TimeText(pair.now)).Add("session", pair.snapshot.name);
  json.Add("request_id", pair.request_id).Add("trace_id", pair.caller.trace_id);
  json.Add("principal", pair.caller.principal);
  return json;
}

void AddTarget(const PairSpec& spec, Json& json) {
  if (spec.target.service) {
    json.Add("service", spec.target.ToString());
  } else if (spec.target.host) {
    json.Add("host_requested", spec.host_name);
    json.Add("host_canonical", spec.target.host->name.str());
    json.Add("port", int64_t{spec.target.host->port.value()});
  } else if (!spec.target.endpoints.empty()) {
    const Endpoint& first = spec.target.endpoints.front();
    json.Add("host_requested", spec.host_name.empty() ? first.address.ToString() : spec.host_name);
    json.Add("host_canonical", first.address.ToString()).Add("port", int64_t{first.port});
  }
}

const char* ProtocolText(ProxyProtocol protocol) {
  switch (protocol) {
    case ProxyProtocol::kSocks4:
      return "socks4://";
    case ProxyProtocol::kSocks5:
      return "socks5://";
    case ProxyProtocol::kHttp:
      return "http://";
  }
  return "";
}

// Each address that was judged, and those of the name that nobody needed.
std::string AnswersJson(const RecordedPair& pair, const std::vector<JudgedHop>& hops) {
  std::vector<std::string> answers;
  std::vector<std::string> seen;
  for (const JudgedHop& hop : hops) {
    if (hop.address.empty()) continue;
    seen.push_back(hop.address);
    Json json;
    json.Add("hop", hop.hop == HopKind::kProxy ? "proxy" : "target").Add("address", hop.address);
    const auto address = IpAddress::Parse(hop.address);
    if (address.ok()) json.Add("class", AddressClassName(Classify(*address).address_class));
    json.Add("verdict", hop.decision.allowed ? "allow" : "deny").Add("rule", hop.decision.rule);
    answers.push_back(json.Add("would_deny", hop.decision.would_deny).ToString());
  }
  const auto& resolution = pair.snapshot.dial.resolution;
  for (const IpAddress& address : resolution ? resolution->addresses : std::vector<IpAddress>()) {
    const std::string text = address.ToString();
    if (std::find(seen.begin(), seen.end(), text) != seen.end()) continue;
    answers.push_back(Json()
                          .Add("hop", "target")
                          .Add("address", text)
                          .Add("class", AddressClassName(Classify(address).address_class))
                          .Add("verdict", "not_asked")
                          .ToString());
  }
  return absl::StrCat("[", absl::StrJoin(answers, ","), "]");
}

// What the verdict on the whole rests on: the last denial if it failed by one, else what allowed
// the target, or the last that was judged at all.
const JudgedHop* Deciding(const std::vector<JudgedHop>& hops, bool denied) {
  const JudgedHop* best = nullptr;
  for (const JudgedHop& hop : hops) {
    if (denied) {
      if (!hop.decision.allowed) best = &hop;
    } else if (hop.decision.allowed &&
               (best == nullptr || hop.hop == HopKind::kTarget || best->hop == HopKind::kProxy)) {
      best = &hop;
    }
  }
  return best != nullptr || hops.empty() ? best : &hops.back();
}

std::string StagesJson(const RecordedPair& pair, const DecisionBook::Judged& judged) {
  const PairSnapshot& snapshot = pair.snapshot;
  Json json;
  json.AddMs("policy", judged.took);
  if (snapshot.opened == absl::InfiniteFuture()) return json.ToString();
  const bool connected = snapshot.connected != absl::InfiniteFuture();
  json.AddMs("resolve", snapshot.dial.lookup_took);
  json.AddMs("connect", (connected ? snapshot.connected : pair.now) - snapshot.opened -
                            snapshot.dial.lookup_took);
  if (!connected) return json.ToString();
  absl::Duration handshakes =
      (snapshot.ready_since != absl::InfiniteFuture() ? snapshot.ready_since : pair.now) -
      snapshot.connected;
  const bool has_proxies = !snapshot.dial.hops.empty();
  if (snapshot.tls != nullptr && snapshot.tls->report) {
    json.AddMs("tls", snapshot.tls->report->duration);
    handshakes -= snapshot.tls->report->duration;
  } else if (!has_proxies && pair.options.tls != nullptr) {
    json.AddMs("tls", handshakes);
  }
  if (has_proxies) json.AddMs("proxy", handshakes);
  return json.ToString();
}

}  // namespace

std::string IdentitySource(const std::string& principal) {
  return principal.substr(0, principal.find(':'));
}

std::string DecisionLine(const RecordedPair& pair, const DecisionBook::Judged& judged,
                         const std::optional<Error>& error) {
  const bool denied = error && error->stage() == Stage::kPolicy;
  const JudgedHop* deciding = Deciding(judged.hops, denied);
  Json json = Begin("decision", pair);
  json.Add("identity_source", IdentitySource(pair.caller.principal)).Add("peer", pair.caller.peer);
  AddTarget(pair.spec, json);
  if (pair.options.proxies != nullptr) {
    std::vector<std::string> proxies;  // Without what they are told of us.
    for (const ProxyHop& hop : pair.options.proxies->hops) {
      proxies.push_back(JsonString(absl::StrCat(ProtocolText(hop.protocol), hop.proxy.ToString())));
    }
    json.AddBare("proxy", absl::StrCat("[", absl::StrJoin(proxies, ","), "]"));
  }
  json.AddBare("answers", AnswersJson(pair, judged.hops));
  if (pair.snapshot.dial.remote) json.Add("pinned", pair.snapshot.dial.remote->ToString());
  // Of a pair that failed for another reason the verdict is still what the policy said.
  json.Add("verdict", denied ? "deny" : deciding == nullptr ? "none" : "allow");
  if (deciding != nullptr) {
    json.Add("rule", deciding->decision.rule);
    json.Add("action", deciding->reports_only ? "report" : "enforce");
    std::string would_deny = deciding->decision.would_deny;
    for (const JudgedHop& hop : judged.hops) {
      if (would_deny.empty()) would_deny = hop.decision.would_deny;
    }
    json.Add("would_deny", would_deny);
    json.Add("generation", static_cast<int64_t>(deciding->generation));
  }
  json.AddBare("stage_ms", StagesJson(pair, judged));
  if (error) json.AddBare("error", ErrorJson(*error));
  return json.ToString();
}

std::string CloseLine(const RecordedPair& pair, const std::optional<Error>& why) {
  const PairSnapshot& snapshot = pair.snapshot;
  Json json = Begin("close", pair);
  json.Add("bytes_in", static_cast<int64_t>(snapshot.bytes_read));
  json.Add("bytes_out", static_cast<int64_t>(snapshot.bytes_written));
  json.AddMs("duration_ms", pair.now - snapshot.created);
  if (snapshot.first_byte != absl::InfiniteFuture()) {
    json.AddMs("first_byte_ms", snapshot.first_byte - snapshot.opened);
  }
  if (snapshot.last_activity != absl::InfiniteFuture()) {
    json.Add("last_activity", TimeText(snapshot.last_activity));
  }
  json.Add("closed_by", ClosedBy(snapshot, why)).Add("end_kind", EndKind(snapshot, why));
  if (why) json.AddBare("error", ErrorJson(*why));
  return json.ToString();
}

}  // namespace streampair
