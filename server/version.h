#ifndef STREAMPAIR_SERVER_VERSION_H_
#define STREAMPAIR_SERVER_VERSION_H_

namespace streampair {

inline constexpr char kVersion[] = "0.1.0";

}  // namespace streampair

#endif  // STREAMPAIR_SERVER_VERSION_H_
