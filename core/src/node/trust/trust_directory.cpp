// SPDX-License-Identifier: MPL-2.0
#include "node/trust/trust_directory.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <utility>

#include "node/replaced_file.hpp"
#include "node/secret_file.hpp"
#include "security/armour.hpp"

namespace kith {
namespace {

constexpr std::size_t most_files = 8192;

std::string_view label_for(std::string_view file) {
  return file == security::root_file             ? security::root_label
         : file == security::revocation_file     ? security::revocation_label
         : file.ends_with(security::keys_ending) ? security::service_keys_label
                                                 : security::certificate_label;
}

std::vector<std::string> files_with(const std::string& directory, std::string_view ending) {
  std::vector<std::string> names;
  std::error_code none;
  for (const auto& entry : std::filesystem::directory_iterator{directory, none}) {
    auto name = entry.path().filename().string();
    if (name.ends_with(ending) && names.size() < most_files) {
      names.push_back(std::move(name));
    }
  }
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace

trust_directory::trust_directory(std::string path, std::string whose)
    : path_{std::move(path)}, whose_{std::move(whose)} {}

/// The name of the file of own keys.
result<std::string> trust_directory::keys_file() const {
  if (!whose_.empty()) {
    return whose_ + std::string{security::keys_ending};
  }
  auto there = files_with(path_, security::keys_ending);
  if (there.size() == 1) {
    return std::move(there.front());
  }
  return fail(errc::bad_config, there.empty()
                                    ? path_ +
                                          " has no keys: kith trust request NAME makes some, for "
                                          "whoever runs this"
                                    : path_ +
                                          " has the keys of several: --trust-as NAME (of the kith "
                                          "command: --as) says whose to use");
}

result<trust_reading> trust_directory::read() {
  if (const auto flaw = flaw_in_directory(path_); !flaw.empty()) {
    return fail(errc::bad_config, path_ + ": " + flaw);
  }
  const auto keys = keys_file();
  if (!keys) {
    return tl::make_unexpected(keys.error());
  }
  trust_reading now;
  for (auto& [file, known] : known_) {
    known.seen = false;
  }
  look_at(std::string{security::root_file}, now);
  look_at(*keys, now);
  for (const auto& file : files_with(path_, security::certificate_ending)) {
    look_at(file, now);
  }
  look_at(std::string{security::revocation_file}, now);
  std::erase_if(known_, [](const auto& row) { return !row.second.seen; });
  for (const auto& [file, known] : known_) {
    if (!known.flaw.empty()) {
      now.flaws.push_back(path_ + "/" + file + ": " + known.flaw);
    }
  }
  return now;
}

void trust_directory::look_at(const std::string& file, trust_reading& into) {
  struct stat found {};
  if (::stat((path_ + "/" + file).c_str(), &found) != 0) {
    return;  // its absence is told by whoever needs it
  }
  const stamp at{found.st_ino,
                 std::int64_t{found.st_mtim.tv_sec} * 1'000'000'000 + found.st_mtim.tv_nsec +
                     std::int64_t{found.st_ctim.tv_sec} * 1'000'000'000 + found.st_ctim.tv_nsec,
                 found.st_size};
  auto& known = known_[file];
  known.seen = true;
  if (known.at == at) {
    return;
  }
  known.at = at;
  known.flaw = open(file, into);
}

/// What is wrong with it; empty when it was taken.
std::string trust_directory::open(const std::string& file, trust_reading& into) const {
  const auto path = path_ + "/" + file;
  const auto label = label_for(file);
  const bool is_secret = label == security::service_keys_label;
  const auto text = read_guarded_file(path, is_secret ? file_guard::secret : file_guard::open);
  if (!text) {
    return text.error().message;
  }
  const auto read = security::from_armour(text->view());
  if (!read) {
    return read.error().message;
  }
  if (read->label != label) {
    return "a " + std::string{label} + " is wanted, and this is a " + std::string{read->label};
  }
  if (is_secret) {
    auto keys = security::decode_service_keys(read->octets.view());
    if (!keys) {
      return keys.error().message;
    }
    if (!whose_.empty() && keys->service() != whose_) {
      return "these are the keys of " + keys->service() + ", not of " + whose_ +
             ": kith trust request " + whose_ + " makes those";
    }
    into.keys.push_back(std::move(*keys));
  } else if (label == security::root_label) {
    auto root = security::decode_trust_root(read->octets.view());
    if (!root) {
      return root.error().message;
    }
    into.root = std::move(*root);
  } else {
    (label == security::revocation_label ? into.revocations : into.certificates)
        .push_back({path, bytes{read->octets.view()}});
  }
  return {};
}

bool trust_directory::stays(const std::function<bool(byte_view)>& is_older) const {
  const auto path = path_ + "/" + std::string{security::revocation_file};
  struct stat found {};
  if (::lstat(path.c_str(), &found) != 0) {
    return false;
  }
  const auto text = read_guarded_file(path, file_guard::open);
  const auto read = text ? std::optional{security::from_armour(text->view())} : std::nullopt;
  // What cannot be read may be a list that is being copied at this moment.
  return !read || !*read || (*read)->label != security::revocation_label ||
         !is_older((*read)->octets.view());
}

result<bool> trust_directory::keep_revocations(byte_view octets,
                                               const std::function<bool(byte_view)>& is_older) {
  const directory_claim claim{path_};  // kith trust revoke and other nodes' do the same
  if (!claim.held()) {
    return false;
  }
  if (stays(is_older)) {
    return true;
  }
  const auto text = security::to_armour(security::revocation_label, octets);
  return write_at_once(path_ + "/" + std::string{security::revocation_file}, text.view(),
                       file_right::open, file_write::replace)
      .map([] { return true; });
}

}  // namespace kith
