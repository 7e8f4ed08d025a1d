#ifndef STREAMPAIR_SERVER_CONVERT_SOCKS_PROXY_H_
#define STREAMPAIR_SERVER_CONVERT_SOCKS_PROXY_H_

#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "core/pair/pair_options.h"
#include "core/pair/pair_spec.h"
#include "server/convert/request_check.h"
#include "streampair/v1/property.pb.h"

namespace streampair {

// The properties socks_proxy and proxy_chain. They share one place: setting one replaces the other,
// and removing one leaves the other alone. Lengths are counted in bytes.
void ApplySocksProxy(const v1::SocksProxy& proto, const std::string& field, RequestCheck& check,
                     PairOptions& options);
void ApplyProxyChain(const v1::ProxyChain& proto, const std::string& field, RequestCheck& check,
                     PairOptions& options);
void RemoveSocksProxy(PairOptions& options);
void RemoveProxyChain(PairOptions& options);

// What was set, without passwords. Nothing if it was not.
std::optional<v1::SocksProxy> SocksProxyToProto(const PairOptions& options);
std::optional<v1::ProxyChain> ProxyChainToProto(const PairOptions& options);

// Refuses options with proxies that the spec's target goes round: the original's set returns FALSE
// then. So a pair that has proxies uses them, and one that asks for them never goes without.
void CheckProxies(const PairSpec& spec, const PairOptions& options, absl::string_view field,
                  RequestCheck& check);

}  // namespace streampair

#endif  // STREAMPAIR_SERVER_CONVERT_SOCKS_PROXY_H_
