#include "server/convert/request_check.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/streampair_errors.h"

namespace streampair {
namespace {

// A request can hold thousands of faults; nobody reads so many, and status details are small.
constexpr size_t kMaxViolations = 16;

void Note(absl::string_view field, absl::string_view description,
          std::vector<FieldViolation>* violations) {
  if (violations->size() >= kMaxViolations) return;
  violations->push_back({std::string(field), std::string(description)});
}

// The same error, whose text begins with the field.
Error At(absl::string_view field, const Error& error) {
  return Error(error.stage(), error.id(), error.reason(), absl::StrCat(field, ": ", error.detail()))
      .WithRetryable(error.retryable());
}

}  // namespace

void RequestCheck::Refuse(absl::string_view field, absl::string_view description) {
  Refuse(field, InvalidRequest(std::string(description)));
}

void RequestCheck::Refuse(absl::string_view field, const Error& error) {
  if (!first_fault_) first_fault_ = At(field, error);
  Note(field, error.detail(), &faults_);
}

void RequestCheck::NotOffered(absl::string_view field, absl::string_view feature) {
  const Error error = Unimplemented(absl::StrCat(feature, ": not offered by this server yet"));
  if (!first_gap_) first_gap_ = At(field, error);
  Note(field, error.detail(), &gaps_);
}

void RequestCheck::Absorb(RequestCheck other) {
  if (!first_fault_) first_fault_ = std::move(other.first_fault_);
  if (!first_gap_) first_gap_ = std::move(other.first_gap_);
  for (const FieldViolation& fault : other.faults_) Note(fault.field, fault.description, &faults_);
  for (const FieldViolation& gap : other.gaps_) Note(gap.field, gap.description, &gaps_);
}

std::optional<Failure> RequestCheck::Verdict() const {
  if (first_fault_) return Failure(*first_fault_, faults_);
  if (first_gap_) return Failure(*first_gap_, gaps_);
  return std::nullopt;
}

std::string Member(absl::string_view message, absl::string_view field) {
  return message.empty() ? std::string(field) : absl::StrCat(message, ".", field);
}

std::string Element(absl::string_view list, int index) {
  return absl::StrCat(list, "[", index, "]");
}

}  // namespace streampair
