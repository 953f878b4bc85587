#include "control/host_name.h"

#include <unistd.h>

#include <sstream>

#include "control/read_file.h"

namespace control {

std::string full_name_of(std::string_view node, std::string_view hosts) {
  if (node.find('.') != std::string_view::npos) return std::string(node);
  std::istringstream lines{std::string(hosts)};
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line.substr(0, line.find('#')));
    std::string word, dotted;
    bool named = false;
    words >> word;  // the address
    while (words >> word) {
      named = named || word == node;
      if (dotted.empty() && word.find('.') != std::string::npos) dotted = word;
    }
    if (named && !dotted.empty()) return dotted;
  }
  return std::string(node);
}

std::string full_host_name() {
  char node[256] = {};
  if (gethostname(node, sizeof node - 1) != 0) return "";
  return full_name_of(node, read_file("/etc/hosts", 1024UL * 1024).value_or(""));
}

}  // namespace control
