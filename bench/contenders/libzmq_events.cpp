// SPDX-License-Identifier: MPL-2.0

// Events over libzmq as one would write them by hand: PUB and SUB, one frame with the topic, a zero
// and the MessagePack value. With --pack so many events of the topic share a frame.

#include <iostream>
#include <thread>

#include <zmq.hpp>

#include "harness/control.hpp"
#include "harness/msgpack_codec.hpp"
#include "harness/payloads.hpp"
#include "harness/progress.hpp"
#include "harness/settings.hpp"

namespace {

constexpr std::string_view topic{"bench.tick", 11};  // with its zero
// Above every window by far: libzmq hears of what was read in halves of the mark, and late.
constexpr int high_water_mark = 30'000;
constexpr std::size_t large = 16 * 1024;

[[noreturn]] void subscribe(const bench::settings& chosen) {
  bench::progress heard{chosen.progress, bench::max_subscribers};
  auto& mine = heard.of(chosen.index);
  zmq::context_t context;
  zmq::socket_t sub{context, zmq::socket_type::sub};
  sub.set(zmq::sockopt::rcvhwm, high_water_mark);
  sub.set(zmq::sockopt::subscribe, topic);
  sub.connect(chosen.endpoint);
  bench::say_ready();
  bench::end_with_input();

  msgpack::zone zone;
  bench::packed_reader events{zone};
  zmq::message_t packet;
  bench::tick event;
  for (;;) {
    static_cast<void>(sub.recv(packet));
    events.begin({packet.data<char>() + topic.size(), packet.size() - topic.size()});
    while (events.more()) {
      events.value(event);
      mine.on_event(event.sequence);
    }
  }
}

class publisher {
 public:
  explicit publisher(const bench::settings& chosen)
      : heard_{chosen.progress, chosen.subscribers},
        window_{chosen.window},
        pack_{chosen.pack},
        event_{bench::tick_of(chosen.what.octets)} {
    pub_.set(zmq::sockopt::sndhwm, high_water_mark);
    pub_.set(zmq::sockopt::linger, 0);
    pub_.bind(chosen.endpoint);
    bench::say_ready(pub_.get(zmq::sockopt::last_endpoint));
  }

  bench::measurement run(const bench::run_request& request) {
    while (heard_.slowest() == 0) {  // a subscriber is still on its way
      send(1);
      std::this_thread::sleep_for(std::chrono::milliseconds{5});
    }
    bench::pacing pace{request, heard_, window_, event_.sequence};
    while (!pace.over()) {
      const auto count = pace.allowance();
      if (count < pack_) {
        std::this_thread::sleep_for(bench::pause);
        continue;
      }
      for (std::size_t sent = 0; sent + pack_ <= count; sent += pack_) {
        send(pack_);
      }
      pace.published_up_to(event_.sequence);
    }
    return pace.result();
  }

 private:
  void send(std::size_t count) {
    buffer_.clear();
    buffer_.write(topic.data(), topic.size());
    for (std::size_t i = 0; i < count; ++i) {
      ++event_.sequence;
      msgpack::pack(buffer_, event_);
    }
    if (buffer_.size() < large) {
      pub_.send(zmq::buffer(buffer_.data(), buffer_.size()), zmq::send_flags::none);
      return;
    }
    const auto size = buffer_.size();
    zmq::message_t whole{buffer_.release(), size, [](void* data, void*) { std::free(data); }};
    pub_.send(whole, zmq::send_flags::none);
    buffer_ = msgpack::sbuffer{size};
  }

  bench::progress heard_;
  zmq::context_t context_;
  zmq::socket_t pub_{context_, zmq::socket_type::pub};
  std::size_t window_;
  std::size_t pack_;
  bench::tick event_;
  msgpack::sbuffer buffer_;
};

}  // namespace

int main(int argc, char** argv) {
  const auto chosen = bench::settings_from(argc, argv);
  try {
    if (chosen.role == "subscribe") {
      subscribe(chosen);
    }
    publisher sender{chosen};
    while (const auto request = bench::next_request()) {
      bench::report(sender.run(*request));
    }
  } catch (const std::exception& failed) {
    std::cerr << "bench_libzmq_events: " << chosen.endpoint << ": " << failed.what() << '\n';
    return 1;
  }
  return 0;
}
