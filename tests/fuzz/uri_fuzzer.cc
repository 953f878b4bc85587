// The pieces of a URI that parses, put together again, are the URI. Same-ness holds with itself, with other cases of its scheme, host and
// transport, whatever its userinfo and parameters, and is symmetric. Input: two URIs, a blank between.
#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.h"
#include "msrp/uri.h"
#include "msrp/uri_parser.h"

namespace {

char flipped(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ? static_cast<char>(c ^ 0x20) : c; }

void check_pieces(std::string_view octets, const msrp::Uri& uri) {
  const std::string scheme(octets.substr(0, octets.find(':')));
  CHECK(uri.secure == (scheme.size() == 5));
  std::string text = scheme + "://";
  if (octets.find('@') != std::string_view::npos) text.append(uri.userinfo).append("@");
  text += uri.host;
  const std::size_t authority = text.size();
  std::string other = text;
  for (char& c : other) c = flipped(c);
  if (octets.size() > authority && octets[authority] == ':') {
    CHECK(uri.port && *uri.port > 0);
    const std::string_view port = octets.substr(authority, octets.find_first_of("/;", authority) - authority);
    CHECK(std::stoul(std::string(port.substr(1))) == *uri.port);
    text += port;
    other += port;
  } else {
    CHECK(!uri.port);
  }
  if (uri.session) text.append("/").append(*uri.session);
  if (uri.session) other.append("/").append(*uri.session);
  text.append(";").append(uri.transport).append(uri.parameters);
  CHECK(text == octets);
  other += ';';
  for (const char c : uri.transport) other += flipped(c);
  const auto again = msrp::parse_uri(other);
  CHECK(again && same_uri(*again, uri) && same_uri(uri, *again));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string both(reinterpret_cast<const char*>(data), size);
  const std::size_t blank = both.find(' ');
  const std::string first = both.substr(0, blank);
  const std::string second = blank == std::string::npos ? std::string() : both.substr(blank + 1);
  const auto a = msrp::parse_uri(first);
  const auto b = msrp::parse_uri(second);
  if (a) {
    check_pieces(first, *a);
    CHECK(same_uri(*a, *a));
  }
  if (b) check_pieces(second, *b);
  for (const std::string& text : {first, second}) {
    msrp::Uri common;
    const std::size_t common_size = msrp::take_common_uri(text, common);
    if (common_size == 0) continue;
    CHECK(common_size == text.size() || text[common_size] == ' ');
    CHECK(common.host.data() >= text.data() && common.port && common.session && common.transport == "tcp");
    msrp::Uri plain;
    CHECK(!msrp::parse_uri_by_grammar(std::string_view(text).substr(0, common_size), plain));
    CHECK(plain.secure == common.secure && plain.host == common.host && plain.port == common.port && plain.session == common.session &&
          !plain.address);
  }
  if (a && b) {
    CHECK(same_uri(*a, *b) == same_uri(*b, *a));
    if (same_uri(*a, *b)) CHECK(a->session == b->session && a->port == b->port && a->address == b->address);
  }
  return 0;
}
