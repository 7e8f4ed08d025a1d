#ifndef STREAMPAIR_SERVER_CONVERT_TARGET_H_
#define STREAMPAIR_SERVER_CONVERT_TARGET_H_

#include "absl/strings/string_view.h"
#include "core/addr/host_spec.h"
#include "core/addr/service_name.h"
#include "core/pair/pair_spec.h"
#include "server/convert/request_check.h"
#include "streampair/v1/target.pb.h"

namespace streampair {

// Fills in where `spec` leads. Leaves it half done when there is something to refuse.
void TargetFromProto(const v1::Target& proto, absl::string_view field, ShortForms short_forms,
                     RequestCheck& check, PairSpec& spec);

// A service in its one form: type and domain in lower case, the domain never left out.
v1::NetServiceTarget ServiceToProto(const ServiceName& service);

// The target as it was asked for.
v1::Target TargetToProto(const PairSpec& spec);

}  // namespace streampair

#endif  // STREAMPAIR_SERVER_CONVERT_TARGET_H_
