#pragma once
// The one spelling of "a value or a reason why not", so that it can be swapped in one place.
#include <expected>
#include <utility>

namespace base {

// E is a trivial enum of the layer that fails (ParseError, IoError); text is made of it only at the edge.
template <class T, class E>
using Result = std::expected<T, E>;

template <class E>
using Failure = std::unexpected<E>;

template <class E>
[[nodiscard]] constexpr std::unexpected<E> fail(E error) {
  return std::unexpected<E>(error);
}

}  // namespace base

// Evaluates to the value, or returns the error to the caller. g++ 12 has no monadic std::expected.
#define TRY(expression)                         \
  __extension__({                               \
    auto try_result_ = (expression);            \
    if (!try_result_) [[unlikely]]              \
      return ::base::fail(try_result_.error()); \
    *std::move(try_result_);                    \
  })
