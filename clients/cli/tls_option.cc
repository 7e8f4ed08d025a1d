#include "clients/cli/tls_option.h"

#include <iterator>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "clients/cli/small_file.h"

namespace streampair::cli {
namespace {

using client::TlsOptions;

struct Version {
  const char* text;
  v1::TlsVersion version;
};
constexpr Version kVersions[] = {{"1.0", v1::TLS_VERSION_1_0},
                                 {"1.1", v1::TLS_VERSION_1_1},
                                 {"1.2", v1::TLS_VERSION_1_2},
                                 {"1.3", v1::TLS_VERSION_1_3}};

struct Weakening {
  const char* name;
  bool TlsOptions::*member;
};
constexpr Weakening kWeakenings[] = {
    {"allow-expired-certificates", &TlsOptions::allow_expired_certificates},
    {"allow-expired-roots", &TlsOptions::allow_expired_roots},
    {"allow-any-root", &TlsOptions::allow_any_root},
    {"allow-no-chain", &TlsOptions::allow_no_chain},
    {"allow-other-peer-name", &TlsOptions::allow_other_peer_name}};

bool ReadVersion(const CommandLine& line, const char* name, v1::TlsVersion* version,
                 std::string* complaint) {
  const std::optional<std::string> text = line.Value(name);
  if (!text) return true;
  for (const Version& each : kVersions) {
    if (*text == each.text) *version = each.version;
  }
  if (*version != v1::TLS_VERSION_UNSPECIFIED) return true;
  *complaint = absl::StrCat("--", name, "=", *text, " is no version; there are 1.0, 1.1, 1.2, 1.3");
  return false;
}

bool ReadFiles(const CommandLine& line, const char* name, std::vector<std::string>* texts,
               std::string* complaint) {
  for (const std::string& path : line.Values(name)) {
    std::optional<std::string> text = ReadSmallFile(path, complaint);
    if (!text) return false;
    texts->push_back(*std::move(text));
  }
  return true;
}

bool ReadPins(const CommandLine& line, std::vector<std::string>* pins, std::string* complaint) {
  for (const std::string& text : line.Values("pin")) {
    std::string pin;
    const bool hex =
        text.size() == 64 && text.find_first_not_of("0123456789abcdefABCDEF") == std::string::npos;
    if (hex) pin = absl::HexStringToBytes(text);
    if (!hex && (!absl::Base64Unescape(text, &pin) || pin.size() != 32)) {
      *complaint = absl::StrCat("--pin=", text,
                                " is no SHA-256; write 64 hexadecimal digits, or "
                                "base64");
      return false;
    }
    pins->push_back(std::move(pin));
  }
  return true;
}

// A certificate needs its key, which may stand in the same file.
bool ReadIdentity(const CommandLine& line, std::string* pem, std::string* complaint) {
  if (line.Has("key") && !line.Has("cert")) {
    *complaint = "--key needs --cert, the certificate that it belongs to";
    return false;
  }
  std::vector<std::string> texts;
  if (!ReadFiles(line, "cert", &texts, complaint) || !ReadFiles(line, "key", &texts, complaint)) {
    return false;
  }
  for (const std::string& text : texts) absl::StrAppend(pem, text, "\n");
  return true;
}

}  // namespace

std::vector<OptionSpec> TlsOptionSpecs() {
  return {
      {"tls", "",
       "TLS to the target, spoken by the server. The certificate is verified by the server's own "
       "roots and the target's name."},
      {"tls-name", "NAME", "The name to verify and to send, instead of the target's."},
      {"sni", "NAME", "The name to send, where it is not the one to verify. Empty: none."},
      {"alpn", "NAMES", "Protocols to offer, best first: h2,http/1.1.", true},
      {"ca", "FILE", "Trust these roots (PEM or DER) instead of the server's.", true, "file"},
      {"system-roots", "", "Trust the server's own roots beside those of --ca."},
      {"crl", "FILE", "Certificate revocation lists, PEM or DER.", true, "file"},
      {"pin", "SHA256", "The SHA-256 of a public key (SPKI) that is acceptable.", true},
      {"cert", "FILE", "A certificate to show, with its chain, as PEM.", false, "file"},
      {"key", "FILE", "Its private key, as PEM, if it does not stand in the same file.", false,
       "file"},
      {"tls-min", "VERSION", "The lowest version: 1.0 to 1.3. Default: 1.2."},
      {"tls-max", "VERSION", "The highest version. Default: 1.3."},
      {"allow-expired-certificates", "", "Let expired certificates pass, roots aside."},
      {"allow-expired-roots", "", "Let expired roots pass."},
      {"allow-any-root", "", "Let chains to unknown roots pass."},
      {"allow-no-chain", "",
       "Verify nothing at all, the name neither: what curl calls --insecure."},
      {"allow-other-peer-name", "", "Verify no name."},
      {"allow-old-versions", "", "Speak TLS 1.0 and 1.1 too, unless --tls-min says otherwise."},
  };
}

std::optional<TlsOptions> ReadTlsOptions(const CommandLine& line, std::string* complaint) {
  complaint->clear();
  if (!line.Has("tls") && !line.Has("starttls")) {
    for (const OptionSpec& option : TlsOptionSpecs()) {
      if (line.Has(option.name)) {
        *complaint = absl::StrCat("--", option.name, " goes with --tls");
        break;
      }
    }
    return std::nullopt;
  }
  TlsOptions tls;
  tls.peer_name = line.Value("tls-name").value_or("");
  tls.server_name = line.Value("sni");
  for (const std::string& names : line.Values("alpn")) {
    for (std::string& name : std::vector<std::string>(absl::StrSplit(names, ','))) {
      tls.alpn_protocols.push_back(std::move(name));
    }
  }
  tls.trust_system_roots = line.Has("system-roots");
  if (line.Has("allow-old-versions")) tls.min_version = v1::TLS_VERSION_1_0;
  for (const Weakening& each : kWeakenings) tls.*each.member = line.Has(each.name);
  if (!tls.peer_name.empty() && tls.allow_other_peer_name) {
    *complaint = "--tls-name names what to verify, --allow-other-peer-name forbids it";
    return std::nullopt;
  }
  v1::TlsVersion lowest = v1::TLS_VERSION_UNSPECIFIED;
  if (!ReadVersion(line, "tls-min", &lowest, complaint) ||
      !ReadVersion(line, "tls-max", &tls.max_version, complaint) ||
      !ReadFiles(line, "ca", &tls.trust_roots, complaint) ||
      !ReadFiles(line, "crl", &tls.crls, complaint) ||
      !ReadPins(line, &tls.spki_sha256_pins, complaint) ||
      !ReadIdentity(line, &tls.identity_pem, complaint)) {
    return std::nullopt;
  }
  if (lowest != v1::TLS_VERSION_UNSPECIFIED) tls.min_version = lowest;
  return tls;
}

}  // namespace streampair::cli
