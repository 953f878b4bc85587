#pragma once
// A condition: first as a tree, as it was written, then as a run of tests with jumps. The tree is analysed, the run is executed.
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <re2/re2.h>

#include "config/document.h"
#include "msrp/uri.h"
#include "rules/address_set.h"
#include "rules/glob.h"
#include "rules/text_set.h"
#include "rules/variable.h"

namespace rules {

enum class TestKind : std::uint8_t {
  exists,
  choice,   // Test::low: a bit per value of the enumeration (bit 3 of a method: any other)
  range,    // low <= number <= high
  numbers,  // in Operands::numbers
  texts,
  hosts,
  like,
  match,
  addresses,
  uris,
};

// One comparison. It holds when the variable is present and the comparison says yes (negated: no); `exists` looks at presence alone.
struct Test {
  Variable variable = Variable::kind;
  Part part = Part::whole;
  TestKind kind = TestKind::exists;
  bool negated = false;
  std::uint32_t header = 0;   // index in Operands::headers, for Variable::header
  std::uint32_t operand = 0;  // index in the vector of Operands that belongs to `kind`
  std::uint64_t low = 0;
  std::uint64_t high = 0;
};

// URIs and hosts that a condition names, with the octets that they view. Held by pointer so that a move leaves the views right.
struct NamedUri {
  std::string octets;
  msrp::Uri uri;
};
struct HostSet {
  TextSet names;
  AddressSet addresses;  // of those that are IP literals
};

// Matching changes an expression (its automaton is made as it goes) and takes its lock: each core has its own.
using Expressions = std::vector<std::vector<std::unique_ptr<re2::RE2>>>;

// What tests compare with, out of line. Shared by all rules of a set.
struct Operands {
  std::vector<std::vector<std::uint64_t>> numbers;
  std::vector<TextSet> texts;
  std::vector<HostSet> hosts;
  std::vector<std::vector<Glob>> globs;
  Expressions expressions;  // for the analysis, and to be copied
  std::vector<AddressSet> addresses;
  std::vector<std::vector<std::unique_ptr<NamedUri>>> uris;
  std::vector<std::string> headers;
};

struct Node {
  enum class Kind : std::uint8_t { all, any, none, test };  // none: negation of its one child
  Kind kind = Kind::all;
  std::vector<Node> children;
  Test test;
  const VariableInfo* info = nullptr;  // of the test
  config::Place place;
  std::string key;     // for faults: "rule[2].when.size"
  std::string reads;   // the variable, as written
  std::string wanted;  // operator and value, as written; for people
};

// A test with where to go: the index of another step, or the end of a run.
struct Step {
  Test test;
  std::uint32_t yes = 0;
  std::uint32_t no = 0;
};

// Appends the steps of `node` for frames of one class to `run`; what the class says alone costs no step. Returns where to begin: a step,
// or `yes` or `no` when nothing is left to be asked. Cheap tests are tried first: order has no meaning inside a condition.
std::uint32_t append_steps(const Node& node, const Operands& operands, FrameClass frame_class, std::uint32_t yes, std::uint32_t no,
                           std::vector<Step>& run);

}  // namespace rules
