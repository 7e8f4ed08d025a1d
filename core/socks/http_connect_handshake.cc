#include "core/socks/http_connect_handshake.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "core/base/http_errors.h"
#include "core/base/streampair_errors.h"

namespace streampair {
namespace {

// "HTTP/1." digit SP three digits.
constexpr absl::string_view kProtocol = "HTTP/1.";
constexpr size_t kStatusAt = 9;
constexpr size_t kStatusEnd = 12;

// Whether `line` can still become, or is, a status line.
bool MayBeStatusLine(absl::string_view line) {
  for (size_t i = 0; i < std::min(line.size(), kStatusEnd); ++i) {
    const char c = line[i];
    const bool fits = i < kProtocol.size() ? c == kProtocol[i]
                      : i + 1 == kStatusAt ? c == ' '
                                           : absl::ascii_isdigit(static_cast<unsigned char>(c));
    if (!fits) return false;
  }
  return line.size() <= kStatusEnd || line[kStatusEnd] == ' ';
}

}  // namespace

HttpConnectHandshake::HttpConnectHandshake(const ProxyHop& hop, HostPort target)
    : ProxyHandshake(hop.proxy.ToString()),
      target_(std::move(target)),
      user_(hop.user),
      password_(hop.password) {}

void HttpConnectHandshake::Begin() {
  const std::string authority = target_.ToString();
  std::string request =
      absl::StrCat("CONNECT ", authority, " HTTP/1.1\r\nHost: ", authority, "\r\n");
  if (!user_.empty()) {
    absl::StrAppend(&request, "Proxy-Authorization: Basic ",
                    absl::Base64Escape(absl::StrCat(user_, ":", password_)), "\r\n");
  }
  absl::StrAppend(&request, "\r\n");
  Send(request);
}

void HttpConnectHandshake::OnByte(char byte) {
  if (++header_bytes_ > kMaxHeader) {
    return Fail(
        HttpUnreadable(absl::StrCat("its header is longer than ", kMaxHeader, " bytes"), proxy()));
  }
  if (byte == '\0') return Fail(HttpUnreadable("there is a NUL in its header", proxy()));
  if (byte != '\n') {
    line_.push_back(byte);
    // Noticed at once, so that a peer that is no HTTP proxy is not waited for.
    if (status_ == 0 && !(line_.size() == kStatusEnd + 1 && byte == '\r') &&
        !MayBeStatusLine(line_)) {
      Fail(HttpUnreadable("it does not begin with an HTTP/1 status line", proxy()));
    }
    return;
  }
  if (!line_.empty() && line_.back() == '\r') line_.pop_back();
  if (status_ == 0) {
    OnStatusLine();
  } else {
    OnHeaderLine();
  }
  line_.clear();
}

void HttpConnectHandshake::OnStatusLine() {
  if (line_.size() < kStatusEnd || !MayBeStatusLine(line_)) {
    return Fail(HttpUnreadable("its status line is cut short", proxy()));
  }
  for (size_t i = kStatusAt; i < kStatusEnd; ++i) status_ = status_ * 10 + (line_[i] - '0');
  if (status_ < 100) return Fail(HttpUnreadable("its status is below 100", proxy()));
  const bool interim = status_ < 200 && status_ != 101;
  if (!interim && status_ / 100 != 2) Fail(HttpStatus(status_, proxy()));
}

void HttpConnectHandshake::OnHeaderLine() {
  if (line_.empty()) {
    if (status_ >= 200) return Succeed("");
    status_ = 0;  // The final answer follows.
    return;
  }
  const bool folded = line_.front() == ' ' || line_.front() == '\t';
  if (!folded && !absl::StrContains(line_, ':')) {
    Fail(HttpUnreadable("there is a line without a colon in its header", proxy()));
  }
}

Error HttpConnectHandshake::BadState() const {
  return InternalFault("CONNECT was driven in a state that does not allow it");
}

}  // namespace streampair
