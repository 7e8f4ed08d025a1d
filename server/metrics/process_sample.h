#ifndef STREAMPAIR_SERVER_METRICS_PROCESS_SAMPLE_H_
#define STREAMPAIR_SERVER_METRICS_PROCESS_SAMPLE_H_

namespace streampair {

// What the kernel says of this process. What it does not say is 0.
struct ProcessSample {
  double open_fds = 0;
  double max_fds = 0;
  double threads = 0;
  double resident_bytes = 0;
  double cpu_seconds = 0;
  double start_time = 0;  // Seconds since 1970.
};

ProcessSample SampleProcess();

}  // namespace streampair

#endif  // STREAMPAIR_SERVER_METRICS_PROCESS_SAMPLE_H_
