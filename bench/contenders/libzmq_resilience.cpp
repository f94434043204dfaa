// SPDX-License-Identifier: MPL-2.0

// The same over libzmq as one would begin: a DEALER that is connected to all ROUTERs, which
// libzmq gives their calls in turn, and a deadline for each call.

#include <algorithm>
#include <cmath>
#include <cstring>
#include <deque>
#include <iostream>
#include <mutex>
#include <queue>
#include <sstream>
#include <unordered_map>
#include <vector>

#include <zmq.hpp>

#include "harness/arrivals.hpp"
#include "harness/control.hpp"
#include "harness/served_calls.hpp"
#include "harness/settings.hpp"

namespace {

using bench::clock;
using bench::job;

/// Whether something can be read, at `until` at the latest.
bool wait_for(zmq::socket_t& socket, clock::time_point until) {
  const std::chrono::duration<double, std::milli> left = until - clock::now();
  const auto limit = std::clamp(std::ceil(left.count()), 0.0, 10.0);
  zmq::pollitem_t item{socket.handle(), 0, ZMQ_POLLIN, 0};
  return zmq::poll(&item, 1, std::chrono::milliseconds{static_cast<int>(limit)}) > 0;
}

bool receive(zmq::socket_t& socket, zmq::message_t& into) {
  return socket.recv(into, zmq::recv_flags::dontwait).has_value();
}

job job_in(const zmq::message_t& frame) {
  job read;
  std::memcpy(&read, frame.data(), std::min(frame.size(), sizeof read));
  return read;
}

/// Lines that a thread reads and the loop takes.
class told_lines {
 public:
  told_lines() {
    bench::read_lines([this](std::string line) {
      const std::lock_guard lock{mutex_};
      lines_.push_back(std::move(line));
    });
  }
  std::vector<std::string> take() {
    const std::lock_guard lock{mutex_};
    return std::exchange(lines_, {});
  }

 private:
  std::mutex mutex_;
  std::vector<std::string> lines_;
};

/// Waits for timers instead of working, with so many calls at a time; the others queue up.
class server {
 public:
  explicit server(const bench::settings& chosen) : workers_{chosen.workers} {
    router_.bind(chosen.endpoint);
    bench::say_ready(router_.get(zmq::sockopt::last_endpoint));
  }

  [[noreturn]] void run() {
    told_lines lines;
    for (;;) {
      for (const auto& line : lines.take()) {
        calls_.told(line);
      }
      if (wait_for(router_, working_.empty() ? clock::time_point::max() : working_.top().due)) {
        take_calls();
      }
      finish();
    }
  }

 private:
  struct task {
    std::string caller;
    job call;
    clock::time_point due;
    bool operator<(const task& other) const { return due > other.due; }
  };

  void take_calls() {
    zmq::message_t caller;
    zmq::message_t frame;
    while (receive(router_, caller) && receive(router_, frame)) {
      calls_.came();
      waiting_.push_back({caller.to_string(), job_in(frame), {}});
    }
    begin();
  }
  void begin() {
    while (!waiting_.empty() && (workers_ == 0 || working_.size() < workers_)) {
      auto next = std::move(waiting_.front());
      waiting_.pop_front();
      const auto treated = calls_.treat(next.call);
      if (treated.how == bench::treatment::end::never) {
        continue;
      }
      next.call.failed = treated.how == bench::treatment::end::fails;
      next.due = clock::now() + treated.takes;
      working_.push(std::move(next));
    }
  }
  void finish() {
    while (!working_.empty() && working_.top().due <= clock::now()) {
      const auto done = working_.top();
      working_.pop();
      calls_.worked(done.due);
      router_.send(zmq::buffer(done.caller), zmq::send_flags::sndmore);
      router_.send(zmq::buffer(&done.call, sizeof done.call), zmq::send_flags::none);
    }
    begin();
  }

  zmq::context_t context_;
  zmq::socket_t router_{context_, zmq::socket_type::router};
  bench::served_calls calls_;
  std::size_t workers_;
  std::deque<task> waiting_;
  std::priority_queue<task> working_;
};

class caller {
 public:
  explicit caller(const bench::settings& chosen) : attempts_{chosen.attempts} {
    dealer_.set(zmq::sockopt::linger, 0);
    std::istringstream endpoints{chosen.endpoint};
    for (std::string one; std::getline(endpoints, one, ',');) {
      dealer_.connect(one);
    }
  }

  void run(const bench::load_request& request) {
    bench::arrivals calls{request};
    std::uint64_t repeated = 0;
    while (!calls.over()) {
      while (const auto call = calls.next(clock::now())) {
        flying_[call->number] = attempts_;
        deadlines_.emplace_back(call->due + request.deadline, call->number);
        send({call->number, call->is_long});
      }
      const auto until = deadlines_.empty() ? clock::time_point::max() : deadlines_.front().first;
      if (wait_for(dealer_, std::min(calls.next_due(), until))) {
        repeated += take_answers(calls);
      }
      expire(calls);
    }
    calls.report(repeated, 0);
  }

 private:
  void send(const job& call) {
    --flying_[call.number];
    static_cast<void>(dealer_.send(zmq::buffer(&call, sizeof call), zmq::send_flags::dontwait));
  }
  /// How many calls it repeated.
  std::uint64_t take_answers(bench::arrivals& calls) {
    std::uint64_t repeated = 0;
    for (zmq::message_t frame; receive(dealer_, frame);) {
      const auto answer = job_in(frame);
      const auto found = flying_.find(answer.number);
      if (found == flying_.end()) {
        continue;
      }
      if (answer.failed && found->second > 0) {
        ++repeated;
        send({answer.number, answer.is_long});
      } else {
        flying_.erase(found);
        calls.ended(answer.number, !answer.failed);
      }
    }
    return repeated;
  }
  void expire(bench::arrivals& calls) {
    for (; !deadlines_.empty() && deadlines_.front().first <= clock::now();
         deadlines_.pop_front()) {
      if (flying_.erase(deadlines_.front().second) > 0) {
        calls.ended(deadlines_.front().second, false);
      }
    }
  }

  zmq::context_t context_;
  zmq::socket_t dealer_{context_, zmq::socket_type::dealer};
  std::size_t attempts_;
  std::unordered_map<std::size_t, std::size_t> flying_;  ///< attempts that are left, by number
  std::deque<std::pair<clock::time_point, std::size_t>> deadlines_;
};

void call(const bench::settings& chosen) {
  caller client{chosen};
  bench::say_ready();
  for (std::string line; std::getline(std::cin, line);) {
    if (const auto request = bench::load_of(line)) {
      client.run(*request);
    }
  }
}

}  // namespace

int main(int argc, char** argv) {
  const auto chosen = bench::settings_from(argc, argv);
  try {
    if (chosen.role == "serve") {
      server{chosen}.run();
    }
    call(chosen);
  } catch (const std::exception& failed) {
    std::cerr << "bench_libzmq_resilience: " << chosen.endpoint << ": " << failed.what() << '\n';
    return 1;
  }
  return 0;
}
