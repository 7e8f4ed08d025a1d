#ifndef STREAMPAIR_CORE_BASE_RESULT_H_
#define STREAMPAIR_CORE_BASE_RESULT_H_

#include <optional>
#include <type_traits>
#include <utility>
#include <variant>

#include "core/base/check.h"
#include "core/base/error.h"

namespace streampair {

// Either a T or the Error that explains why there is none. Both convert implicitly, so a
// function returns whichever it has:
//
//   Result<Port> port = Port::Make(number);
//   if (!port.ok()) return port.error();
//   Use(*port);
//
// Asking for the value of a failure, or for the error of a success, aborts.
template <typename T>
class [[nodiscard]] Result {
  static_assert(!std::is_same_v<std::remove_cv_t<T>, Error>, "Result<Error> says nothing");
  static_assert(!std::is_reference_v<T>, "return a pointer instead");

 public:
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}      // NOLINT
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}  // NOLINT

  bool ok() const { return state_.index() == 0; }

  T& value() & { return Checked(); }
  const T& value() const& { return const_cast<Result*>(this)->Checked(); }
  T&& value() && { return std::move(Checked()); }

  T& operator*() & { return Checked(); }
  const T& operator*() const& { return value(); }
  T&& operator*() && { return std::move(Checked()); }

  T* operator->() { return &Checked(); }
  const T* operator->() const { return &value(); }

  const Error& error() const& {
    SP_CHECK(!ok());
    return *std::get_if<1>(&state_);
  }
  Error error() && {
    SP_CHECK(!ok());
    return std::move(*std::get_if<1>(&state_));
  }

 private:
  T& Checked() {
    SP_CHECK(ok());
    return *std::get_if<0>(&state_);
  }

  std::variant<T, Error> state_;
};

// Success, or why not. `return {};` is success.
template <>
class [[nodiscard]] Result<void> {
 public:
  Result() = default;
  Result(Error error) : error_(std::move(error)) {}  // NOLINT

  bool ok() const { return !error_.has_value(); }

  const Error& error() const& {
    SP_CHECK(!ok());
    return *error_;
  }
  Error error() && {
    SP_CHECK(!ok());
    return *std::move(error_);
  }

 private:
  std::optional<Error> error_;
};

}  // namespace streampair

#endif  // STREAMPAIR_CORE_BASE_RESULT_H_
