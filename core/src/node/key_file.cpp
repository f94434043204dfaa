// SPDX-License-Identifier: MPL-2.0
#include "node/key_file.hpp"

#include "node/secret_file.hpp"

namespace kith {
namespace {

tl::unexpected<error> bad_keys(const std::string& what) {
  return fail(errc::bad_config, "keys: " + what, outcome::not_sent, "keys");
}

}  // namespace

result<std::shared_ptr<const security::keyring>> read_key_file(const std::string& path) {
  const auto text = read_guarded_file(path, file_guard::secret);
  if (!text) {
    return bad_keys(path + ": " + text.error().message);
  }
  auto ring = security::keyring::parse(text->view(), path);
  if (!ring) {
    return bad_keys(ring.error().message);
  }
  return std::make_shared<const security::keyring>(std::move(*ring));
}

}  // namespace kith
