// SPDX-License-Identifier: MPL-2.0
#include "node/spdlog_sink.hpp"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>
#include <kith/errors.hpp>
#include <kith/identity.hpp>
#include <nlohmann/json.hpp>

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

class spdlog_sink final : public log_sink {
 public:
  spdlog_sink(const std::string& who, log_level level, bool json)
      : logger_{who, std::make_shared<spdlog::sinks::stderr_sink_mt>()}, json_{json} {
    spdlog_sink::set_level(level);
    // spdlog stamps the line: seconds and milliseconds side by side are milliseconds.
    logger_.set_pattern(json ? R"({"time_ms":%E%e,%v)" : "%Y-%m-%d %H:%M:%S.%e %-7l %n %v");
    logger_.flush_on(spdlog::level::info);
  }

  void write(log_level level, std::string_view part, std::string_view line) override {
    const auto severity = level_of(level);
    if (!logger_.should_log(severity)) {
      return;
    }
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

  void set_level(log_level least) override {
    level_ = least;
    logger_.set_level(level_of(least));
  }
  [[nodiscard]] log_level level() const override { return level_; }

 private:
  spdlog::logger logger_;
  log_level level_ = log_level::info;
  bool json_;
};

}  // namespace

std::unique_ptr<log_sink> make_spdlog_sink(const std::string& who, const std::string& level,
                                           bool json) {
  return std::make_unique<spdlog_sink>(who, log_level_of(level).value_or(log_level::info), json);
}

}  // namespace kith
