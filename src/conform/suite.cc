// The list of all cases, and where their requirements stand in the RFCs.
#include "conform/suite.h"

#include <algorithm>
#include <array>

namespace conform {
namespace {

struct Source {
  int number;
  std::string_view place;
};
// Requirements that are not here are decisions where the RFCs are silent.
constexpr auto sources = std::to_array<Source>({
    {1, "RFC 4975 9"},       {2, "RFC 4975 9"},       {3, "RFC 4975 9"},       {4, "RFC 4975 9"},       {5, "RFC 4975 7.1"},
    {6, "RFC 4975 7.1"},     {7, "RFC 4975 7.1"},     {8, "RFC 4975 7.1.1"},   {9, "RFC 4975 5.1"},     {10, "RFC 4975 7.1"},
    {11, "RFC 4976 1"},      {12, "RFC 4975 9"},      {13, "RFC 4975 7.2"},    {14, "RFC 4975 10.2"},   {15, "RFC 4975 7.1"},
    {16, "RFC 4975 7.1"},    {17, "RFC 4975 7.1"},    {19, "RFC 4975 14.5"},   {20, "RFC 4975 7.1.1"},  {21, "RFC 4975 9"},
    {22, "RFC 4975 9"},      {30, "RFC 4975 9"},      {31, "RFC 4975 6.1"},    {32, "RFC 4975 6.1"},    {33, "RFC 4975 6.1"},
    {34, "RFC 4975 6.1"},    {35, "RFC 4975 6.1"},    {36, "RFC 4975 6.1"},    {37, "RFC 4975 6"},      {38, "RFC 7977 5.2.2"},
    {39, "RFC 4975 6"},      {45, "RFC 4976 6.2"},    {46, "RFC 4976 6.4.1"},  {47, "RFC 4976 6.4"},    {48, "RFC 4976 6.4"},
    {49, "RFC 4976 6.3"},    {50, "RFC 4976 6.3"},    {51, "RFC 4975 7.2"},    {52, "RFC 4975 7.2"},    {53, "RFC 4976 6.4.3"},
    {54, "RFC 4976 6.4.3"},  {55, "RFC 4976 6.2"},    {65, "RFC 4976 6.4.1"},  {66, "RFC 4976 6.4.2"},  {67, "RFC 4976 6.4.2"},
    {68, "RFC 4976 6.4.2"},  {69, "RFC 4975 10.9"},   {70, "RFC 4976 6.3"},    {71, "RFC 4976 6.4.2"},  {72, "RFC 4975 7.1.2"},
    {85, "RFC 4976 6.4.1"},  {86, "RFC 4975 7.1.4"},  {87, "RFC 4975 7.1.4"},  {88, "RFC 4976 6.4.1"},  {89, "RFC 4976 10.3"},
    {90, "RFC 4975 5.4"},    {91, "RFC 4975 5.4"},    {92, "RFC 4975 10.5"},   {93, "RFC 4976 4.6"},    {94, "RFC 4975 10.9"},
    {95, "RFC 4975 9"},      {105, "RFC 4976 6.4.1"}, {106, "RFC 4976 3"},     {107, "RFC 4976 6.4.3"}, {108, "RFC 4976 3"},
    {109, "RFC 4975 7.1.3"}, {110, "RFC 4975 7.1.4"}, {111, "RFC 4976 6.4.3"}, {112, "RFC 4975 7.1.1"}, {113, "RFC 4975 7.1.3"},
    {114, "RFC 4976 3"},     {115, "RFC 4976 6.4.1"}, {116, "RFC 4975 7.1.2"}, {117, "RFC 4976 6.4.3"}, {130, "RFC 4975 7.1.1"},
    {131, "RFC 4975 7.1.1"}, {132, "RFC 4975 7.1.1"}, {133, "RFC 4976 6.4.1"}, {134, "RFC 4976 6.4.1"}, {135, "RFC 4975 7.1"},
    {136, "RFC 4975 7.1"},   {137, "RFC 4975 7.1"},   {138, "RFC 4975 7.1.1"}, {141, "RFC 4975 7.1.1"}, {142, "RFC 4976 1"},
    {150, "RFC 4976 5.1"},   {151, "RFC 4976 7"},     {152, "RFC 4976 9.1"},   {153, "RFC 4976 9.1"},   {154, "RFC 4976 9.1"},
    {155, "RFC 4976 7"},     {156, "RFC 4976 9.1"},   {157, "RFC 4976 9.1"},   {158, "RFC 4976 9.1"},   {159, "RFC 2617 3.2.2"},
    {160, "RFC 4976 10.3"},  {161, "RFC 4976 9.1"},   {162, "RFC 7616"},       {163, "RFC 4976 6.3"},   {164, "RFC 4976 6.3"},
    {165, "RFC 4976 8"},     {166, "RFC 4976 6.3"},   {167, "RFC 4976 9.1"},   {168, "RFC 7616 3.3"},   {185, "RFC 4976 6.3"},
    {186, "RFC 4976 5.1"},   {187, "RFC 4976 6.3"},   {188, "RFC 4976 6.3"},   {189, "RFC 4976 6.3"},   {195, "RFC 4976 4.2"},
    {196, "RFC 4976 6.3"},   {197, "RFC 4976 4.2"},   {198, "RFC 4976 9.2"},   {199, "RFC 4976 6.4.2"}, {200, "RFC 4976 5.1"},
    {225, "RFC 4976 6.1"},   {227, "RFC 4975 5.4"},   {228, "RFC 4976 6.4"},   {229, "RFC 4976 6.5"},   {230, "RFC 4975 5.4"},
    {231, "RFC 4975 5.4"},   {232, "RFC 4975 5.4"},   {250, "RFC 4976 3.1"},   {251, "RFC 4976 6.3"},   {252, "RFC 4976 6.3"},
    {253, "RFC 4976 6.4.3"}, {254, "RFC 4976 6.3"},   {255, "RFC 4976 9.4"},   {256, "RFC 4976 9.4"},   {290, "RFC 6135 4.5"},
    {291, "RFC 4975 7.3"},
});

struct Section {
  int first;
  std::string_view name;
};
constexpr auto sections = std::to_array<Section>({
    {1, "Framing and grammar"},
    {30, "URIs"},
    {45, "Paths"},
    {65, "Methods"},
    {85, "Response codes"},
    {105, "Transactions, timers, REPORTs"},
    {130, "Chunking"},
    {150, "AUTH"},
    {185, "Expires"},
    {195, "Use-Path"},
    {225, "Connections"},
    {250, "Security"},
    {290, "COMEDIA and CEMA"},
    {300, "Robustness"},
});

// "R-016" -> 16; "C-5", what deployed clients do, -> 0.
int number_of(std::string_view requirement) {
  if (!requirement.starts_with("R-")) return 0;
  int number = 0;
  for (const char c : requirement.substr(2)) number = number * 10 + (c - '0');
  return number;
}

std::string_view section_of(int number) {
  std::string_view found = "Deployed clients";
  for (const Section& section : sections) {
    if (section.first <= number) found = section.name;
  }
  return found;
}

std::string_view source_of(int number) {
  const auto found = std::ranges::find(sources, number, &Source::number);
  return found != sources.end() ? found->place : std::string_view();
}

}  // namespace

void Suite::add_as(Kind kind, std::string_view requirements, std::string title, std::function<void(Stage&)> run) {
  Case added;
  while (!requirements.empty()) {
    const std::size_t blank = requirements.find(' ');
    added.requirements.emplace_back(requirements.substr(0, blank));
    requirements.remove_prefix(blank == std::string_view::npos ? requirements.size() : blank + 1);
  }
  const std::string& first = added.requirements.front();
  const auto before = std::ranges::count_if(cases_, [&](const Case& one) { return one.requirements.front() == first; });
  added.id = first + "." + std::to_string(before + 1);
  added.section = section_of(number_of(first));
  added.source = source_of(number_of(first));
  added.title = std::move(title);
  added.kind = kind;
  added.run = std::move(run);
  cases_.push_back(std::move(added));
}

Suite all_cases() {
  Suite suite;
  add_framing_cases(suite);
  add_malformed_cases(suite);
  add_uri_cases(suite);
  add_path_cases(suite);
  add_method_cases(suite);
  add_code_cases(suite);
  add_failure_cases(suite);
  add_report_cases(suite);
  add_chunk_cases(suite);
  add_auth_cases(suite);
  add_expires_cases(suite);
  add_use_path_cases(suite);
  add_connection_cases(suite);
  add_security_cases(suite);
  add_robustness_cases(suite);
  add_client_cases(suite);
  return suite;
}

}  // namespace conform
