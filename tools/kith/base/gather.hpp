// SPDX-License-Identifier: MPL-2.0
#pragma once

// One question to many instances at once, and one question to a service, with its error in words.

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <kith/node.hpp>

#include "kith/base/session.hpp"

namespace kith::tool {

template <class Reply>
struct answer_of {
  member_info from;
  result<Reply> value;
};

/// The living instances that work on a database: who may have durable events.
[[nodiscard]] std::vector<member_info> instances_with_database(const node& on);

/// The error of a service that does not know the method, as `what` it lacks: "no inbox".
[[nodiscard]] error in_words(error why, const std::string& service, const std::string& what);

/// What each of them answers within `limit`.
template <class Request, class Reply>
task<std::vector<answer_of<Reply>>> ask_all(node& on, std::vector<member_info> whom,
                                            method<Request, Reply> which, Request request,
                                            duration limit) {
  auto heard = std::make_shared<std::vector<std::optional<result<Reply>>>>(whom.size());
  for (std::size_t i = 0; i < whom.size(); ++i) {
    on.service(whom[i].service)
        .call(which, request, {.deadline = limit, .instance = node_id::from_string(whom[i].id)},
              [heard, i](result<Reply> value) { (*heard)[i].emplace(std::move(value)); });
  }
  auto waiting = wait_until(
      on,
      [heard] {
        return std::all_of(heard->begin(), heard->end(), [](const auto& one) { return !!one; });
      },
      limit + std::chrono::seconds{1});
  co_await std::move(waiting);
  std::vector<answer_of<Reply>> answers;
  for (std::size_t i = 0; i < whom.size(); ++i) {
    answers.push_back({std::move(whom[i]), (*heard)[i]
                                               ? std::move(*(*heard)[i])
                                               : fail(errc::deadline_exceeded, "no answer in time",
                                                      outcome::outcome_unknown)});
  }
  co_return answers;
}

/// What any instance of the service answers within `limit`.
template <class Request, class Reply>
task<result<Reply>> ask(node& on, std::string service, method<Request, Reply> which,
                        Request request, duration limit) {
  auto asked = on.service(std::move(service)).try_call(which, request, {.deadline = limit});
  co_return co_await asked;
}

}  // namespace kith::tool
