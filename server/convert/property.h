#ifndef STREAMPAIR_SERVER_CONVERT_PROPERTY_H_
#define STREAMPAIR_SERVER_CONVERT_PROPERTY_H_

#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "core/pair/pair_options.h"
#include "core/pair/pair_snapshot.h"
#include "core/pair/pair_spec.h"
#include "server/convert/request_check.h"
#include "streampair/v1/property.pb.h"

namespace streampair {

// Puts a property into `options`; `defaults` is what NULL and what a client leaves out go back to.
// Changes nothing when there is something to refuse: no value, a value out of range, a read-only
// key, or a property that this server does not offer yet. `field` is the path of the Property.
void ApplyProperty(const v1::Property& property, absl::string_view field,
                   const PairOptions& defaults, RequestCheck& check, PairOptions& options);

// The property's value now. Nothing: it is absent. Refuses a key that is not in the enum, and one
// that this server cannot answer yet.
std::optional<v1::Property> ReadProperty(v1::PropertyKey key, absl::string_view field,
                                         const PairSpec& spec, const PairOptions& options,
                                         const PairSnapshot& snapshot, RequestCheck& check);

// The key that a property sets; for a NULL the one that it names.
v1::PropertyKey KeyOf(const v1::Property& property);

// Whether a set of `property` is about TLS, which may be set on an open pair too.
bool SetsTls(const v1::Property& property);

// Whether a set of `property` is about the one SOCKS proxy.
bool SetsSocksProxy(const v1::Property& property);

// Whether a set of `property` is about parking the socket, which may be set at any time.
bool SetsParking(const v1::Property& property);

// "socks_proxy", ...: the key as the Property message spells it.
std::string PropertyName(v1::PropertyKey key);

}  // namespace streampair

#endif  // STREAMPAIR_SERVER_CONVERT_PROPERTY_H_
