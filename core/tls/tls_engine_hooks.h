#ifndef STREAMPAIR_CORE_TLS_TLS_ENGINE_HOOKS_H_
#define STREAMPAIR_CORE_TLS_TLS_ENGINE_HOOKS_H_

#include <openssl/base.h>

namespace streampair {

// Lets BoringSSL call the engine of each connection: to verify the peer, with each new session and,
// if `key_log`, with each secret. Between TlsContext and TlsEngine only.
void InstallEngineHooks(SSL_CTX* ctx, bool key_log);

}  // namespace streampair

#endif  // STREAMPAIR_CORE_TLS_TLS_ENGINE_HOOKS_H_
