#ifndef STREAMPAIR_SERVER_CALLS_OPERATION_H_
#define STREAMPAIR_SERVER_CALLS_OPERATION_H_

#include <memory>
#include <utility>

#include "wire/calls/tag.h"

namespace streampair {

// One kind of gRPC operation of an `Owner`, whose member it is. One at a time is under way, and
// keeps the owner alive.
template <typename Owner>
class Operation final : public wire::Tag {
 public:
  using Handler = void (Owner::*)(bool ok);
  Operation(Owner& owner, Handler handler) : owner_(owner), handler_(handler) {}

  // Returns the tag to begin the operation with.
  void* Begin() {
    alive_ = owner_.shared_from_this();
    return static_cast<wire::Tag*>(this);
  }

  // For an operation whose tag will not come back.
  void Forget() { alive_.reset(); }

  void Run(bool ok) override {
    const std::shared_ptr<void> alive = std::move(alive_);
    (owner_.*handler_)(ok);
  }

 private:
  Owner& owner_;
  const Handler handler_;
  std::shared_ptr<void> alive_;
};

}  // namespace streampair

#endif  // STREAMPAIR_SERVER_CALLS_OPERATION_H_
