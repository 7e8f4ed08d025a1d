#include "server/handlers/page.h"

#include <algorithm>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

namespace streampair {
namespace {

constexpr int32_t kDefaultSize = 100;
constexpr int32_t kMaxSize = 1000;

bool ReadToken(const std::string& token, uint64_t* serial) {
  *serial = 0;
  if (token.empty()) return true;
  return absl::SimpleHexAtoi(token, serial) && *serial != 0 && Page::TokenOf(*serial) == token;
}

}  // namespace

std::string Page::TokenOf(uint64_t serial) { return absl::StrCat(absl::Hex(serial)); }

Page Page::Read(int32_t page_size, const std::string& page_token, RequestCheck& check) {
  Page page;
  if (page_size < 0) {
    check.Refuse("page_size", absl::StrCat("must not be negative, is ", page_size));
    return page;
  }
  page.size = static_cast<size_t>(page_size == 0 ? kDefaultSize : std::min(page_size, kMaxSize));
  if (!ReadToken(page_token, &page.after)) {
    check.Refuse("page_token", "is none that this server gave");
  }
  return page;
}

}  // namespace streampair
