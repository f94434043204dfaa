// SPDX-License-Identifier: MPL-2.0
#include "support/transport_rig.hpp"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>

#include "transport/sim/sim_world.hpp"
#include "transport/zmq/zmq_context.hpp"

namespace kith::test {
namespace {

constexpr std::uint64_t seed = 42;

class sim_rig final : public rig {
 public:
  explicit sim_rig(const transport::socket_limits& limits) : world_{seed, limits} {}

  party& join() override {
    auto& host = world_.add_node("node-" + std::to_string(parties_.size()));
    hosts_.push_back(&host);
    parties_.push_back(std::make_unique<party>());
    parties_.back()->wire = &host.transport();
    host.transport().set_receiver(&parties_.back()->heard);
    return *parties_.back();
  }
  void leave(party& who, std::chrono::milliseconds linger) override {
    who.wire->stop(linger);
    who.wire = nullptr;
  }
  void in_turn(party& who, unique_function<void()> work) override {
    for (std::size_t i = 0; i < parties_.size(); ++i) {
      if (parties_[i].get() == &who) {
        hosts_[i]->enter(std::move(work));
      }
    }
  }
  bool until(unique_function<bool()> done, std::chrono::milliseconds limit) override {
    return world_.run_until(std::move(done), limit);
  }
  std::string fresh_endpoint() override { return "tcp://127.0.0.1:*"; }
  std::string fresh_endpoint_elsewhere() override { return "ipc:///elsewhere"; }
  std::string dead_endpoint() override { return "tcp://127.0.0.1:1"; }

 private:
  std::vector<std::unique_ptr<party>> parties_;
  std::vector<sim::host*> hosts_;
  sim::world world_;
};

class zmq_rig final : public rig {
 public:
  zmq_rig(bool ipc, const transport::socket_limits& limits, const transport::socket_timing& timing)
      : limits_{limits}, timing_{timing}, ipc_{ipc} {
    std::string pattern = (std::filesystem::temp_directory_path() / "kith-rig-XXXXXX").string();
    directory_ = ::mkdtemp(pattern.data());
    context_ = *transport::make_zmq_context();
  }
  ~zmq_rig() override {
    transports_.clear();
    context_.reset();
    std::error_code ignored;
    std::filesystem::remove_all(directory_, ignored);
  }

  party& join() override {
    parties_.push_back(std::make_unique<party>());
    transports_.push_back(
        transport::make_zmq_transport(loop_, limits_, context_, nullptr, timing_));
    parties_.back()->wire = transports_.back().get();
    parties_.back()->wire->set_receiver(&parties_.back()->heard);
    return *parties_.back();
  }
  void leave(party& who, std::chrono::milliseconds linger) override {
    who.wire->stop(linger);
    std::erase_if(transports_, [&](const auto& t) { return t.get() == who.wire; });
    who.wire = nullptr;
  }
  void in_turn(party&, unique_function<void()> work) override { loop_.enter(std::move(work)); }
  bool until(unique_function<bool()> done, std::chrono::milliseconds limit) override {
    bool late = false;
    bool answer = false;
    runtime::timer_id timer{};
    loop_.enter([&] { timer = loop_.after(limit, [&late] { late = true; }); });
    look_again();
    loop_.run_until([&] {
      answer = done();
      return answer || late;
    });
    loop_.cancel(timer);
    loop_.cancel(tick_);
    return answer;
  }
  std::string fresh_endpoint() override { return fresh(ipc_); }
  std::string fresh_endpoint_elsewhere() override { return fresh(!ipc_); }
  std::string dead_endpoint() override {
    return ipc_ ? "ipc://" + directory_ + "/nobody" : "tcp://127.0.0.1:1";
  }

 private:
  std::string fresh(bool ipc) {
    return ipc ? "ipc://" + directory_ + "/" + std::to_string(++last_path_) : "tcp://127.0.0.1:*";
  }
  // What is waited for may happen outside the loop, at a raw socket.
  void look_again() {
    loop_.enter(
        [this] { tick_ = loop_.after(std::chrono::milliseconds{5}, [this] { look_again(); }); });
  }

  transport::socket_limits limits_;
  transport::socket_timing timing_;
  runtime::timer_id tick_{};
  bool ipc_;
  std::string directory_;
  int last_path_ = 0;
  runtime::asio_loop loop_{seed};
  std::shared_ptr<transport::zmq_context> context_;
  std::vector<std::unique_ptr<party>> parties_;
  std::vector<std::unique_ptr<transport::transport>> transports_;
};

}  // namespace

party& rig::serve() {
  return serve_at(fresh_endpoint());
}

party& rig::serve_at(const std::string& inbox) {
  party& made = join();
  const auto in = made.wire->bind_inbox(inbox, {});
  const auto out = made.wire->bind_outlet(fresh_endpoint(), {});
  EXPECT_TRUE(in) << in.error().message;
  EXPECT_TRUE(out) << out.error().message;
  made.inbox = in.value_or("");
  made.outlet = out.value_or("");
  return made;
}

link_id rig::connect(party& from, const party& to) {
  const auto link = from.wire->dial(to.inbox, {});
  EXPECT_TRUE(link) << link.error().message;
  EXPECT_TRUE(until([&] { return from.heard.saw(*link, link_event::connected); }));
  return *link;
}

link_id rig::follow(party& from, const party& to) {
  const auto link = from.wire->follow(to.outlet, {});
  EXPECT_TRUE(link) << link.error().message;
  EXPECT_TRUE(until([&] { return from.heard.saw(*link, link_event::connected); }));
  return *link;
}

std::unique_ptr<rig> make_rig(const std::string& kind, const transport::socket_limits& limits,
                              const transport::socket_timing& timing) {
  if (kind == "sim") {
    return std::make_unique<sim_rig>(limits);
  }
  return std::make_unique<zmq_rig>(kind == "ipc", limits, timing);
}

}  // namespace kith::test
