// SPDX-License-Identifier: MPL-2.0

// Calls over NATS: request and reply through a nats-server, the same MessagePack. One after the
// other with natsConnection_Request; many at once with an inbox of one's own and libnats'
// callbacks.

#include <condition_variable>
#include <iostream>
#include <memory>
#include <mutex>

#include "contenders/nats_parts.hpp"
#include "harness/control.hpp"
#include "harness/meters.hpp"
#include "harness/msgpack_codec.hpp"
#include "harness/payloads.hpp"
#include "harness/settings.hpp"

namespace {

using bench::nats::check;
using bench::nats::octets_of;

constexpr const char* subject = "bench.call";
constexpr std::int64_t patience_ms = 5000;

/// Reads and writes values; of one thread.
template <class Value>
class codec {
 public:
  const msgpack::sbuffer& encoded(const Value& value) {
    out_.clear();
    msgpack::pack(out_, value);
    return out_;
  }
  const Value& decoded(std::string_view octets) {
    in_.begin(octets);
    in_.value(value_);
    return value_;
  }

 private:
  msgpack::sbuffer out_;
  msgpack::zone zone_;
  bench::packed_reader in_{zone_};
  Value value_;
};

template <class Value>
void answer(natsConnection* connection, natsSubscription* /*of*/, natsMsg* request, void* closure) {
  auto& work = *static_cast<codec<Value>*>(closure);
  const auto& reply = work.encoded(work.decoded(octets_of(request)));
  check(natsConnection_Publish(connection, natsMsg_GetReply(request), reply.data(),
                               static_cast<int>(reply.size())),
        "answering");
  natsMsg_Destroy(request);
}

template <class Value>
int serve(const bench::settings& chosen) {
  const bench::nats::connection to{chosen.endpoint, chosen.window == 1};
  codec<Value> work;
  natsSubscription* calls = nullptr;
  check(natsConnection_Subscribe(&calls, to.get(), subject, &answer<Value>, &work), "subscribing");
  check(natsConnection_Flush(to.get()), "subscribing");
  bench::say_ready(chosen.endpoint);
  while (bench::next_request()) {
  }
  natsSubscription_Destroy(calls);
  return 0;
}

template <class Value>
class caller {
 public:
  caller(const bench::settings& chosen, Value value)
      : to_{chosen.endpoint, chosen.window == 1}, value_{std::move(value)}, window_{chosen.window} {
    check(natsInbox_Create(&inbox_), "making an inbox");
    check(natsConnection_Subscribe(&replies_, to_.get(), inbox_, &on_reply, this), "subscribing");
    check(natsSubscription_SetPendingLimits(replies_, -1, -1), "lifting the limits");
  }
  caller(const caller&) = delete;
  caller& operator=(const caller&) = delete;
  ~caller() {
    natsSubscription_Destroy(replies_);
    natsInbox_Destroy(inbox_);
  }

  bench::measurement one_by_one(const bench::run_request& request) {
    bench::latency_meter meter{request};
    std::uint64_t wrong = 0;
    do {
      natsMsg* reply = nullptr;
      const auto& octets = work_.encoded(value_);
      const auto status = natsConnection_Request(&reply, to_.get(), subject, octets.data(),
                                                 static_cast<int>(octets.size()), patience_ms);
      wrong += status == NATS_OK && work_.decoded(octets_of(reply)) == value_ ? 0 : 1;
      natsMsg_Destroy(reply);
    } while (meter.lap());
    return meter.result(wrong);
  }

  bench::measurement in_flight(const bench::run_request& request) {
    std::unique_lock lock{guard_};
    meter_ = std::make_unique<bench::rate_meter>(request);
    wrong_ = 0;
    flying_ = window_;
    for (std::size_t i = 0; i < window_; ++i) {
      send();
    }
    landed_.wait(lock, [this] { return flying_ == 0; });
    return meter_->result(wrong_);
  }

 private:
  void send() {
    const auto& octets = work_.encoded(value_);
    check(natsConnection_PublishRequest(to_.get(), subject, inbox_, octets.data(),
                                        static_cast<int>(octets.size())),
          "calling");
  }

  static void on_reply(natsConnection* /*from*/, natsSubscription* /*of*/, natsMsg* reply,
                       void* closure) {
    auto& self = *static_cast<caller*>(closure);
    const std::lock_guard lock{self.guard_};
    self.wrong_ += self.work_.decoded(octets_of(reply)) == self.value_ ? 0 : 1;
    natsMsg_Destroy(reply);
    if (self.meter_->add(1)) {
      self.send();
    } else if (--self.flying_ == 0) {
      self.landed_.notify_one();
    }
  }

  bench::nats::connection to_;
  natsInbox* inbox_ = nullptr;
  natsSubscription* replies_ = nullptr;
  Value value_;
  std::size_t window_;
  std::mutex guard_;
  std::condition_variable landed_;
  codec<Value> work_;
  std::unique_ptr<bench::rate_meter> meter_;
  std::size_t flying_ = 0;
  std::uint64_t wrong_ = 0;
};

template <class Value>
int play(const bench::settings& chosen, Value value) {
  if (chosen.role == "serve") {
    return serve<Value>(chosen);
  }
  caller<Value> client{chosen, std::move(value)};
  bench::say_ready();
  while (const auto request = bench::next_request()) {
    bench::report(chosen.window == 1 ? client.one_by_one(*request) : client.in_flight(*request));
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const auto chosen = bench::settings_from(argc, argv);
  try {
    return chosen.what.is_order ? play(chosen, bench::sample_order())
                                : play(chosen, bench::tick_of(chosen.what.octets));
  } catch (const std::exception& failed) {
    std::cerr << "bench_nats_calls: " << chosen.endpoint << ": " << failed.what() << '\n';
    return 1;
  }
}
