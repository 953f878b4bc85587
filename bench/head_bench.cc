// A head: found and indexed, parsed whole, and known again as the one before with another id (RepeatedHead), as most heads of a link are.
#include "msrp/head.h"

#include <memory>
#include <string>

#include "cases.h"
#include "frames.h"
#include "msrp/head_index.h"
#include "msrp/repeated_head.h"
#include "msrp/uri.h"

namespace {

constexpr int heads = 1000;

void parse(bench::Cases& cases, const char* name, const std::string& octets, bool has_body) {
  auto head = std::make_unique<msrp::Head>();
  cases.run(name, "head", heads, static_cast<double>(octets.size()), [&] {
    for (int i = 0; i < heads; ++i)
      if (!msrp::parse_head(octets, has_body, {}, *head, nullptr)) bench::give_up("a good head was refused");
  });
}

void index(bench::Cases& cases, const char* name, const std::string& octets, void (*how)(std::string_view, std::size_t, msrp::HeadIndex&)) {
  auto found = std::make_unique<msrp::HeadIndex>();
  cases.run(name, "head", heads, static_cast<double>(octets.size()), [&] {
    for (int i = 0; i < heads; ++i) {
      how(octets, msrp::HeadIndex::lines_max - 1, *found);
      if (found->end != msrp::HeadEnd::body) bench::give_up("the head was not found");
    }
  });
}

void repeated(bench::Cases& cases) {
  const std::string octets = bench::send_head(64);
  const std::string input = bench::send(std::string(64, 'x'));
  auto head = std::make_unique<msrp::Head>();
  auto known = std::make_unique<msrp::RepeatedHead>();
  if (!msrp::parse_head(octets, true, {}, *head, nullptr) || !known->learn(*head)) bench::give_up("a good head was not learnt");
  cases.run("SEND, known again", "head", heads, static_cast<double>(octets.size()), [&] {
    msrp::HeadFields fields;
    for (int i = 0; i < heads; ++i)
      if (!known->matches(input, msrp::RepeatedHead::transaction_id_of(input), {}, fields)) bench::give_up("a head was not known again");
  });
}

}  // namespace

int main(int argc, char** argv) {
  bench::Cases cases(argc, argv);
  index(cases, "SEND, indexed", bench::send(std::string(64, 'x')), msrp::index_head);
  index(cases, "SEND, indexed octet by octet", bench::send(std::string(64, 'x')), msrp::index_head_scalar);
  parse(cases, "SEND, parsed", bench::send_head(64), true);
  parse(cases, "200, parsed", bench::response_head(), false);
  repeated(cases);
  const std::string uri = "msrps://relay.example.com:2855/0a1b2c3d4e5f6a7b8c9dGHI;tcp";
  cases.run("URI, parsed", "URI", heads, static_cast<double>(uri.size()), [&] {
    for (int i = 0; i < heads; ++i)
      if (!msrp::parse_uri(uri)) bench::give_up("a good URI was refused");
  });
}
