// Vectors by hand: RFC 4975 6 and 9, RFC 4976's examples, what deployed clients send, and the near misses of each rule.
#include "msrp/uri.h"

#include <string>
#include <utility>
#include <vector>

#include <catch2/catch_test_macros.hpp>

using msrp::parse_uri;
using msrp::Uri;
using msrp::UriError;

namespace {

Uri uri(std::string_view text) {
  const auto parsed = parse_uri(text);
  INFO(text);
  REQUIRE(parsed);
  return *parsed;
}
bool same(std::string_view a, std::string_view b) {
  const bool forth = same_uri(uri(a), uri(b));
  CHECK(forth == same_uri(uri(b), uri(a)));
  return forth;
}

}  // namespace

TEST_CASE("the pieces of a URI") {
  const Uri full = uri("msrps://bob@relay.example.com:9000/kjf+/=jan;tcp;a=b;c");
  CHECK(full.secure);
  CHECK(full.userinfo == "bob");
  CHECK(full.host == "relay.example.com");
  CHECK(!full.address);
  CHECK(full.port == 9000);
  CHECK(full.session == "kjf+/=jan");
  CHECK(full.transport == "tcp");
  CHECK(full.parameters == ";a=b;c");

  const Uri bare = uri("msrp://relay;tcp");
  CHECK(!bare.secure);
  CHECK(bare.userinfo.empty());
  CHECK(bare.host == "relay");
  CHECK(!bare.port);
  CHECK(!bare.session);
  CHECK(bare.transport == "tcp");
  CHECK(bare.parameters.empty());
}

TEST_CASE("URIs that clients and the RFCs write are good") {
  for (const char* text :
       {"msrp://host.example.com:8493/asfd34;tcp", "msrps://alice@intra.example.com;tcp", "msrp://x.invalid:2855/k3wqbcnt;ws",
        "msrp://192.0.2.1:2855/a;tcp", "msrp://[2001:db8::1]:2855/a;tcp", "MSRPS://H:1/a;TCP", "msrp://a%20b:1/s;tcp",
        "msrp://a_b~c!$&'()*+,=:1/s;tcp", "msrp://h:65535/s;tcp", "msrp://h:1/a/../b;tcp", "msrp://h:1//;tcp", "msrp://1.2.3:1/s;tcp",
        "msrp://h:02855/s;tcp", "msrp://h:1/s;tcp;x", "msrp://h:1/s;t1;x=y;z=!#$%&'*+-.^_`{|}~", "msrp://%41lice@h:1/s;tcp"}) {
    INFO(text);
    CHECK(parse_uri(text));
  }
}

