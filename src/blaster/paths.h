#pragma once
// Paths as header values: URIs separated by single spaces, nothing normalised (RFC 4975 section 9, RFC 4976 section 5.1).
#include <string>
#include <string_view>

namespace blaster {

// The last URI first.
std::string reverse_path(std::string_view path);
// Both behind one another; either may be empty.
std::string join_paths(std::string_view first, std::string_view second);
std::string_view first_uri(std::string_view path);
std::string_view last_uri(std::string_view path);
std::string_view without_last_uri(std::string_view path);

// What a sender puts into To-Path: its own Use-Path, the receiver's Use-Path reversed, the receiver (RFC 4976 section 5.1).
std::string sending_path(std::string_view sender_use_path, std::string_view receiver_use_path, std::string_view receiver_uri);
// From-Path of what then reaches the receiver: every URI that was passed, the last one first, and the sender.
std::string arriving_path(std::string_view to_path, std::string_view sender_uri);

}  // namespace blaster
