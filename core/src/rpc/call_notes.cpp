// SPDX-License-Identifier: MPL-2.0
#include "rpc/call_notes.hpp"

#include <algorithm>
#include <array>
#include <cstdio>

namespace kith::rpc {
namespace {

constexpr std::size_t candidates_in_a_line = 8;

std::int64_t us(duration d) noexcept {
  return std::chrono::duration_cast<std::chrono::microseconds>(d).count();
}

std::string ms_text(double microseconds) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.1f ms", microseconds / 1000);
  return text.data();
}

std::string text_of(const candidate_info& one) {
  auto text = one.instance + " " + one.standing;
  text += one.cost_us > 0
              ? ", score " + ms_text(one.score_us) + ", a call costs " + ms_text(one.cost_us)
              : ", nothing is known";
  text += ", " + std::to_string(one.outstanding) + " outstanding";
  return one.breaker.empty() ? text : text + ", breaker " + one.breaker;
}

std::string text_of(const attempt_info& one) {
  auto text = one.instance + " (" + one.reason + ") " + one.end + " after " +
              ms_text(static_cast<double>(one.took_us));
  if (one.queue_us && one.handler_us && one.wire_us) {
    text += " (queue " + ms_text(static_cast<double>(*one.queue_us)) + ", handler " +
            ms_text(static_cast<double>(*one.handler_us)) + ", wire " +
            ms_text(static_cast<double>(*one.wire_us)) + ")";
  }
  return text;
}

}  // namespace

call_notes::call_notes(std::string_view service, std::string_view method, time_point began)
    : began_{began} {
  record_.service = service;
  record_.method = method;
}

call_notes::number call_notes::begin(const beginning& of, std::vector<candidate_info> candidates) {
  auto& one = record_.attempts.emplace_back();
  one.id = of.peer.to_string();
  one.instance = of.instance;
  one.reason = of.reason;
  one.started_us = us(of.at - began_);
  one.candidates = std::move(candidates);
  return static_cast<number>(record_.attempts.size());
}

void call_notes::tell_times(number which, const wire::reply_times& times) {
  at(which).queue_us = static_cast<std::int64_t>(times.queue_us);
  at(which).handler_us = static_cast<std::int64_t>(times.handler_us);
}

void call_notes::close(number which, time_point now) {
  auto& one = at(which);
  one.took_us = us(now - began_) - one.started_us;
  if (one.queue_us) {
    one.wire_us = std::max<std::int64_t>(0, one.took_us - *one.queue_us - *one.handler_us);
  }
}

void call_notes::end(number which, const error* why, time_point now) {
  close(which, now);
  at(which).end = why == nullptr ? "reply" : name_of(why->what());
  at(which).message = why == nullptr ? "" : why->message;
}

void call_notes::give_up(number which, time_point now) {
  close(which, now);
  at(which).end = "given_up";
}

call_record call_notes::take(const error* why, time_point now,
                             std::vector<candidate_info> candidates) {
  record_.took_us = us(now - began_);
  record_.end = "reply";
  if (why != nullptr) {
    record_.end = name_of(why->what());
    record_.outcome = name_of(why->outcome);
    record_.message = why->message;
    record_.candidates = std::move(candidates);
  }
  return std::move(record_);
}

std::string line_of(const call_record& failed) {
  auto line = failed.service + ": " + failed.method + " failed after " +
              ms_text(static_cast<double>(failed.took_us)) + ": " + failed.end + " (" +
              failed.outcome + "): " + failed.message;
  line += failed.attempts.empty() ? "; no attempt was made" : "; attempts:";
  for (const auto& one : failed.attempts) {
    line += (&one == failed.attempts.data() ? " " : "; ") + text_of(one);
  }
  line += failed.candidates.empty() ? "; no candidates" : "; candidates:";
  for (std::size_t i = 0; i < failed.candidates.size() && i < candidates_in_a_line; ++i) {
    line += (i == 0 ? " " : "; ") + text_of(failed.candidates[i]);
  }
  if (failed.candidates.size() > candidates_in_a_line) {
    line += "; and " + std::to_string(failed.candidates.size() - candidates_in_a_line) + " more";
  }
  return line;
}

}  // namespace kith::rpc
