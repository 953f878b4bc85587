// The fast ways against their plain twins: the same answer for every text, at every place before a page that may not be touched.
#include "framer_harness.h"
#include "msrp/head_index.h"
#include "msrp/uri_parser.h"

#include <random>
#include <string>

#include <catch2/catch_test_macros.hpp>

using msrp::HeadEnd;
using msrp::HeadIndex;
using msrp::Uri;

namespace {

std::string told(const HeadIndex& index) {
  std::string text = std::to_string(static_cast<int>(index.end)) + " " + std::to_string(index.line_count) + ":";
  for (std::size_t i = 0; i < index.line_count; ++i) text += " " + std::to_string(index.line_ends[i]);
  if (index.end == HeadEnd::body || index.end == HeadEnd::end_line)
    text += (index.bad_octets ? " bad" : " good") + std::string(index.high_octets ? " high" : " low");
  return text;
}

void compare_indexes(std::string_view octets, std::size_t lines) {
  HeadIndex fast;
  HeadIndex plain;
  msrp::index_head(octets, lines, fast);
  msrp::index_head_scalar(octets, lines, plain);
  if (told(fast) != told(plain)) FAIL(octets << "\nfast " << told(fast) << "\nplain " << told(plain));
}

std::string told(const Uri& uri) {
  std::string text = uri.secure ? "s " : "- ";
  text.append(uri.userinfo).append("@").append(uri.host).append(uri.address ? " address " : " name ");
  text += uri.port ? std::to_string(*uri.port) : "none";
  text.append(uri.session ? "/" : "!")
      .append(uri.session.value_or(""))
      .append(";")
      .append(uri.transport)
      .append("|")
      .append(uri.parameters);
  return text;
}

// Returns whether the common way took it.
bool compare_uris(std::string_view octets) {
  Uri common;
  Uri plain;
  const auto wrong = msrp::parse_uri_by_grammar(octets, plain);
  const std::size_t size = msrp::take_common_uri(octets, common);
  if (size == 0 || octets.substr(0, size).find(' ') != std::string_view::npos) return false;
  if (size != octets.size()) return octets[size] == ' ' && compare_uris(octets.substr(0, size));
  if (wrong || told(common) != told(plain))
    FAIL(octets << "\ncommon " << told(common) << "\nplain " << (wrong ? describe(*wrong) : told(plain)));
  return true;
}

}  // namespace

TEST_CASE("head index: random heads, fast and plain") {
  msrp_test::GuardedMemory memory(2000);
  std::mt19937 random(1);
  const std::string pieces[] = {
      "\r\n",     "\r\n",       "\r", "\n", "-", "\t", "\x7F", "\xC3\xBC", "x", "Subject: y", std::string(29, 'z'), std::string(1, '\0'),
      "\r\n\r\n", "\r\n-------"};
  std::size_t ended = 0;
  for (int round = 0; round < 60'000; ++round) {
    std::string text = "MSRP abcd SEND";
    for (std::size_t i = 0, n = random() % 24; i < n; ++i)
      text += random() % 3 == 0 ? pieces[random() % std::size(pieces)] : std::string(random() % 40, 'a');
    compare_indexes(memory.put(text), random() % 8);
    HeadIndex index;
    msrp::index_head(memory.put(text), 64, index);
    ended += index.end == HeadEnd::body || index.end == HeadEnd::end_line ? 1 : 0;
  }
  CHECK(ended > 10'000);
}

TEST_CASE("head index: each octet and each CRLF at each place of a block") {
  msrp_test::GuardedMemory memory(256);
  for (std::size_t place = 4; place < 100; ++place) {
    for (int c = 0; c < 256; ++c) {
      std::string text = "MSRP" + std::string(place, 'x') + "\r\n\r\n";
      text[place] = static_cast<char>(c);
      compare_indexes(memory.put(text), 64);
      compare_indexes(memory.put(text.substr(0, text.size() - 2) + "-"), 64);
      compare_indexes(memory.put(text + std::string(70, static_cast<char>(c))), 64);
    }
  }
}

TEST_CASE("URIs: the common way takes the common ones, and none that it should not") {
  msrp_test::GuardedMemory memory(256);
  for (const char* text : {"msrp://relay.example.com:2855/0a1b2c3d4e5f6a7b8c9d;tcp", "msrps://a:1/0123456789012345678;tcp",
                           "msrp://bob.example.com:8888/9di4eae923wzd;tcp", "msrp://a:65535/abcdefghijklmnopqrstuvwxyzABC-._~+=/12;tcp"}) {
    CHECK(compare_uris(memory.put(text)));
  }
  for (const char* text :
       {"msrp://192.0.2.1:2855/0a1b2c3d4e5f6a7b8c9d;tcp", "msrp://relay.example.com:0/0a1b2c3d4e5f6a7b8c9d;tcp",
        "msrp://relay.example.com:65536/0a1b2c3d4e5f6a7b;tcp", "msrp://relay.example.com:2855/0a1b2c3d4e5f6a7b8c9d",
        "msrp://relay.example.com:2855/;tcp;0a1b2c3d4e5f6a7b", "Msrp://relay.example.com:2855/0a1b2c3d4e5f6a7b;tcp",
        "msrp://relay.example.com:2855/0a1b2c3d4e5f6a7b8c9d;tcp;x", "msrp://relay_example.com:2855/0a1b2c3d4e5f6a7b8c9d;tcp",
        "msrp://bob@relay.example.com:2855/0a1b2c3d4e5f6a;tcp", "msrp:///relay.example.com:2855/0a1b2c3d4e5f6a7b8c9d;tcp",
        "msrp://relay.example.com:28550000000/0a1b2c3d4e5;tcp", "msrp://relay.example.com:2855/a b2c3d4e5f6a7b8c9d;tcp"}) {
    CHECK(!compare_uris(memory.put(text)));
  }
}

TEST_CASE("URIs: one octet changed, at every place") {
  msrp_test::GuardedMemory memory(256);
  std::size_t taken = 0;
  for (const std::string good : {"msrp://relay.example.com:2855/0a1b2c3d4e5f6a7b8c9d;tcp", "msrps://a.b:65535/012345678901;tcp",
                                 "msrps://relay-1.example.com:65535/0a1b2c3d4e5f6a7b8c9dGHIJK;tcp"}) {
    for (std::size_t place = 0; place < good.size(); ++place) {
      for (int c = 0; c < 256; ++c) {
        std::string text = good;
        text[place] = static_cast<char>(c);
        taken += compare_uris(memory.put(text)) ? 1 : 0;
      }
      taken += compare_uris(memory.put(good.substr(0, place))) ? 1 : 0;
      taken += compare_uris(memory.put(good.substr(0, place) + good.substr(place + 1))) ? 1 : 0;
    }
  }
  CHECK(taken > 3000);
}
