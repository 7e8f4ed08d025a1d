#include "core/tls/tls_engine.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pool.h>
#include <openssl/ssl.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "core/addr/ip_address.h"
#include "core/base/check.h"
#include "core/tls/peer_verifier.h"
#include "core/tls/tls_engine_hooks.h"
#include "core/tls/tls_failure.h"

namespace streampair {
namespace {

// A key of AES-GCM is good for 2^24.5 records (RFC 8446 section 5.5); this is far below.
constexpr uint64_t kBytesPerKey = uint64_t{1} << 36;

// Buffers that grew beyond this are given back when they are empty.
constexpr size_t kKeptCapacity = 4 * 1024;

constexpr size_t kMaxKeyLogLines = 32;

std::string VerifiedName(const TlsSettings& settings, const TlsPeer& peer) {
  switch (settings.peer_name_rule) {
    case PeerNameRule::kTarget:
      return peer.host;
    case PeerNameRule::kGiven:
      return settings.peer_name;
    case PeerNameRule::kNone:
      return "";
  }
  return "";
}

std::string TakeBytes(const uint8_t* data, size_t size) {
  return std::string(reinterpret_cast<const char*>(data), size);
}

}  // namespace

// BoringSSL's calls back into the engine.
struct EngineHooks {
  static TlsEngine* Of(const SSL* ssl) { return static_cast<TlsEngine*>(SSL_get_app_data(ssl)); }

  static int BioRead(BIO* bio, char* out, int size) {
    auto* engine = static_cast<TlsEngine*>(BIO_get_data(bio));
    BIO_clear_retry_flags(bio);
    size_t wanted = size > 0 ? static_cast<size_t>(size) : 0;
    const size_t left = engine->input_.size() - engine->input_taken_;
    size_t got = 0;
    if (left > 0) {
      got = std::min(left, wanted);
      std::memcpy(out, engine->input_.data() + engine->input_taken_, got);
      engine->input_taken_ += got;
    } else if (!engine->fresh_.empty()) {
      got = std::min(engine->fresh_.size(), wanted);
      std::memcpy(out, engine->fresh_.data(), got);
      engine->fresh_.remove_prefix(got);
    }
    if (got > 0) return static_cast<int>(got);
    BIO_set_retry_read(bio);
    return -1;
  }

  static int BioWrite(BIO* bio, const char* data, int size) {
    auto* engine = static_cast<TlsEngine*>(BIO_get_data(bio));
    BIO_clear_retry_flags(bio);
    if (size <= 0) return 0;
    engine->output_.append(data, static_cast<size_t>(size));
    return size;
  }

  static long BioControl(BIO*, int command, long, void*) {  // NOLINT(google-runtime-int)
    return command == BIO_CTRL_FLUSH ? 1 : 0;
  }

  static const BIO_METHOD* Method() {
    static const BIO_METHOD* const method = [] {
      BIO_METHOD* made = BIO_meth_new(BIO_get_new_index(), "streampair");
      BIO_meth_set_read(made, BioRead);
      BIO_meth_set_write(made, BioWrite);
      BIO_meth_set_ctrl(made, BioControl);
      return made;
    }();
    return method;
  }

  static ssl_verify_result_t Verify(SSL* ssl, uint8_t* alert) {
    TlsEngine* engine = Of(ssl);
    std::vector<std::string> sent;
    const STACK_OF(CRYPTO_BUFFER)* buffers = SSL_get0_peer_certificates(ssl);
    for (size_t i = 0; buffers != nullptr && i < sk_CRYPTO_BUFFER_num(buffers); ++i) {
      const CRYPTO_BUFFER* buffer = sk_CRYPTO_BUFFER_value(buffers, i);
      sent.push_back(TakeBytes(CRYPTO_BUFFER_data(buffer), CRYPTO_BUFFER_len(buffer)));
    }
    const TlsConfig& config = engine->context_->config();
    VerifyRules rules;
    rules.roots = &engine->context_->roots();
    rules.allows_expired_certificates = config.settings.allows_expired_certificates;
    rules.allows_expired_roots = config.settings.allows_expired_roots;
    rules.allows_any_root = config.settings.allows_any_root;
    rules.validates = config.settings.validates_certificate_chain;
    rules.peer_is_server = !config.settings.is_server;
    rules.name = config.settings.is_server ? "" : engine->verified_name_;
    rules.pins = config.spki_pins;
    rules.crls = config.crls;
    rules.now = engine->clock_.WallNow();
    engine->facts_.trust = VerifyPeer(sent, rules);
    const std::optional<Error> refusal = engine->facts_.trust->Refusal();
    if (!refusal.has_value()) return ssl_verify_ok;
    *alert = AlertForCertificate(static_cast<SslCode>(refusal->id().code));
    return ssl_verify_invalid;
  }

  static int NewSession(SSL* ssl, SSL_SESSION* session) {
    const TlsEngine* engine = Of(ssl);
    SessionCache* cache = engine->context_->sessions();
    if (cache == nullptr) return 0;
    cache->Put(engine->session_key_, bssl::UniquePtr<SSL_SESSION>(session));
    return 1;  // The session is ours now.
  }