TEST_CASE("malformed URIs say what is wrong") {
  const std::vector<std::pair<std::string, UriError>> vectors{
      {"", UriError::scheme},
      {"msrp", UriError::scheme},
      {"msrp:", UriError::scheme},
      {"msrp:/", UriError::scheme},
      {"http://h:1/s;tcp", UriError::scheme},
      {"sip:bob@example.com", UriError::scheme},
      {"msrpx://h:1/s;tcp", UriError::scheme},
      {"msrpss://h:1/s;tcp", UriError::scheme},
      {" msrp://h:1/s;tcp", UriError::scheme},
      {"msrp:///s;tcp", UriError::authority},
      {"msrp://:1/s;tcp", UriError::authority},
      {"msrp://@h:1/s;tcp;", UriError::parameters},
      {"msrp://bob:secret@h:1/s;tcp", UriError::authority},
      {"msrp://b@c@h:1/s;tcp", UriError::authority},
      {"msrp://h\x80:1/s;tcp", UriError::authority},
      {"msrp://h h:1/s;tcp", UriError::authority},
      {"msrp://h%4:1/s;tcp", UriError::authority},
      {"msrp://h%zz:1/s;tcp", UriError::authority},
      {"msrp://h%:1/s;tcp", UriError::authority},
      {"msrp://h?:1/s;tcp", UriError::authority},
      {"msrp://[::1:1/s;tcp", UriError::authority},
      {"msrp://[]:1/s;tcp", UriError::authority},
      {"msrp://[1.2.3.4]:1/s;tcp", UriError::authority},
      {"msrp://[::1%25eth0]:1/s;tcp", UriError::authority},
      {"msrp://[v1.x]:1/s;tcp", UriError::authority},
      {"msrp://[::1]x:1/s;tcp", UriError::authority},
      {"msrp://h:/s;tcp", UriError::port},
      {"msrp://h:0/s;tcp", UriError::port},
      {"msrp://h:65536/s;tcp", UriError::port},
      {"msrp://h:99999999999999999999/s;tcp", UriError::port},
      {"msrp://h:000001/s;tcp", UriError::port},
      {"msrp://h:-1/s;tcp", UriError::port},
      {"msrp://h:1a/s;tcp", UriError::port},
      {"msrp://h:1:2/s;tcp", UriError::port},
      {"msrp://h:+1/s;tcp", UriError::port},
      {"msrp://h:1/;tcp", UriError::session},
      {"msrp://h:1/a%20;tcp", UriError::session},
      {"msrp://h:1/a b;tcp", UriError::session},
      {"msrp://h:1/a@b;tcp", UriError::session},
      {std::string("msrp://h:1/a\0b;tcp", 18), UriError::session},
      {"msrp://h:1/a", UriError::transport},
      {"msrp://h:1", UriError::transport},
      {"msrp://h", UriError::transport},
      {"msrp://h:1/a;", UriError::transport},
      {"msrp://h:1/a;;tcp", UriError::transport},
      {"msrp://h:1/a;tcp=1", UriError::transport},
      {"msrp://h:1/a;t-p", UriError::transport},
      {"msrp://h:1/a;tcp ", UriError::transport},
      {"msrp://h:1/a;tcp;", UriError::parameters},
      {"msrp://h:1/a;tcp;=b", UriError::parameters},
      {"msrp://h:1/a;tcp;a=", UriError::parameters},
      {"msrp://h:1/a;tcp;a=b=c", UriError::parameters},
      {"msrp://h:1/a;tcp;a/b", UriError::parameters},
      {"msrp://h:1/a;tcp;a=\"b\"", UriError::parameters},
  };
  for (const auto& [text, error] : vectors) {
    INFO(text);
    const auto parsed = parse_uri(text);
    REQUIRE(!parsed);
    CHECK(parsed.error() == error);
    CHECK(std::string(describe(parsed.error())) != "unknown");
  }
}

TEST_CASE("RFC 4975 6.1 says which URIs are the same") {
  const char* base = "msrp://host.example.com:8493/asfd34;tcp";
  CHECK(same(base, base));
  CHECK(same(base, "MSRP://Host.Example.COM:8493/asfd34;TCP"));
  CHECK(same(base, "msrp://bob@host.example.com:8493/asfd34;tcp"));
  CHECK(same(base, "msrp://h%6Fst.%65xample.com:8493/asfd34;tcp"));
  CHECK(same(base, "msrp://%48OST%2eexample.com:8493/asfd34;tcp"));
  CHECK(same(base, "msrp://host.example.com:8493/asfd34;tcp;other=parameter"));
  CHECK(same(base, "msrp://host.example.com:08493/asfd34;tcp"));

  CHECK(!same(base, "msrps://host.example.com:8493/asfd34;tcp"));
  CHECK(!same(base, "msrp://host.example.org:8493/asfd34;tcp"));
  CHECK(!same(base, "msrp://host.example.com.:8493/asfd34;tcp"));
  CHECK(!same(base, "msrp://xhost.example.com:8493/asfd34;tcp"));
  CHECK(!same(base, "msrp://host.example.com:8494/asfd34;tcp"));
  CHECK(!same(base, "msrp://host.example.com/asfd34;tcp"));
  CHECK(!same(base, "msrp://host.example.com:8493/ASFD34;tcp"));
  CHECK(!same(base, "msrp://host.example.com:8493/asfd34/;tcp"));
  CHECK(!same(base, "msrp://host.example.com:8493;tcp"));
  CHECK(!same(base, "msrp://host.example.com:8493/asfd34;ws"));
}

