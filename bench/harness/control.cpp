// SPDX-License-Identifier: MPL-2.0
#include "harness/control.hpp"

#include <cstdlib>
#include <iostream>
#include <sstream>
#include <thread>
#include <utility>

namespace bench {

void say_ready(const std::string& endpoint) {
  std::cout << "ready " << endpoint << std::endl;
}

std::optional<run_request> next_request() {
  std::string line;
  while (std::getline(std::cin, line)) {
    std::istringstream words{line};
    std::string verb;
    double warm_up = 0;
    double span = 0;
    if (words >> verb >> warm_up >> span && verb == "run") {
      return run_request{seconds{warm_up}, seconds{span}};
    }
    std::cerr << "not understood: " << line << '\n';
  }
  return std::nullopt;
}

void report(const measurement& result) {
  std::cout << "{\"operations\": " << result.operations << ", \"seconds\": " << result.span.count()
            << ", \"all_operations\": " << result.all_operations
            << ", \"p50_us\": " << result.p50_us << ", \"p99_us\": " << result.p99_us
            << ", \"wrong\": " << result.wrong << '}' << std::endl;
}

void end_with_input() {
  std::thread{[] {
    while (next_request()) {
    }
    std::_Exit(0);
  }}.detach();
}

void read_requests(std::function<void(run_request)> on_request, std::function<void()> on_end) {
  std::thread{[ask = std::move(on_request), end = std::move(on_end)] {
    while (const auto request = next_request()) {
      ask(*request);
    }
    end();
  }}.detach();
}

void read_lines(std::function<void(std::string)> on_line) {
  std::thread{[tell = std::move(on_line)] {
    for (std::string line; std::getline(std::cin, line);) {
      tell(line);
    }
    std::_Exit(0);
  }}.detach();
}

std::string list_of(const std::vector<std::int64_t>& numbers) {
  std::string text = "[";
  for (const auto number : numbers) {
    text += (text.size() > 1 ? ", " : "") + std::to_string(number);
  }
  return text + "]";
}

std::int64_t microseconds_of(std::chrono::steady_clock::time_point at) {
  return std::chrono::duration_cast<std::chrono::microseconds>(at.time_since_epoch()).count();
}

}  // namespace bench
