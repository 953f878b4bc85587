#pragma once
// SHA-256 of octets that pass by.
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "blaster/sender.h"

namespace blaster {

class Checksum final : public ContentWatcher {
 public:
  Checksum();
  ~Checksum() override;
  Checksum(const Checksum&) = delete;
  Checksum& operator=(const Checksum&) = delete;

  void passed(std::string_view octets) override;
  // Of what has passed so far, as 64 lower-case digits. More may pass later.
  std::string hexadecimal();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace blaster
