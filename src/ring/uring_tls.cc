// Connections whose TLS the kernel does: keys and control records, at once. Data goes the way of all (uring_ring.cc).
#include <netinet/in.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>

#include "ring/uring_ring.h"

#ifndef SOL_TLS
#define SOL_TLS 282
#endif

namespace ring {
namespace {

// linux/tls.h, whose names clash with nobody's but come with all of its structs.
constexpr int set_record_type = 1;
constexpr int get_record_type = 2;

// One octet beside the data: the type of the record.
struct TypedMessage {
  iovec piece{};
  msghdr message{};
  alignas(cmsghdr) char control[CMSG_SPACE(1)]{};

  TypedMessage(char* octets, std::size_t size) {
    piece = {octets, size};
    message.msg_iov = &piece;
    message.msg_iovlen = 1;
    message.msg_control = control;
    message.msg_controllen = sizeof control;
  }
  TypedMessage(const TypedMessage&) = delete;
  TypedMessage& operator=(const TypedMessage&) = delete;
};

}  // namespace

KernelTlsOutcome UringRing::encrypt_in_kernel(Socket socket, const RecordKeys& sending, const RecordKeys& receiving) {
  const KernelTlsOutcome outcome = give_keys_to_kernel(socket.descriptor, sending, receiving);
  if (outcome != KernelTlsOutcome::taken) return outcome;
  const auto number = static_cast<std::size_t>(socket.descriptor);
  if (number >= encrypted_.size()) encrypted_.resize(number + 1);
  encrypted_[number] = true;
  return outcome;
}

bool UringRing::change_key(Socket socket, Direction direction, const RecordKeys& keys) {
  return give_key_to_kernel(socket.descriptor, direction, keys);
}

base::Result<ControlRecord, IoError> UringRing::receive_control(Socket socket, std::span<char> room) {
  TypedMessage typed(room.data(), room.size());
  const ssize_t count = ::recvmsg(socket.descriptor, &typed.message, MSG_DONTWAIT);
  if (count < 0) return base::fail(IoError{-errno});
  ControlRecord record{.type = RecordType::application_data, .octets = static_cast<std::size_t>(count)};
  const cmsghdr* header = CMSG_FIRSTHDR(&typed.message);
  if (header != nullptr && header->cmsg_level == SOL_TLS && header->cmsg_type == get_record_type) {
    record.type = static_cast<RecordType>(*CMSG_DATA(header));
  }
  return record;
}

bool UringRing::send_control(Socket socket, RecordType type, std::string_view octets) {
  TypedMessage typed(const_cast<char*>(octets.data()), octets.size());
  cmsghdr* header = CMSG_FIRSTHDR(&typed.message);
  header->cmsg_level = SOL_TLS;
  header->cmsg_type = set_record_type;
  header->cmsg_len = CMSG_LEN(1);
  *CMSG_DATA(header) = static_cast<unsigned char>(type);
  return ::sendmsg(socket.descriptor, &typed.message, MSG_DONTWAIT | MSG_NOSIGNAL) == static_cast<ssize_t>(octets.size());
}

}  // namespace ring
