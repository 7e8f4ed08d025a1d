#ifndef STREAMPAIR_SERVER_CONFIG_RECORD_SETTINGS_H_
#define STREAMPAIR_SERVER_CONFIG_RECORD_SETTINGS_H_

#include <cstdint>
#include <string>

namespace streampair {

// Where the record goes.
struct RecordSettings {
  std::string file = "";  // Empty: standard output.
  uint64_t max_bytes = uint64_t{100} << 20;
  uint32_t max_files = 10;
  bool refuses_on_loss = false;
};

}  // namespace streampair

#endif  // STREAMPAIR_SERVER_CONFIG_RECORD_SETTINGS_H_
