#ifndef STREAMPAIR_CLIENTS_CPP_VERSION_H_
#define STREAMPAIR_CLIENTS_CPP_VERSION_H_

namespace streampair::client {

// Of the library and of the streampair command.
inline constexpr char kVersion[] = "0.1.0";

}  // namespace streampair::client

#endif  // STREAMPAIR_CLIENTS_CPP_VERSION_H_
