#include "msrpctl/pages.h"

#include <algorithm>
#include <cstdio>

#include "msrpctl/show.h"

namespace msrpctl {
namespace {

using nlohmann::json;

constexpr std::size_t page_rows = 4096;

std::string compact(const json& row) { return row.dump(-1, ' ', false, json::error_handler_t::replace); }

}  // namespace

base::Result<bool, std::string> print_pages(Connection& connection, const Asked& asked) {
  json arguments = asked.arguments;
  const std::size_t most = asked.rows == 0 ? SIZE_MAX : asked.rows;
  std::size_t shown = 0;
  bool more = true;
  if (asked.json) std::fputs("{\"rows\": [", stdout);
  while (more && shown < most) {
    arguments["rows"] = std::to_string(std::min(page_rows, most - shown));
    auto page = connection.ask(asked.command, arguments);
    if (!page) return base::fail(page.error());
    json& rows = (*page)["rows"];
    more = page->contains("cursor");
    if (more) arguments["cursor"] = (*page)["cursor"];
    // A core answers with whole slices: there may be a few too many.
    if (rows.size() > most - shown) {
      rows.erase(rows.begin() + static_cast<std::ptrdiff_t>(most - shown), rows.end());
      more = true;
    }
    if (asked.json) {
      for (const json& row : rows) std::printf("%s\n%s", shown++ == 0 ? "" : ",", compact(row).c_str());
    } else {
      if (!rows.empty() || (shown == 0 && !more)) std::fputs(show(asked.command, *page).c_str(), stdout);
      shown += rows.size();
    }
  }
  if (asked.json) std::fputs("\n]}\n", stdout);
  if (!asked.json && more) std::fprintf(stderr, "msrpctl: there may be more: --rows N, --all\n");
  return true;
}

}  // namespace msrpctl
