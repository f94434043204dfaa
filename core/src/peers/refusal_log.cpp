// SPDX-License-Identifier: MPL-2.0
#include "peers/refusal_log.hpp"

#include <algorithm>

namespace kith::peers {

void refusal_log::say_refused(const std::string& whom_and_why) {
  constexpr duration window = std::chrono::seconds{10};
  if (loop_.now() - since_ >= window) {
    const auto unsaid = refusals_ - std::min(refusals_, told_);
    if (unsaid > 0) {
      log_.write(log_level::warning, "peers",
                 "refused " + std::to_string(unsaid) + " more; the books count all");
    }
    since_ = loop_.now();
    refusals_ = 0;
  }
  if (refusals_++ < told_) {
    log_.write(log_level::warning, "peers", "refused " + whom_and_why);
  }
}

void refusal_log::say_denied(const std::string& whom_and_why) {
  constexpr std::size_t most = 1024;  // those beyond are in the books
  if (denials_.size() < most && denials_.insert(whom_and_why).second) {
    say_refused(whom_and_why);
  }
}

}  // namespace kith::peers
