#ifndef STREAMPAIR_CORE_DIAL_DIAL_POLICY_H_
#define STREAMPAIR_CORE_DIAL_DIAL_POLICY_H_

#include <optional>

#include "core/addr/endpoint.h"
#include "core/base/error.h"
#include "core/base/streampair_errors.h"
#include "core/dial/dial_target.h"

namespace streampair {

// Decides where a dialer may reach. Asked twice: about the target before anything is looked up, and
// about each address after it, immediately before that very address is connected to, so that no
// answer of a name server can lead around it. Answers at once and without side effects that matter:
// it may be asked again.
//
// Confined to the loop's thread of the dial.
//
// An error returned here goes to the caller as it is; stage kPolicy is customary.
class DialPolicy {
 public:
  virtual ~DialPolicy() = default;

  // May `target` be looked up and tried at all? An error ends the dial.
  virtual std::optional<Error> JudgeTarget(const DialTarget& target) const = 0;

  // May `endpoint`, which `target` led to, be connected to? An error is recorded as this address's
  // attempt, and the next address has its turn.
  virtual std::optional<Error> JudgeAddress(const DialTarget& target,
                                            const Endpoint& endpoint) const = 0;

  // May a proxy be asked to connect to `target`'s name, which it will resolve itself? No address is
  // judged then. Asked besides JudgeTarget.
  virtual std::optional<Error> JudgeUnresolved(const DialTarget& target) const = 0;
};

// Allows everything.
class OpenDialPolicy : public DialPolicy {
 public:
  std::optional<Error> JudgeTarget(const DialTarget&) const override { return std::nullopt; }
  std::optional<Error> JudgeAddress(const DialTarget&, const Endpoint&) const override {
    return std::nullopt;
  }
  std::optional<Error> JudgeUnresolved(const DialTarget&) const override { return std::nullopt; }
};

// Allows nothing: for dialers whose every dial must bring its own (DialOptions::policy), so that
// one that was forgotten leads nowhere.
class ClosedDialPolicy : public DialPolicy {
 public:
  std::optional<Error> JudgeTarget(const DialTarget&) const override { return Forgotten(); }
  std::optional<Error> JudgeAddress(const DialTarget&, const Endpoint&) const override {
    return Forgotten();
  }
  std::optional<Error> JudgeUnresolved(const DialTarget&) const override { return Forgotten(); }

 private:
  static Error Forgotten() { return InternalFault("this dial came without a policy"); }
};

}  // namespace streampair

#endif  // STREAMPAIR_CORE_DIAL_DIAL_POLICY_H_
