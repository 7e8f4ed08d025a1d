#ifndef STREAMPAIR_CLIENTS_CPP_RESULT_H_
#define STREAMPAIR_CLIENTS_CPP_RESULT_H_

#include <optional>
#include <utility>
#include <variant>

#include "clients/cpp/stream_error.h"

namespace streampair::client {

// A value, or why there is none. Asking for the one that is not there ends the program.
template <typename T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}            // NOLINT
  Result(StreamError error) : state_(std::in_place_index<1>, std::move(error)) {}  // NOLINT

  bool ok() const { return state_.index() == 0; }
  const T& value() const& { return std::get<0>(state_); }
  T& value() & { return std::get<0>(state_); }
  T&& value() && { return std::get<0>(std::move(state_)); }
  const T& operator*() const { return value(); }
  const T* operator->() const { return &value(); }
  const StreamError& error() const { return std::get<1>(state_); }

 private:
  std::variant<T, StreamError> state_;
};

// Success, or why not.
template <>
class [[nodiscard]] Result<void> {
 public:
  Result() = default;
  Result(StreamError error) : error_(std::move(error)) {}  // NOLINT

  bool ok() const { return !error_.has_value(); }
  const StreamError& error() const { return error_.value(); }

 private:
  std::optional<StreamError> error_;
};

}  // namespace streampair::client

#endif  // STREAMPAIR_CLIENTS_CPP_RESULT_H_
