#ifndef STREAMPAIR_CLIENTS_CLI_PAIR_TEXT_H_
#define STREAMPAIR_CLIENTS_CLI_PAIR_TEXT_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "google/protobuf/timestamp.pb.h"
#include "streampair/v1/stream_pair.pb.h"
#include "streampair/v1/target.pb.h"

namespace streampair::cli {

// Pairs as people read them. What the server says may hold anything: Printable is up to whoever
// prints.

// "example.com 80".
std::string TargetText(const v1::Target& target);
// "reading"; "-" for a half that is not there.
std::string StatusText(v1::StreamStatus status);
// "KEY=VALUE,..." by key.
std::string LabelsText(const v1::StreamPair& pair);
std::string AgeText(const v1::StreamPair& pair);

absl::Time ToTime(const google::protobuf::Timestamp& time);
// "12:34:56.789", local.
std::string ClockText(absl::Time time);
// "1.5 MiB".
std::string BytesText(double bytes);
// "0.42 ms", "1.30 s".
std::string LatencyText(absl::Duration duration);

// Rows as columns that stand below each other, without spaces at the ends of lines; the first row
// is the head.
std::vector<std::string> TableLines(std::vector<std::vector<std::string>> rows);

}  // namespace streampair::cli

#endif  // STREAMPAIR_CLIENTS_CLI_PAIR_TEXT_H_
