// SPDX-License-Identifier: MPL-2.0
#include "node/spdlog_sink.hpp"

#include <spdlog/details/null_mutex.h>
#include <spdlog/sinks/base_sink.h>
#include <spdlog/spdlog.h>
#include <unistd.h>
#include <kith/errors.hpp>
#include <kith/identity.hpp>
#include <nlohmann/json.hpp>

#include "node/line_writer.hpp"

namespace kith {
namespace {

spdlog::level::level_enum level_of(log_level level) noexcept {
  switch (level) {
    case log_level::debug: return spdlog::level::debug;
    case log_level::info: return spdlog::level::info;
    case log_level::warning: return spdlog::level::warn;
    case log_level::error: return spdlog::level::err;
  }
  return spdlog::level::info;
}

/// One of one thread.
class stderr_lines final : public spdlog::sinks::base_sink<spdlog::details::null_mutex> {
 public:
  [[nodiscard]] const line_writer& out() const noexcept { return out_; }

 protected:
  void sink_it_(const spdlog::details::log_msg& message) override {
    spdlog::memory_buf_t text;
    formatter_->format(message, text);
    out_.write({text.data(), text.size()});
  }
  void flush_() override {}

 private:
  line_writer out_{STDERR_FILENO};
};

class spdlog_sink final : public log_sink {
 public:
  spdlog_sink(const std::string& who, log_level level, bool json)
      : lines_{std::make_shared<stderr_lines>()}, logger_{who, lines_}, json_{json} {
    spdlog_sink::set_level(level);
    // spdlog stamps the line: seconds and milliseconds side by side are milliseconds.
    logger_.set_pattern(json ? R"({"time_ms":%E%e,%v)" : "%Y-%m-%d %H:%M:%S.%e %-7l %n %v");
  }

  void write(log_level level, std::string_view part, std::string_view line) override {
    const auto severity = level_of(level);
    if (!logger_.should_log(severity)) {
      return;
    }
    const auto& out = lines_->out();
    if (out.dropped() > told_dropped_ && out.has_room()) {
      const auto missing = out.dropped() - std::exchange(told_dropped_, out.dropped());
      put(spdlog::level::warn, "node",
          std::to_string(missing) + " lines of the log are missing here: nobody took them");
    }
    put(severity, part, line);
  }

  void set_level(log_level least) override {
    level_ = least;
    logger_.set_level(level_of(least));
  }
  [[nodiscard]] log_level level() const override { return level_; }
  [[nodiscard]] line_counts counted() const override {
    return {lines_->out().written(), lines_->out().dropped()};
  }

 private:
  void put(spdlog::level::level_enum severity, std::string_view part, std::string_view line) {
    const auto& work = current_trace();
    if (json_) {
      nlohmann::json object{{"level", spdlog::level::to_string_view(severity).data()},
                            {"node", logger_.name()},
                            {"part", part},
                            {"message", line}};
      if (!work.is_nil()) {
        object["trace_id"] = work.trace_text();
        object["span_id"] = work.span_text();
      }
      const auto text = object.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
      logger_.log(severity, "{}", std::string_view{text}.substr(1));
    } else {
      logger_.log(severity, "{}: {}{}", part, printable(line),
                  work.is_nil() ? std::string{} : " [trace " + work.trace_text() + "]");
    }
  }

  std::shared_ptr<stderr_lines> lines_;
  spdlog::logger logger_;
  std::uint64_t told_dropped_ = 0;
  log_level level_ = log_level::info;
  bool json_;
};

}  // namespace

std::unique_ptr<log_sink> make_spdlog_sink(const std::string& who, const std::string& level,
                                           bool json) {
  return std::make_unique<spdlog_sink>(who, log_level_of(level).value_or(log_level::info), json);
}

}  // namespace kith
