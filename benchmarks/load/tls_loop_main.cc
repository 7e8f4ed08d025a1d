// What TLS costs by itself: one BoringSSL end writes and another reads, through memory, in one
// thread. Prints the CPU time of the side that a relay would be, as the load does.
#include <openssl/bio.h>
#include <openssl/ec_key.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "core/testing/certificate_maker.h"

ABSL_FLAG(std::string, work, "down", "down: reading is measured; up: writing is.");
ABSL_FLAG(absl::Duration, time, absl::Seconds(1), "How long.");

namespace streampair::bench {
namespace {

constexpr size_t kPiece = 256 << 10;  // What a relay hands over at a time.

[[noreturn]] void Fail(const char* what) {
  std::fprintf(stderr, "tls_loop: %s\n", what);
  std::exit(1);
}

double ThreadCpu() {
  timespec now;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}

bssl::UniquePtr<SSL_CTX> Context() {
  bssl::UniquePtr<SSL_CTX> context(SSL_CTX_new(TLS_method()));
  SSL_CTX_set_min_proto_version(context.get(), TLS1_3_VERSION);
  return context;
}

int Main() {
  CertificateSpec spec;
  spec.not_before = absl::Now() - absl::Hours(1);
  spec.not_after = absl::Now() + absl::Hours(1);
  const TestIdentity identity = MakeCertificate(spec, nullptr);
  const bssl::UniquePtr<SSL_CTX> client_context = Context();
  const bssl::UniquePtr<SSL_CTX> server_context = Context();
  SSL_CTX_use_certificate(server_context.get(), identity.certificate.get());
  SSL_CTX_use_PrivateKey(server_context.get(), identity.key.get());
  const bssl::UniquePtr<SSL> client(SSL_new(client_context.get()));
  const bssl::UniquePtr<SSL> server(SSL_new(server_context.get()));
  BIO* client_end = nullptr;
  BIO* server_end = nullptr;
  // Room for a piece with what its records add.
  if (BIO_new_bio_pair(&client_end, 2 * kPiece, &server_end, 2 * kPiece) != 1) Fail("no memory");
  SSL_set_bio(client.get(), client_end, client_end);
  SSL_set_bio(server.get(), server_end, server_end);
  SSL_set_connect_state(client.get());
  SSL_set_accept_state(server.get());
  for (int i = 0; i < 10; ++i) {
    SSL_do_handshake(client.get());
    SSL_do_handshake(server.get());
  }
  if (SSL_in_init(client.get()) || SSL_in_init(server.get())) Fail("the handshake did not end");

  // As client, which is what a relay is to its target.
  const bool reads = absl::GetFlag(FLAGS_work) == "down";
  SSL* const writer = reads ? server.get() : client.get();
  SSL* const reader = reads ? client.get() : server.get();
  std::string from(kPiece, 'x');
  std::string to(kPiece, '\0');
  unsigned long long bytes = 0;  // NOLINT(google-runtime-int): for printf.
  double cpu = 0;
  const absl::Time begin = absl::Now();
  while (absl::Now() - begin < absl::GetFlag(FLAGS_time)) {
    double before = ThreadCpu();
    for (size_t at = 0; at < kPiece;) {
      const int wrote = SSL_write(writer, from.data() + at, static_cast<int>(kPiece - at));
      if (wrote <= 0) Fail("cannot write");
      at += static_cast<size_t>(wrote);
    }
    if (!reads) cpu += ThreadCpu() - before;
    before = ThreadCpu();
    for (size_t at = 0; at < kPiece;) {
      const int got = SSL_read(reader, to.data() + at, static_cast<int>(kPiece - at));
      if (got <= 0) Fail("cannot read");
      at += static_cast<size_t>(got);
    }
    if (reads) cpu += ThreadCpu() - before;
    bytes += kPiece;
  }
  std::printf(
      "{\"seconds\":%.4f,\"down\":%llu,\"up\":%llu,\"opened\":0,\"total_opened\":1,\"failures\":0,"
      "\"round_trips\":0,\"cpu\":%.4f,\"load_cpu\":0,\"resident_kb\":0,\"resident_before_kb\":0}\n",
      absl::ToDoubleSeconds(absl::Now() - begin), reads ? bytes : 0, reads ? 0 : bytes, cpu);
  return 0;
}

}  // namespace
}  // namespace streampair::bench

int main(int argc, char** argv) {
  absl::ParseCommandLine(argc, argv);
  return streampair::bench::Main();
}
