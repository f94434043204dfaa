// SPDX-License-Identifier: MPL-2.0

// Calls over libzmq as one would write them by hand: DEALER and ROUTER, one frame with a number
// and the MessagePack value, blocking reads, a window of calls in flight. With --pack so many calls
// share a frame: what batching could reach.

#include <iostream>

#include <zmq.hpp>

#include "harness/control.hpp"
#include "harness/meters.hpp"
#include "harness/msgpack_codec.hpp"
#include "harness/payloads.hpp"
#include "harness/settings.hpp"

namespace {

constexpr int high_water_mark = 10'000;

std::string_view octets_of(const zmq::message_t& frame) {
  return {frame.data<char>(), frame.size()};
}

template <class Value>
[[noreturn]] void serve(const bench::settings& chosen) {
  zmq::context_t context;
  zmq::socket_t router{context, zmq::socket_type::router};
  router.set(zmq::sockopt::sndhwm, high_water_mark);
  router.set(zmq::sockopt::rcvhwm, high_water_mark);
  router.bind(chosen.endpoint);
  bench::say_ready(router.get(zmq::sockopt::last_endpoint));
  bench::end_with_input();

  msgpack::zone zone;
  bench::packed_reader requests{zone};
  msgpack::sbuffer replies;
  zmq::message_t caller;
  zmq::message_t packet;
  Value value;
  for (;;) {
    static_cast<void>(router.recv(caller));
    static_cast<void>(router.recv(packet));
    replies.clear();
    requests.begin(octets_of(packet));
    while (requests.more()) {
      bench::write_number(replies, requests.number());
      requests.value(value);
      msgpack::pack(replies, value);
    }
    router.send(caller, zmq::send_flags::sndmore);
    router.send(zmq::buffer(replies.data(), replies.size()), zmq::send_flags::none);
  }
}

template <class Value>
class caller {
 public:
  caller(const bench::settings& chosen, Value value)
      : value_{std::move(value)}, window_{chosen.window}, pack_{chosen.pack} {
    dealer_.set(zmq::sockopt::sndhwm, high_water_mark);
    dealer_.set(zmq::sockopt::rcvhwm, high_water_mark);
    dealer_.set(zmq::sockopt::linger, 0);
    dealer_.connect(chosen.endpoint);
  }

  bench::measurement one_by_one(const bench::run_request& request) {
    bench::latency_meter meter{request};
    do {
      send(1);
      receive();
    } while (meter.lap());
    return meter.result(wrong_);
  }

  bench::measurement in_flight(const bench::run_request& request) {
    bench::rate_meter meter{request};
    std::size_t flying = 0;
    bool going = true;
    while (going || flying > 0) {
      while (going && flying + pack_ <= window_) {
        send(pack_);
        flying += pack_;
      }
      const auto came = receive();
      flying -= came;
      going = meter.add(came);
    }
    return meter.result(wrong_);
  }

 private:
  void send(std::size_t count) {
    requests_.clear();
    for (std::size_t i = 0; i < count; ++i) {
      bench::write_number(requests_, ++last_sent_);
      msgpack::pack(requests_, value_);
    }
    dealer_.send(zmq::buffer(requests_.data(), requests_.size()), zmq::send_flags::none);
  }

  std::size_t receive() {
    static_cast<void>(dealer_.recv(packet_));
    std::size_t count = 0;
    for (replies_.begin(octets_of(packet_)); replies_.more(); ++count) {
      const auto number = replies_.number();
      replies_.value(reply_);
      wrong_ += number == ++last_received_ && reply_ == value_ ? 0 : 1;
    }
    return count;
  }

  zmq::context_t context_;
  zmq::socket_t dealer_{context_, zmq::socket_type::dealer};
  Value value_;
  Value reply_;
  std::size_t window_;
  std::size_t pack_;
  msgpack::sbuffer requests_;
  msgpack::zone zone_;
  bench::packed_reader replies_{zone_};
  zmq::message_t packet_;
  std::uint64_t last_sent_ = 0;
  std::uint64_t last_received_ = 0;
  std::uint64_t wrong_ = 0;
};

template <class Value>
void play(const bench::settings& chosen, Value value) {
  if (chosen.role == "serve") {
    serve<Value>(chosen);
  }
  caller<Value> client{chosen, std::move(value)};
  bench::say_ready();
  while (const auto request = bench::next_request()) {
    bench::report(chosen.window == 1 ? client.one_by_one(*request) : client.in_flight(*request));
  }
}

}  // namespace

int main(int argc, char** argv) {
  const auto chosen = bench::settings_from(argc, argv);
  try {
    if (chosen.what.is_order) {
      play(chosen, bench::sample_order());
    } else {
      play(chosen, bench::tick_of(chosen.what.octets));
    }
  } catch (const std::exception& failed) {
    std::cerr << "bench_libzmq_calls: " << chosen.endpoint << ": " << failed.what() << '\n';
    return 1;
  }
  return 0;
}
