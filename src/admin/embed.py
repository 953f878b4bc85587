#!/usr/bin/env python3
"""A text as a C++ source that defines admin::status_page."""

import pathlib
import sys

source, target = sys.argv[1:]
text = pathlib.Path(source).read_bytes()
rows = [", ".join(str(octet) for octet in text[at:at + 24]) for at in range(0, len(text), 24)]
pathlib.Path(target).write_text(f"""#include "admin/status_page.h"

namespace admin {{
namespace {{
constexpr unsigned char octets[] = {{{(","+chr(10)).join(rows)}}};
}}  // namespace

std::string_view status_page() {{ return {{reinterpret_cast<const char*>(octets), sizeof octets}}; }}

}}  // namespace admin
""", encoding="utf-8")
