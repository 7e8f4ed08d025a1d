#include "core/base/error_table.h"

namespace streampair {
namespace {

// The contract's, all of them; net_services_errors.h says which are produced.
constexpr ErrorRow kRows[] = {
    {0, -72000, "kCFNetServicesErrorUnknown", "Whoever knows about services could not be asked."},
    {0, -72001, "kCFNetServicesErrorCollision", "Another service of that name is published."},
    {0, -72002, "kCFNetServicesErrorNotFound", "There is no such service."},
    {0, -72003, "kCFNetServicesErrorInProgress", "The service is busy with another operation."},
    {0, -72004, "kCFNetServicesErrorBadArgument", "No service can be called that."},
    {0, -72005, "kCFNetServicesErrorCancel", "The operation was cancelled."},
    {0, -72006, "kCFNetServicesErrorInvalid", "What is published about the service is not valid."},
    {0, -72007, "kCFNetServicesErrorTimeout", "The service was not resolved in time."},
};

}  // namespace

absl::Span<const ErrorRow> NetServicesTable() { return kRows; }

}  // namespace streampair
