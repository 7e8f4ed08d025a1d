#ifndef STREAMPAIR_WIRE_CALLS_TAG_H_
#define STREAMPAIR_WIRE_CALLS_TAG_H_

namespace streampair::wire {

// What a completion queue hands back: every tag that is given to gRPC is a pointer to one of these.
class Tag {
 public:
  virtual ~Tag() = default;
  virtual void Run(bool ok) = 0;
};

}  // namespace streampair::wire

#endif  // STREAMPAIR_WIRE_CALLS_TAG_H_
