#pragma once
// The hash algorithms that this relay speaks (RFC 7616 section 3.3): strength rises with the value.

namespace auth {

enum class Algorithm : unsigned char { md5, sha256 };

}  // namespace auth
