// Chunks: ranges, flags, cut-through, interruption, what a lost sender leaves behind (R-130 to R-142).
#include <algorithm>

#include "conform/cases.h"

namespace conform {
namespace {

Frame chunk_of(const Party& from, const Party& to, const std::string& id, const std::string& range, std::string body, char flag) {
  Frame chunk = from.message(to.path(), std::move(body));
  chunk.set("Message-ID", id).set("Byte-Range", range);
  chunk.flag = flag;
  return chunk;
}

void add_passing(Suite& suite) {
  struct Vector {
    const char* requirements;
    const char* range;
    const char* body;
    char flag;
  };
  for (const Vector& vector :
       {Vector{"R-138", "1-0/0", "", '$'}, Vector{"R-138", "1-*/0", "", '$'}, Vector{"R-138", "1-*/*", "", '$'},
        Vector{"R-134", "1-5/5", "hello", '$'}, Vector{"R-134", "1-*/5", "hello", '$'}, Vector{"R-134", "1-5/*", "hello", '$'},
        Vector{"R-134", "1-*/*", "hello", '$'}, Vector{"R-134", "4294967297-4294967301/4294967301", "hello", '$'},
        Vector{"R-137", "1-5/10", "hello", '#'}, Vector{"R-137", "6-5/10", "", '#'}}) {
    suite.add(vector.requirements,
              std::string("a chunk of ") + std::to_string(std::string_view(vector.body).size()) + " octets, Byte-Range " + vector.range +
                  ", that ends in " + vector.flag + ": true start, end and total at the receiver",
              [vector](Stage& stage) {
                auto [alice, bob] = two(stage);
                const std::string id = stage.id("m");
                const Frame sent = chunk_of(alice, bob, id, vector.range, vector.body, vector.flag);
                const Frame got = deliver(alice, bob, sent);
                const auto before = sent.range(), after = got.range();
                expect(after.has_value(), "Byte-Range", "none");
                const std::uint64_t end = before->start + sent.body->size() - 1;
                expect(after->start == before->start && after->total == before->total && (!after->end || *after->end == end),
                       std::to_string(before->start) + "-" + std::to_string(end) + " (or *) and the total of " + vector.range,
                       got.value("Byte-Range"));
              });
  }
  suite.add("R-137", "# without a body passes through", [](Stage& stage) {
    auto [alice, bob] = two(stage);
    Frame frame = alice.message(bob.path(), std::nullopt);
    frame.set("Byte-Range", "1-0/10");
    frame.flag = '#';
    deliver(alice, bob, frame);
  });
  suite.add("R-135 R-141", "a message in five chunks: every octet once, in order, and $ at the end only", [](Stage& stage) {
    auto [alice, bob] = two(stage);
    const std::string id = stage.id("m"), whole = stage.random(50'000);
    for (std::size_t at = 0; at < whole.size(); at += 10'000) {
      const std::string range = std::to_string(at + 1) + "-" + std::to_string(at + 10'000) + "/50000";
      alice.send(chunk_of(alice, bob, id, range, whole.substr(at, 10'000), at + 10'000 < whole.size() ? '+' : '$'));
    }
    const Frame got = bob.receive_message(id);
    expect(got.body == whole && got.flag == '$', "50000 octets as they were sent", describe(got));
  });
  suite.add("R-135", "a message whose last chunk is empty", [](Stage& stage) {
    auto [alice, bob] = two(stage);
    const std::string id = stage.id("m");
    alice.send(chunk_of(alice, bob, id, "1-5/*", "hello", '+'));
    alice.send(chunk_of(alice, bob, id, "6-5/5", "", '$'));
    expect(bob.receive_message(id).body == "hello", "hello", "another");
  });
  suite.add("R-133", "chunks of two messages in turn are not joined", [](Stage& stage) {
    auto [alice, bob] = two(stage);
    const std::string first = stage.id("m"), second = stage.id("m");
    for (int i = 0; i < 3; ++i) {
      const std::string range = std::to_string(i * 3 + 1) + "-" + std::to_string(i * 3 + 3) + "/9";
      alice.queue(chunk_of(alice, bob, first, range, "aaa", i < 2 ? '+' : '$').encode());
      alice.queue(chunk_of(alice, bob, second, range, "bbb", i < 2 ? '+' : '$').encode());
    }
    expect(bob.receive_message(first).body == "aaaaaaaaa", "nine a", "another");
    expect(bob.receive_message(second).body == "bbbbbbbbb", "nine b", "another");
  });
  suite.add("R-133", "chunks with different Content-Type are not joined", [](Stage& stage) {
    auto [alice, bob] = two(stage);
    const std::string id = stage.id("m");
    Frame first = chunk_of(alice, bob, id, "1-3/6", "aaa", '+'), second = chunk_of(alice, bob, id, "4-6/6", "bbb", '$');
    alice.write(first.set("Content-Type", "text/a").encode() + second.set("Content-Type", "text/b").encode());
    const Frame got = bob.receive();
    expect(got.body == "aaa" && got.value("Content-Type") == "text/a", "the first chunk alone", describe(got));
  });
  suite.add("R-141", "the receiver can put a message together whose chunks were sent out of order", [](Stage& stage) {
    auto [alice, bob] = two(stage);
    const std::string id = stage.id("m");
    alice.send(chunk_of(alice, bob, id, "6-10/10", "world", '+'));
    alice.send(chunk_of(alice, bob, id, "1-5/10", "hello", '$'));
    const Frame first = bob.receive(), second = bob.receive();
    expect(first.range() && first.range()->start == 6 && first.body == "world", "octets 6 to 10 first", describe(first));
    expect(second.range() && second.range()->start == 1 && second.body == "hello", "then octets 1 to 5", describe(second));
  });
  suite.add("R-134 R-011", "every piece keeps Message-ID, Content-Type and the other headers", [](Stage& stage) {
    auto [alice, bob] = two(stage);
    Frame frame = alice.message(bob.path(), std::string(8'000, 'x'));
    frame.set("Success-Report", "yes").set("Content-Disposition", "attachment; filename=\"x\"").add("X-Kept", "1");
    alice.queue(frame.encode());
    for (char flag = '+'; flag == '+';) {
      const Frame piece = bob.receive();
      expect_same_headers(frame, piece);
      bob.answer(piece);
      flag = piece.flag;
    }
  });
}

void add_large(Suite& suite) {
  for (const std::size_t size : {1U << 20U, 8U << 20U}) {
    suite.add("R-020 R-141", "a chunk of " + std::to_string(size >> 20U) + " MiB arrives whole", [size](Stage& stage) {
      auto [alice, bob] = two(stage);
      Frame frame = alice.message(bob.path(), stage.random(size));
      deliver(alice, bob, frame.set("Byte-Range", "1-*/" + std::to_string(size)));
    });
  }
  suite.add_policy("R-139", "cut-through: the head of a chunk is passed on before its end has come", [](Stage& stage) {
    auto [alice, bob] = two(stage);
    Frame frame = alice.message(bob.path(), "");
    frame.set("Byte-Range", "1-*/*");
    alice.write(frame.head() + std::string(20'000, 'x'));
    bob.receive_head();
  });
  suite.add_policy("R-130", "a piece that is longer than 2048 octets and not whole yet has * as its range-end", [](Stage& stage) {
    auto [alice, bob] = two(stage);
    Frame frame = alice.message(bob.path(), "");
    frame.set("Byte-Range", "1-100000/100000");
    alice.write(frame.head() + std::string(20'000, 'x'));
    const Frame head = bob.receive_head();
    const auto range = head.range();
    expect(range && (!range->end || *range->end <= 20'000), "1-*/100000, or a piece that is whole", head.value("Byte-Range"));
  });
  for (const bool stalled : {false, true}) {
    suite.add("R-131", std::string("a response does not wait for the end of a long chunk") + (stalled ? " whose sender has stalled" : ""),
              [stalled](Stage& stage) {
                auto [alice, bob] = two(stage);
                const Frame long_one = alice.message(bob.path(), std::string(4 << 20, 'x'));
                const std::string text = long_one.encode();
                alice.queue(std::string_view(text).substr(0, stalled ? 100'000 : text.size() - 100));
                stage.wait([&] { return bob.octets_of_body() > 0 || !bob.inbox().empty(); }, Milliseconds(1000));
                // bob's own SEND is answered over the connection on which the long chunk is coming.
                const Frame sent = bob.send(bob.message(alice.path()));
                bob.response_to(sent, 200);
                alice.queue(std::string_view(text).substr(stalled ? 100'000 : text.size() - 100));
                expect(bob.receive_message(long_one.value("Message-ID")).body == long_one.body, "the long message whole", "another");
              });
  }
  suite.add("R-131 R-142", "nor does a REPORT", [](Stage& stage) {
    auto [alice, bob] = two(stage);
    Party& carol = stage.client("carol");
    const Frame from_bob = bob.send(bob.message(carol.path()));
    const Frame got = carol.receive_message(from_bob.value("Message-ID"));
    const Frame long_one = alice.message(bob.path(), std::string(8'000, 'x'));
    const std::string text = long_one.encode();
    alice.write(std::string_view(text).substr(0, 4'000));
    stage.wait([&] { return bob.octets_of_body() > 0; }, Milliseconds(500));
    carol.send(carol.report(got));
    bob.report_on(from_bob);
    alice.write(std::string_view(text).substr(4'000));
    expect(bob.receive_message(long_one.value("Message-ID")).body == long_one.body, "the long message whole", "another");
  });
  suite.add("R-132 R-142", "a short message of another session does not wait for a stalled one", [](Stage& stage) {
    auto [alice, bob] = two(stage);
    Party& carol = stage.client("carol");
    const Frame long_one = alice.message(bob.path(), std::string(8'000, 'x'));
    const std::string text = long_one.encode();
    alice.write(std::string_view(text).substr(0, 4'000));
    stage.wait([&] { return bob.octets_of_body() > 0; }, Milliseconds(500));
    const Frame short_one = carol.send(carol.message(bob.path(), "short"));
    bob.receive_message(short_one.value("Message-ID"));
    alice.write(std::string_view(text).substr(4'000));
    expect(bob.receive_message(long_one.value("Message-ID")).body == long_one.body, "the long message whole", "another");
  });
}

void add_lost_senders(Suite& suite) {
  for (const bool reset : {false, true}) {
    suite.add("R-136",
              std::string("the sender's connection is ") + (reset ? "reset" : "closed") +
                  " in mid-chunk: no $ at the receiver, and his stays usable",
              [reset](Stage& stage) {
                auto [alice, bob] = two(stage);
                Party& carol = stage.client("carol");
                const Frame frame = carol.message(bob.path(), std::string(8'000, 'x'));
                carol.write(frame.encode().substr(0, 4'000));
                stage.wait([&] { return bob.octets_of_body() > 0; }, Milliseconds(500));
                reset ? carol.reset() : carol.close();
                const Frame word = alice.send(alice.message(bob.path(), "usable"));
                bob.receive_message(word.value("Message-ID"));
                for (const Frame& piece : bob.inbox()) {
                  if (piece.value("Message-ID") != frame.value("Message-ID")) continue;
                  expect(piece.flag != '$', "chunks that end in + or #", describe(piece));
                }
              });
  }
  suite.add("R-140", "a receiver that does not read for a while: nothing is lost", [](Stage& stage) {
    auto [alice, bob] = two(stage);
    bob.pause();
    const std::string body = stage.random(6 << 20);
    const std::string id = queue_in_chunks(alice, bob, body);
    stage.settle(Milliseconds(500));
    bob.resume();
    expect(bob.receive_message(id).body == body, "every octet", "another body");
  });
  suite.add("R-142", "a receiver that does not read stops nobody else", [](Stage& stage) {
    auto [alice, bob] = two(stage);
    Party& carol = stage.client("carol");
    Party& dave = stage.client("dave");
    bob.pause();
    alice.queue(alice.message(bob.path(), std::string(8 << 20, 'x')).encode());
    stage.settle(Milliseconds(200));
    stage.exchange(carol, dave);
    stage.exchange(dave, carol);
  });
  suite.add("R-117 R-137", "a sender that ends its chunk with #: the receiver sees # and the start of the message only", [](Stage& stage) {
    auto [alice, bob] = two(stage);
    Frame frame = alice.message(bob.path(), std::string(6'000, 'x'));
    frame.set("Byte-Range", "1-*/90000");
    frame.flag = '#';
    const Frame got = deliver(alice, bob, frame);
    expect(got.flag == '#', "#", std::string(1, got.flag));
  });
}

}  // namespace

void add_chunk_cases(Suite& suite) {
  add_passing(suite);
  add_large(suite);
  add_lost_senders(suite);
}

}  // namespace conform
