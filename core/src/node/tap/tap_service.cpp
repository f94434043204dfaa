// SPDX-License-Identifier: MPL-2.0
#include "node/tap/tap_service.hpp"

#include <algorithm>
#include <chrono>
#include <memory>
#include <utility>

#include <kith/stream.hpp>

#include "base/scope_exit.hpp"
#include "node/tap/tap_pace.hpp"

namespace kith {
namespace {

using namespace std::chrono_literals;

constexpr duration calendar_pause = 1s;
constexpr duration no_room = 1s;  ///< so long: it took nothing when its tap ended
constexpr std::string_view right_to_bodies = "kith.tap_bodies";

std::vector<std::string> words_in(std::string_view list) {
  std::vector<std::string> words;
  while (!list.empty()) {
    const auto size = std::min(list.find(','), list.size());
    auto word = list.substr(0, size);
    list.remove_prefix(std::min(size + 1, list.size()));
    word.remove_prefix(std::min(word.find_first_not_of(' '), word.size()));
    word = word.substr(0, word.find_last_not_of(' ') + 1);
    if (!word.empty()) {
      words.emplace_back(word);
    }
  }
  return words;
}

}  // namespace

/// A place among the taps; while somebody has one the recorder keeps more of each packet, and
/// nothing of what the tap is given.
class tap_service::seat {
 public:
  seat(tap_service& of, tap_items::place stream, bool follows, bool shows_events)
      : of_{of}, stream_{stream}, follows_{follows}, shows_events_{follows && shows_events} {
    of_.items_.add(stream_);
    ++of_.taps_;
    of_.following_ += follows_ ? 1 : 0;
    of_.event_taps_ += shows_events_ ? 1 : 0;
    of_.set_cuts();
  }
  seat(const seat&) = delete;
  seat& operator=(const seat&) = delete;
  ~seat() {
    of_.items_.remove(stream_);
    --of_.taps_;
    of_.following_ -= follows_ ? 1 : 0;
    of_.event_taps_ -= shows_events_ ? 1 : 0;
    of_.set_cuts();
  }

 private:
  tap_service& of_;
  tap_items::place stream_;
  bool follows_;
  bool shows_events_;
};

void tap_service::set_cuts() noexcept {
  using ledger::flight_recorder;
  recorder_.cut_at(following_ > 0 ? flight_recorder::largest_cut : flight_recorder::usual_cut,
                   event_taps_ > 0 ? flight_recorder::largest_cut : flight_recorder::usual_cut);
}

void tap_service::start() {
  if (recorder_.is_on()) {
    days_.set(loop_.clock(), loop_.wall_now());
    items_.forget_ended();
    timer_ = loop_.after(calendar_pause, [this] { start(); });
  }
}

std::optional<error> tap_service::objection_to(bool is_private) const {
  if (settings_.tap == "off") {
    return error{errc::permission_denied, "this node shows nothing: its setting tap is off"};
  }
  if (!is_private) {
    return error{errc::permission_denied,
                 "this node can be reached from other machines, and has no certificates to tell "
                 "who may look: give it --trust"};
  }
  if (!recorder_.is_on()) {
    return error{errc::failed_precondition,
                 "this node records nothing: its setting recorder_bytes is 0"};
  }
  if (taps_ >= most) {
    return error{errc::overloaded, "this node has " + std::to_string(taps_) + " taps already"};
  }
  return std::nullopt;
}

tap_discretion tap_service::discretion_for(const call_context& call) const {
  return {settings_.tap == "bodies" && call.may_call(right_to_bodies), words_in(settings_.redact)};
}

operation<void> tap_service::pause(duration span) const {
  return operation<void>{
      [&loop = loop_, span](operation<void>::completion done) -> unique_function<void()> {
        auto shared = std::make_shared<operation<void>::completion>(std::move(done));
        const auto timer = loop.after(span, [shared] { (*shared)({}); });
        return [&loop, timer, shared] {
          if (loop.cancel(timer)) {
            (*shared)(fail(errc::cancelled, "the tap was cancelled"));
          }
        };
      }};
}

/// Waits until the reader has room for it, but not for ever.
task<void> tap_service::give(operation<void> writing, detail::outgoing_stream& to) {
  const auto since = loop_.now();
  bool late = false;
  const auto timer = loop_.after(patience, [&late, &to] {
    late = true;
    to.stop_waiting();
  });
  const scope_exit in_time{[this, timer] { loop_.cancel(timer); }};
  try {
    co_await writing;
  } catch (const failure&) {
    // Who stands still for long is lost before that, with his link.
    given_up_ += late || loop_.now() - since >= no_room ? 1 : 0;
    if (!late) {
      throw;
    }
    throw failure{error{errc::overloaded,
                        "this tap was given up: its reader had no room for what "
                        "passes for 10 s"}};
  }
}

task<std::string> tap_service::run(tap_request wanted, detail::outgoing_stream& to,
                                   const call_context& call, bool is_private) {
  if (auto objection = objection_to(is_private)) {
    throw failure{std::move(*objection)};
  }
  tap_reader::options how;
  how.bounds = bounds_;
  how.batch_octets = std::min(how.batch_octets, bounds_.message_bytes / 4);
  const bool follow = wanted.follow;
  wanted.body_octets =
      static_cast<std::uint32_t>(std::min<std::size_t>(wanted.body_octets, how.batch_octets));
  tap_reader reader{recorder_, node_, std::move(wanted), discretion_for(call), how, days_};
  const seat taken{*this, to.where(), follow, reader.shows_events()};
  stream_writer<tap_batch> out{to};
  tap_pace pace;
  for (;;) {
    const auto began = loop_.clock();
    auto batch = reader.read();
    missed_ += batch.missed;
    const bool is_last = !reader.is_behind() && !follow;
    std::optional<operation<void>> writing;
    if (pace.is_due(batch, began, is_last)) {
      writing.emplace(out.write(batch));
    }
    // What had passed is no more than the ring: it is not worth a wait.
    const auto took = reader.reads_past() ? duration{} : loop_.clock() - began;
    if (writing) {
      co_await give(std::move(*writing), to);
    }
    if (is_last) {
      co_return std::string{};
    }
    auto waiting = pause(tap_pace::until_next(took, reader.is_behind(), taps_));
    co_await waiting;
  }
}

}  // namespace kith
