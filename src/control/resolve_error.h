#pragma once
namespace control {

enum class ResolveError : unsigned char {
  bad_name,   // no host name: nothing was asked
  not_found,  // the name has no address
  timed_out,
  failed,    // no name server answered, or none usefully
  too_many,  // `names_max` or `waiting_max` is reached
};

const char* describe(ResolveError error);

}  // namespace control
