// SPDX-License-Identifier: MPL-2.0
#pragma once

// kith trust: who signs, and what was signed. These commands run no node; each has its own file.

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "kith/base/exit_status.hpp"

namespace kith::tool {

struct trust_options {
  std::string directory;        ///< empty: KITH_TRUST, or the usual one
  std::string passphrase_file;  ///< empty: the terminal; "-": standard input
  bool json = false;

  std::string domain;              ///< init
  std::string service;             ///< request
  std::vector<std::string> files;  ///< sign, show, renew; revoke: or serials
  std::string out;                 ///< request, sign; empty: the usual place
  std::optional<std::uint32_t> days;
  std::vector<std::string> provides;
  std::vector<std::string> calls;
  std::vector<std::string> publishes;
  std::vector<std::string> subscribes;

  std::chrono::sys_seconds now;
};

exit_status trust_init(const trust_options& options);
exit_status trust_request(const trust_options& options);
exit_status trust_sign(const trust_options& options);
exit_status trust_renew(const trust_options& options);
exit_status trust_revoke(const trust_options& options);
exit_status trust_show(const trust_options& options);
exit_status trust_list(const trust_options& options);

}  // namespace kith::tool