TEST_CASE("paths are not normalised (R-036)") {
  CHECK(!same("msrp://h:1/a/../b;tcp", "msrp://h:1/b;tcp"));
  CHECK(!same("msrp://h:1/a/./b;tcp", "msrp://h:1/a/b;tcp"));
  CHECK(!same("msrp://h:1//a;tcp", "msrp://h:1/a;tcp"));
}

TEST_CASE("IP literals are compared by value") {
  CHECK(same("msrp://[2001:db8::1]:1/a;tcp", "msrp://[2001:DB8:0:0:0::1]:1/a;tcp"));
  CHECK(same("msrp://[::ffff:192.0.2.1]:1/a;tcp", "msrp://192.0.2.1:1/a;tcp"));
  CHECK(same("msrp://192.0.2.1:1/a;tcp", "msrp://%3192.0.2.1:1/a;tcp"));
  CHECK(!same("msrp://[2001:db8::1]:1/a;tcp", "msrp://[2001:db8::2]:1/a;tcp"));
  CHECK(!same("msrp://192.0.2.1:1/a;tcp", "msrp://192.0.2.2:1/a;tcp"));
  CHECK(!same("msrp://192.0.2.1:1/a;tcp", "msrp://192.0.2.01:1/a;tcp"));
  CHECK(uri("msrp://192.0.2.1:1/a;tcp").address->to_string() == "192.0.2.1");
  CHECK(uri("msrp://[2001:DB8::1]:1/a;tcp").address->to_string() == "2001:db8::1");
  CHECK(uri("msrp://[2001:DB8::1]:1/a;tcp").host == "[2001:DB8::1]");
  CHECK(!uri("msrp://192.0.2:1/a;tcp").address);
}

TEST_CASE("percent-encoded reserved characters stay apart from what they encode") {
  CHECK(!same("msrp://a%2Bb:1/s;tcp", "msrp://a+b:1/s;tcp"));
  CHECK(same("msrp://a%2Bb:1/s;tcp", "msrp://A%2bB:1/s;tcp"));
  CHECK(same("msrp://a%7eb:1/s;tcp", "msrp://a~b:1/s;tcp"));
}

TEST_CASE("the same authority, whatever the session") {
  CHECK(same_authority(uri("msrps://r.example:1/a;tcp"), uri("msrps://R.EXAMPLE:1;ws")));
  CHECK(!same_authority(uri("msrps://r.example:1/a;tcp"), uri("msrp://r.example:1/a;tcp")));
  CHECK(!same_authority(uri("msrps://r.example:1/a;tcp"), uri("msrps://r.example:2/a;tcp")));
  CHECK(same_host(uri("msrps://r.example:1/a;tcp"), uri("msrp://r.example;tcp")));
  CHECK(!same_host(uri("msrps://r.example:1/a;tcp"), uri("msrps://r.exampl:1/a;tcp")));
}

TEST_CASE("where a port is required (R-037)") {
  CHECK(lacks_port(uri("msrps://relay.example.com/a;tcp"), false));
  CHECK(!lacks_port(uri("msrps://relay.example.com/a;tcp"), true));
  CHECK(lacks_port(uri("msrps://192.0.2.1/a;tcp"), true));
  CHECK(lacks_port(uri("msrps://[::1]/a;tcp"), true));
  CHECK(lacks_port(uri("msrps://%31.2.3.4/a;tcp"), true));
  CHECK(!lacks_port(uri("msrps://192.0.2.1:1/a;tcp"), true));
  CHECK(!lacks_port(uri("msrps://relay.example.com:1/a;tcp"), false));
}
