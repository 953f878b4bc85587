#pragma once
// The stage of one case: its connections to the relay, the peers that the relay dials, and the waiting. While anything is waited for, every
// connection of the case is read and what is queued on it is written, so that a case cannot lock itself up with the relay.
#include <chrono>
#include <deque>
#include <functional>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/address.h"
#include "conform/frame.h"
#include "conform/socket.h"
#include "conform/suite.h"
#include "transport/client_files.h"

namespace conform {

using Clock = std::chrono::steady_clock;
using Milliseconds = std::chrono::milliseconds;

struct Account {
  std::string user, password;
};

// What is under test and how; the last three are found out before the first case.
struct Target {
  Address address;
  std::string uri;  // as it stands in To-Path of an AUTH
  std::string realm;
  Account first, second;
  std::optional<transport::ClientTls> tls;     // how the relay is to be believed; none: plain TCP
  std::string tls_host;                        // whose certificate it must show,
  std::optional<base::IpAddress> tls_address;  // or this one's
  Address local;                               // where peers listen
  Milliseconds timer{30'000};                  // the relay's transaction and probation timers
  Milliseconds patience{5'000};                // how long something that must come may take
  bool digest_uri = false;                     // AUTH succeeds only with `uri` among the credentials
  std::string no_auth;                         // why nobody can authenticate here; empty: they can
  std::string no_dial;                         // why no peer is dialled; empty: they are
};

class Stage;
struct PartyTls;

// A connection, with an MSRP URI of its own at our end.
class Party {
 public:
  Party(Stage& stage, Socket socket, std::string own_uri);
  ~Party();

  std::string uri;
  std::string use_path;                // the relay's URI for this party; empty: none
  std::vector<std::string> use_paths;  // all that the last AUTH gave
  Account account;

  std::string path() const { return use_path.empty() ? uri : use_path + " " + uri; }  // what others put behind their own relay
  // A SEND (or another method) to `path` by way of the own relay. nullopt: no body.
  Frame message(std::string_view path, std::optional<std::string> body = "hello", std::string_view method = "SEND") const;
  // The relay's answer, first hop and all: 200 to a request that came here.
  Frame response(const Frame& request, int code = 200, std::string_view comment = "OK") const;
  Frame report(const Frame& request, std::string_view status = "000 200 OK") const;

  // Queues, and waits until all is written or the relay has closed.
  Frame send(const Frame& frame);
  void write(std::string_view octets);
  void queue(std::string_view octets);  // without waiting
  Frame answer(const Frame& request, int code = 200, std::string_view comment = "OK") { return send(response(request, code, comment)); }

  // Frames stay in the inbox, in order of arrival, until one of these takes them. Each fails the case when nothing fits in time.
  Frame take(const std::function<bool(const Frame&)>& fits, std::string_view what, std::optional<Milliseconds> within = std::nullopt);
  Frame receive(std::string_view method = "SEND");
  Frame response_to(const Frame& request);                                                   // by transaction id
  Frame response_to(const Frame& request, int code);                                         // and of that code
  Frame report_on(const Frame& request, std::optional<Milliseconds> within = std::nullopt);  // by Message-ID
  // A message by its Message-ID, put together from as many chunks as the relay made of it; each is answered.
  Frame receive_message(std::string_view message_id, bool answering = true);
  // The head of the next frame while its body is still coming; what came of the body.
  Frame receive_head();
  std::size_t octets_of_body() const { return reader_.octets_of_body(); }
  const std::deque<Frame>& inbox() const { return inbox_; }
  void expect_nothing(std::string_view why) const;  // in the inbox

  Address local_address() const { return socket_.local(); }
  bool is_open() const { return !ended_; }
  bool closes(std::optional<Milliseconds> within = std::nullopt);
  bool was_reset() const { return was_reset_; }
  void pause() { paused_ = true; }  // stops reading
  void resume() { paused_ = false; }
  void half_close();
  void reset();
  void close();
  std::size_t unsent() const { return output_.size(); }

  // AUTH. ask(): one request and its response. authenticate(): the whole exchange, which must succeed.
  Frame auth_request(std::string_view authorization = {}) const;
  Frame ask(const Frame& request);
  std::string challenge();  // the MD5 challenge of a 401
  Frame authenticate(std::optional<std::string> expires = std::nullopt);

 private:
  friend class Stage;
  void begin_tls(const transport::TlsClient& client);
  void take_octets(std::string_view octets);
  void read_socket();
  void write_socket();
  std::string fault_text() const;

  Stage& stage_;
  Socket socket_;
  std::unique_ptr<PartyTls> tls_;
  std::string output_;
  FrameReader reader_;
  std::deque<Frame> inbox_;
  bool connecting_ = false, paused_ = false, ended_ = false, was_reset_ = false, refused_ = false;
};

// An endpoint without a relay: listens, and the relay dials it.
class Door {
 public:
  Door(Stage& stage, Socket socket, std::string own_uri) : uri(std::move(own_uri)), stage_(stage), socket_(std::move(socket)) {}
  std::string uri;
  Party& accept();  // fails when nobody calls in time
  std::optional<Socket> accepted() { return socket_.accept(); }
  bool was_dialled();  // looks once
  void shut() { socket_.close(); }
  std::uint16_t port() const { return socket_.local().port(); }

 private:
  friend class Stage;
  Stage& stage_;
  Socket socket_;
};

class Stage {
 public:
  explicit Stage(const Target& under_test) : target(under_test) {}
  const Target& target;

  Party& stranger(std::string_view name = "stranger");  // connected, no more
  Party& client(std::string_view name = "alice");       // with a Use-Path; the case is skipped where nobody can authenticate
  Party& second_client(std::string_view name = "bob");  // of the second account
  Door& door(bool skipping = true);                     // the case is skipped where the relay does not dial, if `skipping`
  Door& closed_door();                                  // its port refuses connections
  Party& adopt(Socket socket, std::string uri);

  // Waits until `done` or the time is over; false then.
  bool wait(const std::function<bool()>& done, Milliseconds within);
  bool wait(const std::function<bool()>& done) { return wait(done, target.patience); }
  void settle(Milliseconds time = Milliseconds(150)) {
    wait([] { return false; }, time);
  }

  // A message of Failure-Report no from one to the other: what `from` sent before, has been dealt with.
  void fence(Party& from, Party& to);
  // The request is refused: a response of these codes, or the connection is closed. The code, or 0 for closed.
  int refused(Party& party, const Frame& request, std::initializer_list<int> codes);
  // One after the other: the message arrives, and has its 200.
  void exchange(Party& from, Party& to, std::string body = "hello");
  void alive();  // a new connection is served

  std::string id(std::string_view prefix = "t");  // a fresh transaction or message id
  std::string random(std::size_t octets);

 private:
  const transport::TlsClient& tls_client();
  std::unique_ptr<transport::TlsClient> tls_client_;
  std::vector<std::unique_ptr<Party>> parties_;
  std::vector<std::unique_ptr<Door>> doors_;
};

std::string text_of(std::initializer_list<int> codes);

}  // namespace conform
