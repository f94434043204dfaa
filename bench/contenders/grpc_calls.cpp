// SPDX-License-Identifier: MPL-2.0

// Calls over gRPC C++: unary, insecure, the callback interfaces of server and client; the blocking
// stub for one call after the other.

#include <chrono>
#include <condition_variable>
#include <iostream>
#include <memory>
#include <mutex>

#include <grpcpp/grpcpp.h>

#include "harness/control.hpp"
#include "harness/meters.hpp"
#include "harness/payloads.hpp"
#include "harness/settings.hpp"
#include "payloads.grpc.pb.h"

namespace {

namespace pb = bench::pb;

pb::Tick message_of(const bench::tick& value) {
  pb::Tick made;
  made.set_sequence(value.sequence);
  made.set_data(value.data.data(), value.data.size());
  return made;
}

pb::Order message_of(const bench::order& value) {
  pb::Order made;
  made.set_id(value.id);
  made.set_customer(value.customer);
  made.set_stock_code(value.stock_code);
  made.set_quantity(value.quantity);
  made.set_unit_price(value.unit_price);
  made.set_currency(value.currency);
  return made;
}

bool same(const pb::Tick& a, const pb::Tick& b) {
  return a.sequence() == b.sequence() && a.data() == b.data();
}

bool same(const pb::Order& a, const pb::Order& b) {
  return a.id() == b.id() && a.customer() == b.customer() && a.stock_code() == b.stock_code() &&
         a.quantity() == b.quantity() && a.unit_price() == b.unit_price() &&
         a.currency() == b.currency();
}

class echo final : public pb::Echo::CallbackService {
  grpc::ServerUnaryReactor* EchoTick(grpc::CallbackServerContext* call, const pb::Tick* request,
                                     pb::Tick* reply) override {
    return answer(call, *request, *reply);
  }
  grpc::ServerUnaryReactor* EchoOrder(grpc::CallbackServerContext* call, const pb::Order* request,
                                      pb::Order* reply) override {
    return answer(call, *request, *reply);
  }
  template <class Message>
  static grpc::ServerUnaryReactor* answer(grpc::CallbackServerContext* call, const Message& request,
                                          Message& reply) {
    reply = request;
    auto* const reactor = call->DefaultReactor();
    reactor->Finish(grpc::Status::OK);
    return reactor;
  }
};

int serve(const bench::settings& /*chosen*/) {
  echo service;
  int port = 0;
  grpc::ServerBuilder builder;
  builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
  builder.RegisterService(&service);
  const auto server = builder.BuildAndStart();
  if (!server) {
    std::cerr << "bench_grpc_calls: cannot listen on 127.0.0.1\n";
    return 1;
  }
  bench::say_ready("127.0.0.1:" + std::to_string(port));
  bench::end_with_input();
  server->Wait();
  return 0;
}

struct tick_method {
  using message = pb::Tick;
  static grpc::Status now(pb::Echo::Stub& stub, grpc::ClientContext& call, const message& request,
                          message& reply) {
    return stub.EchoTick(&call, request, &reply);
  }
  template <class Then>
  static void start(pb::Echo::Stub& stub, grpc::ClientContext& call, const message& request,
                    message& reply, Then then) {
    stub.async()->EchoTick(&call, &request, &reply, std::move(then));
  }
};

struct order_method {
  using message = pb::Order;
  static grpc::Status now(pb::Echo::Stub& stub, grpc::ClientContext& call, const message& request,
                          message& reply) {
    return stub.EchoOrder(&call, request, &reply);
  }
  template <class Then>
  static void start(pb::Echo::Stub& stub, grpc::ClientContext& call, const message& request,
                    message& reply, Then then) {
    stub.async()->EchoOrder(&call, &request, &reply, std::move(then));
  }
};

template <class Method>
class caller {
 public:
  using message = typename Method::message;

  caller(const bench::settings& chosen, message value)
      : channel_{grpc::CreateChannel(chosen.endpoint, grpc::InsecureChannelCredentials())},
        stub_{pb::Echo::NewStub(channel_)},
        value_{std::move(value)},
        window_{chosen.window} {}

  bool meet() {
    return channel_->WaitForConnected(std::chrono::system_clock::now() + std::chrono::seconds{10});
  }

  bench::measurement one_by_one(const bench::run_request& request) {
    bench::latency_meter meter{request};
    std::uint64_t wrong = 0;
    do {
      grpc::ClientContext call;
      message reply;
      wrong += Method::now(*stub_, call, value_, reply).ok() && same(reply, value_) ? 0 : 1;
    } while (meter.lap());
    return meter.result(wrong);
  }

  /// gRPC's threads run the callbacks, and each starts the next call; this one waits.
  bench::measurement in_flight(const bench::run_request& request) {
    std::unique_lock lock{guard_};
    meter_ = std::make_unique<bench::rate_meter>(request);
    going_ = true;
    wrong_ = 0;
    flying_ = window_;
    lock.unlock();
    for (std::size_t i = 0; i < window_; ++i) {
      start();
    }
    lock.lock();
    landed_.wait(lock, [this] { return flying_ == 0; });
    return meter_->result(wrong_);
  }

 private:
  struct one_call {
    grpc::ClientContext call;
    message reply;
  };

  void start() {
    auto* const running = std::make_unique<one_call>().release();
    Method::start(*stub_, running->call, value_, running->reply,
                  [this, running](const grpc::Status& status) {
                    const std::unique_ptr<one_call> ended{running};
                    if (count(status.ok() && same(ended->reply, value_))) {
                      start();
                    }
                  });
  }

  bool count(bool right) {
    const std::lock_guard lock{guard_};
    wrong_ += right ? 0 : 1;
    going_ = meter_->add(1) && going_;
    if (!going_ && --flying_ == 0) {
      landed_.notify_one();
    }
    return going_;
  }

  std::shared_ptr<grpc::Channel> channel_;
  std::unique_ptr<pb::Echo::Stub> stub_;
  message value_;
  std::size_t window_;
  std::mutex guard_;
  std::condition_variable landed_;
  std::unique_ptr<bench::rate_meter> meter_;
  std::size_t flying_ = 0;
  std::uint64_t wrong_ = 0;
  bool going_ = false;
};

template <class Method>
int call(const bench::settings& chosen, typename Method::message value) {
  caller<Method> client{chosen, std::move(value)};
  if (!client.meet()) {
    std::cerr << "bench_grpc_calls: nobody answers at " << chosen.endpoint << '\n';
    return 1;
  }
  bench::say_ready();
  while (const auto request = bench::next_request()) {
    bench::report(chosen.window == 1 ? client.one_by_one(*request) : client.in_flight(*request));
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const auto chosen = bench::settings_from(argc, argv);
  if (chosen.role == "serve") {
    return serve(chosen);
  }
  if (chosen.what.is_order) {
    return call<order_method>(chosen, message_of(bench::sample_order()));
  }
  return call<tick_method>(chosen, message_of(bench::tick_of(chosen.what.octets)));
}
