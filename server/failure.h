#ifndef STREAMPAIR_SERVER_FAILURE_H_
#define STREAMPAIR_SERVER_FAILURE_H_

#include <string>
#include <utility>
#include <vector>

#include "core/base/error.h"

namespace streampair {

// One field of a request that is not as it must be.
struct FieldViolation {
  std::string field;        // Its path from the request message: "spec.target.host.port".
  std::string description;  // What is wrong and what is allowed; no full stop at the end.
};

// Why an RPC fails: the error and, where the request is at fault, the fields that are. An error
// alone converts.
struct Failure {
  Failure(Error why) : error(std::move(why)) {}  // NOLINT
  Failure(Error why, std::vector<FieldViolation> fields)
      : error(std::move(why)), violations(std::move(fields)) {}

  Error error;
  std::vector<FieldViolation> violations;
};

}  // namespace streampair

#endif  // STREAMPAIR_SERVER_FAILURE_H_
