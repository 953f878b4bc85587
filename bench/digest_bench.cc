// AUTH: the challenge, and the answer to it verified, with both algorithms, among 10,000 users.
#include "auth/digest.h"

#include <string>
#include <vector>

#include "auth/hash.h"
#include "cases.h"

namespace {

constexpr std::string_view realm = "example.org", uri = "msrp://relay.example.org:2855;tcp";
constexpr int answers = 200;

struct Counting final : base::Entropy {
  void fill(std::span<std::uint8_t> out) override {
    for (auto& octet : out) octet = next++;
  }
  std::uint8_t next = 1;
};

std::string ten_thousand_users() {
  std::string text;
  for (int i = 0; i < 10'000; ++i) {
    const std::string name = "user" + std::to_string(i);
    text += name + ":" + std::string(realm) + ":";
    text.append(auth::hash(auth::Algorithm::md5, {name, realm, "secret"}).view()).append(":");
    text.append(auth::hash(auth::Algorithm::sha256, {name, realm, "secret"}).view()).append("\n");
  }
  return text;
}

// Values of the WWW-Authenticate lines.
std::vector<std::string> values_of(std::string lines) {
  std::vector<std::string> values;
  constexpr std::string_view name = "WWW-Authenticate: ";
  for (std::size_t end; (end = lines.find("\r\n")) != std::string::npos; lines.erase(0, end + 2))
    values.push_back(lines.substr(name.size(), end - name.size()));
  return values;
}

}  // namespace

int main(int argc, char** argv) {
  bench::Cases cases(argc, argv);
  std::vector<auth::UserFault> faults;
  const auto users = auth::UserTable::parse(ten_thousand_users(), faults);
  if (users == nullptr) bench::give_up("a good table of users was refused");
  auth::NonceKeys keys;
  keys.keys[0].fill(1);
  auth::AuthContext context;
  context.users = users.get();
  context.realm = realm;
  context.keys = &keys;
  context.binding = {{base::CoreId(0), {7, 1}}};
  context.now = base::Instant::from_nanoseconds(1'000'000'000'000);
  Counting entropy;
  cases.run("both challenges", "challenge", answers, 0, [&] {
    for (int i = 0; i < answers; ++i) bench::keep(auth::challenge(context, false, entropy));
  });
  const std::vector<std::string> challenges = values_of(auth::challenge(context, false, entropy));
  for (const std::string& value : challenges) {
    const auto challenge = auth::parse_challenge(value);
    if (!challenge) bench::give_up("a challenge was not understood");
    auth::NonceCounts counts;
    std::uint32_t nc = 0;
    const char* name = challenge->algorithm == auth::Algorithm::md5 ? "verify, MD5" : "verify, SHA-256";
    std::vector<std::string> said(answers);
    for (std::string& one : said) one = auth::answer_challenge(*challenge, "user4711", base::Secret("secret"), uri, ++nc, entropy);
    cases.run(name, "AUTH", answers, 0, [&] {
      counts = {};  // else a nonce count would come twice
      for (const std::string& one : said)
        if (!auth::verify(context, one, uri, counts)) bench::give_up("a right answer was refused");
    });
  }
}
