// SPDX-License-Identifier: MPL-2.0
#include "node/sim_environment.hpp"

#include <utility>

namespace kith::sim {
namespace {

constexpr std::size_t max_lines = 10'000;

class boxed_trust final : public trust_source {
 public:
  explicit boxed_trust(std::shared_ptr<trust_box> box) : box_{std::move(box)} {}

  result<trust_reading> read() override {
    trust_reading now;
    now.root = box_->root;
    for (const auto& [service, curve_secret, seed] : box_->keys) {
      now.keys.emplace_back(service, curve_secret, seed);
    }
    now.certificates = files("certificate ", box_->certificates);
    now.revocations = files("revocation list ", box_->revocations);
    return now;
  }
  result<bool> keep_revocations(byte_view octets,
                                const std::function<bool(byte_view)>& is_older) override {
    if (box_->full) {
      return fail(errc::io_error, "No space left on device");
    }
    if (box_->revocations.empty() || is_older(box_->revocations.back())) {
      box_->revocations = {bytes{octets}};
    }
    return true;
  }
  [[nodiscard]] std::string name() const override { return "box"; }

 private:
  static std::vector<trust_file> files(const std::string& kind, const std::vector<bytes>& all) {
    std::vector<trust_file> list;
    for (const auto& octets : all) {
      list.push_back({kind + std::to_string(list.size()), octets});
    }
    return list;
  }

  std::shared_ptr<trust_box> box_;
};

class simulated final : public detail::environment {
 public:
  simulated(sim::host& where, log_sink& log, std::shared_ptr<const security::keyring> keys,
            std::unique_ptr<runtime::pool> pool, std::shared_ptr<trust_box> trust)
      : host_{where},
        log_{log},
        keys_{std::move(keys)},
        trust_{std::move(trust)},
        pool_{pool != nullptr ? std::move(pool) : runtime::make_inline_pool(where.loop())} {}

  runtime::loop& loop() override { return host_.loop(); }
  transport::transport& network() override { return host_.transport(); }
  runtime::pool& pool() override { return *pool_; }
  log_sink& log() override { return log_; }
  const detail::notify_socket& notify() const override { return nobody_; }
  std::string host() const override { return "simulated/0"; }
  result<std::shared_ptr<const security::keyring>> keys(const config& /*settings*/) override {
    return keys_;
  }
  std::unique_ptr<trust_source> trust(const config& /*settings*/) override {
    return trust_ ? std::make_unique<boxed_trust>(trust_) : nullptr;
  }
  result<std::string> local_directory(const config& settings) override {
    return settings.ipc ? settings.ipc_dir : std::string{};
  }
  // The world is run from outside; a node on it cannot run by itself.
  void run_until(unique_function<bool()> /*done*/) override {}
  void on_signal(unique_function<void()> /*stop*/) override {}
  void enter(unique_function<void()> work) override { host_.enter(std::move(work)); }

 private:
  sim::host& host_;
  log_sink& log_;
  std::shared_ptr<const security::keyring> keys_;
  std::shared_ptr<trust_box> trust_;
  std::unique_ptr<runtime::pool> pool_;
  detail::notify_socket nobody_;
};

}  // namespace

void log_book::write(log_level level, std::string_view part, std::string_view line) {
  ++counts_[static_cast<std::size_t>(level)];
  if (lines_.size() >= max_lines) {
    lines_.erase(lines_.begin(), lines_.begin() + max_lines / 2);
  }
  const auto us =
      std::chrono::duration_cast<std::chrono::microseconds>(clock_.now().time_since_epoch());
  lines_.push_back(std::to_string(us.count()) + " " + std::string{part} + ": " + std::string{line});
}

std::unique_ptr<detail::environment> make_environment(host& where, log_sink& log,
                                                      std::shared_ptr<const security::keyring> keys,
                                                      std::unique_ptr<runtime::pool> pool,
                                                      std::shared_ptr<trust_box> trust) {
  return std::make_unique<simulated>(where, log, std::move(keys), std::move(pool),
                                     std::move(trust));
}

}  // namespace kith::sim
