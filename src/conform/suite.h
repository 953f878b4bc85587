#pragma once
// What a case is, and the list of all of them.
#include <functional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace conform {

class Stage;

enum class Kind : unsigned char {
  rfc,     // the text of an RFC asks for it
  policy,  // a decision where the texts are silent or leave a choice: failing it is no breach
};

struct Case {
  std::string id;                         // "R-016.2": the second case of its first requirement
  std::vector<std::string> requirements;  // "R-016", "R-112"
  std::string section;
  std::string source;  // where the first requirement stands: "RFC 4975 7.1"
  std::string title;
  Kind kind = Kind::rfc;
  std::function<void(Stage&)> run;
};

// How a case ends that does not end well. Anything else that leaves it is a fault of the case.
struct Failed {
  std::string expected, seen;
};
struct Skipped {
  std::string reason;
};

[[noreturn]] inline void fail(std::string expected, std::string seen) { throw Failed{std::move(expected), std::move(seen)}; }
inline void expect(bool good, std::string_view expected, std::string_view seen) {
  if (!good) fail(std::string(expected), std::string(seen));
}
inline void expect_equal(std::string_view expected, std::string_view seen, std::string_view what) {
  if (expected != seen) fail(std::string(what) + " \"" + std::string(expected) + "\"", "\"" + std::string(seen) + "\"");
}

class Suite {
 public:
  // `requirements`: blank-separated, the first names the case: its number is counted from 1 in the order of adding.
  void add(std::string_view requirements, std::string title, std::function<void(Stage&)> run) {
    add_as(Kind::rfc, requirements, std::move(title), std::move(run));
  }
  void add_policy(std::string_view requirements, std::string title, std::function<void(Stage&)> run) {
    add_as(Kind::policy, requirements, std::move(title), std::move(run));
  }
  const std::vector<Case>& cases() const { return cases_; }

 private:
  void add_as(Kind kind, std::string_view requirements, std::string title, std::function<void(Stage&)> run);
  std::vector<Case> cases_;
};

Suite all_cases();

// One list a subject, each in a file of its own: cases_<subject>.cc.
void add_framing_cases(Suite& suite);
void add_malformed_cases(Suite& suite);
void add_uri_cases(Suite& suite);
void add_path_cases(Suite& suite);
void add_method_cases(Suite& suite);
void add_code_cases(Suite& suite);
void add_failure_cases(Suite& suite);
void add_report_cases(Suite& suite);
void add_chunk_cases(Suite& suite);
void add_auth_cases(Suite& suite);
void add_expires_cases(Suite& suite);
void add_use_path_cases(Suite& suite);
void add_connection_cases(Suite& suite);
void add_security_cases(Suite& suite);
void add_robustness_cases(Suite& suite);
void add_client_cases(Suite& suite);

}  // namespace conform
