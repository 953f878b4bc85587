#include "daemon/privileges.h"

#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdint>

namespace wiring {
namespace {

// Of version 3: two words each.
struct Capabilities {
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct words[2]{};

  bool read() { return syscall(SYS_capget, &header, words) == 0; }
  bool write() { return syscall(SYS_capset, &header, words) == 0; }
  bool any() const { return (words[0].permitted | words[1].permitted) != 0; }
  bool may(int capability) const { return (words[CAP_TO_INDEX(capability)].effective & CAP_TO_MASK(capability)) != 0; }
};

}  // namespace

std::string give_up_process_privileges() {
  const bool no_new = prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0;
  std::string holds = no_new ? "no new privileges" : "";
#if !defined(__SANITIZE_ADDRESS__)  // its leak check traces this process
  if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0) holds += holds.empty() ? "not dumpable" : ", not dumpable";
#endif
  return holds.empty() ? "none" : holds;
}

std::string give_up_capabilities(FilesRead files_read) {
  Capabilities capabilities;
  if (!capabilities.read()) return "capabilities unknown";
  if (!capabilities.any()) return "no capabilities";
  // Taking from the bounding set needs CAP_SETPCAP; without it no_new_privs keeps exec from gaining anything.
  if (capabilities.may(CAP_SETPCAP)) {
    for (int capability = 0; capability <= CAP_LAST_CAP; ++capability) (void)prctl(PR_CAPBSET_DROP, capability, 0, 0, 0);
  }
  (void)prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
  const bool keep = files_read == FilesRead::yes && capabilities.may(CAP_DAC_READ_SEARCH);
  for (auto& word : capabilities.words) word = {};
  if (keep) {
    auto& word = capabilities.words[CAP_TO_INDEX(CAP_DAC_READ_SEARCH)];
    word.permitted = word.effective = CAP_TO_MASK(CAP_DAC_READ_SEARCH);
  }
  if (!capabilities.write()) return "capabilities kept";
  return keep ? "no capability but reading files" : "no capabilities";
}

bool runs_as_root() { return geteuid() == 0; }

}  // namespace wiring