  static void KeyLog(const SSL* ssl, const char* line) {
    TlsEngine* engine = Of(ssl);
    if (engine->key_log_.size() < kMaxKeyLogLines) engine->key_log_.emplace_back(line);
  }
};

void InstallEngineHooks(SSL_CTX* ctx, bool key_log) {
  SSL_CTX_set_custom_verify(ctx, SSL_VERIFY_PEER, EngineHooks::Verify);
  SSL_CTX_sess_set_new_cb(ctx, EngineHooks::NewSession);
  if (key_log) SSL_CTX_set_keylog_callback(ctx, EngineHooks::KeyLog);
}

TlsEngine::TlsEngine(std::shared_ptr<const TlsContext> context, TlsPeer peer, const Clock& clock)
    : context_(std::move(context)),
      peer_(std::move(peer)),
      clock_(clock),
      verified_name_(VerifiedName(context_->config().settings, peer_)),
      session_key_(absl::StrCat(context_->digest(), verified_name_, "\n", peer_.session_scope)) {
  SP_CHECK(context_->secures());
}

TlsEngine::~TlsEngine() = default;

void TlsEngine::Fail(Error error) {
  state_ = State::kFailed;
  error_ = std::move(error);
}

void TlsEngine::MakeSsl() {
  const TlsConfig& config = context_->config();
  ssl_.reset(SSL_new(context_->ssl_ctx()));
  SP_CHECK(ssl_ != nullptr);
  SSL* ssl = ssl_.get();
  SSL_set_app_data(ssl, this);
  BIO* bio = BIO_new(EngineHooks::Method());
  BIO_set_data(bio, this);
  BIO_set_init(bio, 1);
  SSL_set_bio(ssl, bio, bio);
  if (config.settings.is_server) {
    SSL_set_accept_state(ssl);
    const int required =
        config.settings.validates_certificate_chain ? SSL_VERIFY_FAIL_IF_NO_PEER_CERT : 0;
    SSL_set_custom_verify(
        ssl, config.request_client_certificate ? SSL_VERIFY_PEER | required : SSL_VERIFY_NONE,
        EngineHooks::Verify);
    return;
  }
  SSL_set_connect_state(ssl);
  // Without a name to verify, the target's is sent all the same: it chooses the virtual host.
  std::string name = verified_name_.empty() ? peer_.host : verified_name_;
  if (config.server_name.has_value()) name = *config.server_name;
  name = std::string(absl::StripSuffix(name, "."));
  if (!name.empty() && !IpAddress::Parse(name).ok()) SSL_set_tlsext_host_name(ssl, name.c_str());
  if (SessionCache* cache = context_->sessions(); cache != nullptr) {
    const bssl::UniquePtr<SSL_SESSION> session = cache->Take(session_key_);
    if (session != nullptr) SSL_set_session(ssl, session.get());
  }
}

void TlsEngine::Start() {
  started_ = clock_.Now();
  const TlsSettings& settings = context_->config().settings;
  if (context_->ssl_ctx() == nullptr) {
    Fail(SslError(Stage::kTls, SslCode::kNegotiation, "SSL 2 and SSL 3 are not spoken here"));
    return;
  }
  if (settings.is_server && settings.identity == nullptr) {
    Fail(SslError(Stage::kTls, SslCode::kBadConfiguration,
                  "the server's side of TLS needs a certificate"));
    return;
  }
  MakeSsl();
  Handshake();
}

void TlsEngine::Handshake() {
  ERR_clear_error();
  const int result = SSL_do_handshake(ssl_.get());
  if (result == 1) {
    Complete();
    return;
  }
  switch (SSL_get_error(ssl_.get(), result)) {
    case SSL_ERROR_WANT_READ:
      return;
    case SSL_ERROR_ZERO_RETURN:
      Fail(
          SslError(Stage::kTls, SslCode::kClosedAbort, "the peer closed TLS during the handshake"));
      return;
    default:
      break;
  }
  Error error = TakeTlsFailure(Stage::kTls);
  // Our own verdict says more than that there was one.
  if (facts_.trust.has_value()) {
    if (std::optional<Error> refusal = facts_.trust->Refusal()) error = *std::move(refusal);
  }
  Fail(std::move(error));
}

void TlsEngine::Complete() {
  SSL* ssl = ssl_.get();
  TlsReport report;
  report.version = static_cast<TlsVersion>(SSL_version(ssl));
  if (const SSL_CIPHER* cipher = SSL_get_current_cipher(ssl))
    report.cipher_suite = SSL_CIPHER_standard_name(cipher);
  if (const uint16_t group = SSL_get_curve_id(ssl); group != 0)
    report.group = SSL_get_curve_name(group);
  if (const uint16_t algorithm = SSL_get_peer_signature_algorithm(ssl); algorithm != 0) {
    const char* name = SSL_get_signature_algorithm_name(algorithm, /*include_curve=*/1);
    report.signature_algorithm = name == nullptr ? absl::StrCat(algorithm) : std::string(name);
  }
  const uint8_t* data = nullptr;
  unsigned length = 0;
  SSL_get0_alpn_selected(ssl, &data, &length);
  report.alpn_protocol = TakeBytes(data, length);
  report.resumed = SSL_session_reused(ssl) == 1;
  size_t size = 0;
  SSL_get0_ocsp_response(ssl, &data, &size);
  report.ocsp_response = TakeBytes(data, size);
  SSL_get0_signed_cert_timestamp_list(ssl, &data, &size);
  report.signed_certificate_timestamps = TakeBytes(data, size);
  report.key_log = std::move(key_log_);
  report.complete_time = clock_.WallNow();
  report.duration = clock_.Now() - started_;
  facts_.report = std::move(report);
  state_ = State::kOpen;
}

void TlsEngine::Receive(absl::string_view ciphertext) {
  input_.append(ciphertext.data(), ciphertext.size());
  if (state_ != State::kHandshaking || ssl_ == nullptr) return;
  Handshake();
  ForgetTakenInput();
}

void TlsEngine::ReceiveEnd() {
  ended_ = true;
  if (state_ != State::kHandshaking) return;
  Fail(SslError(Stage::kTls, SslCode::kClosedAbort,
                "the peer closed the connection during the handshake"));
}

TlsEngine::ReadResult TlsEngine::Read(absl::Span<char> out, absl::string_view& fresh) {
  SP_CHECK(state_ != State::kHandshaking);
  if (state_ == State::kFailed) return {ReadOutcome::kFailed};
  fresh_ = fresh;
  ERR_clear_error();
  const int result =
      SSL_read(ssl_.get(), out.data(), static_cast<int>(std::min<size_t>(out.size(), INT32_MAX)));
  fresh = std::exchange(fresh_, {});
  ForgetTakenInput();
  if (result > 0) return {ReadOutcome::kOk, static_cast<size_t>(result)};
  const ReadOutcome outcome = OutcomeOf(result);
  if (outcome == ReadOutcome::kFailed) Fail(TakeTlsFailure(Stage::kStream));
  return {outcome};
}

void TlsEngine::Keep(absl::string_view ciphertext) {
  input_.append(ciphertext.data(), ciphertext.size());
}

TlsEngine::ReadOutcome TlsEngine::Peek() {
  if (state_ == State::kFailed) return ReadOutcome::kFailed;
  char byte;
  ERR_clear_error();
  const int result = SSL_peek(ssl_.get(), &byte, 1);
  ForgetTakenInput();
  // An end or a failure is told again by the next Read: BoringSSL keeps both.
  const ReadOutcome outcome = result > 0 ? ReadOutcome::kOk : OutcomeOf(result);
  ERR_clear_error();
  return outcome;
}

TlsEngine::ReadOutcome TlsEngine::OutcomeOf(int result) {
  switch (SSL_get_error(ssl_.get(), result)) {
    case SSL_ERROR_WANT_READ:
      return ended_ ? ReadOutcome::kTruncated : ReadOutcome::kNeedInput;
    case SSL_ERROR_ZERO_RETURN:
      return ReadOutcome::kClosed;
    default:
      return ReadOutcome::kFailed;
  }
}

void TlsEngine::ForgetTakenInput() {
  if (input_taken_ < input_.size() || input_.empty()) return;
  input_.clear();
  input_taken_ = 0;
  if (input_.capacity() > kKeptCapacity) std::string().swap(input_);
}

size_t TlsEngine::Write(absl::string_view plaintext) {
  if (state_ != State::kOpen || closed_ || plaintext.empty()) return 0;
  ERR_clear_error();
  const int result = SSL_write(ssl_.get(), plaintext.data(),
                               static_cast<int>(std::min<size_t>(plaintext.size(), INT32_MAX)));
  if (result <= 0) {
    Fail(TakeTlsFailure(Stage::kStream));
    return 0;
  }
  RefreshKeys(static_cast<size_t>(result));
  return static_cast<size_t>(result);
}

void TlsEngine::RefreshKeys(size_t written) {
  written_since_refresh_ += written;
  if (written_since_refresh_ < kBytesPerKey) return;
  written_since_refresh_ = 0;
  if (SSL_version(ssl_.get()) == TLS1_3_VERSION)
    SSL_key_update(ssl_.get(), SSL_KEY_UPDATE_NOT_REQUESTED);
}

void TlsEngine::Close() {
  if (state_ != State::kOpen || closed_) return;
  closed_ = true;
  ERR_clear_error();
  SSL_shutdown(ssl_.get());
  ERR_clear_error();
}

void TlsEngine::DropOutput(size_t bytes) {
  output_sent_ += bytes;
  SP_CHECK(output_sent_ <= output_.size());
  if (output_sent_ < output_.size()) return;
  output_.clear();
  output_sent_ = 0;
  if (output_.capacity() > kKeptCapacity) std::string().swap(output_);
}

}  // namespace streampair
