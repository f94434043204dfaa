// SPDX-License-Identifier: MPL-2.0
// Any octets as a file of `kith record`: it is read or refused with a reason, and what was read can
// be shown, joined into calls and a tree, differs in nothing from itself, and reads the same when
// it was written again.

#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "kith/tap/recorded_calls.hpp"
#include "kith/tap/recording.hpp"
#include "kith/tap/recording_diff.hpp"
#include "kith/tap/tap_text.hpp"
#include "kith/tap/trace_tree.hpp"

namespace {

using namespace kith;
using namespace kith::tool;

void require(bool holds) {
  if (!holds) {
    std::abort();
  }
}

/// A file that is nowhere but in memory.
class memory_file {
 public:
  memory_file() : fd_{::memfd_create("recording", MFD_CLOEXEC)} { require(fd_ >= 0); }
  memory_file(const memory_file&) = delete;
  memory_file& operator=(const memory_file&) = delete;
  ~memory_file() { ::close(fd_); }

  void fill(const std::uint8_t* data, std::size_t size) const {
    require(::write(fd_, data, size) == static_cast<ssize_t>(size));
  }
  [[nodiscard]] std::string path() const { return "/proc/self/fd/" + std::to_string(fd_); }

 private:
  int fd_;
};

void show(const recording& all) {
  for (const auto& one : all.envelopes) {
    for (const auto& style : {tap_style{}, tap_style{true, true, true, {"id"}}}) {
      const auto line = plain_text(one, style);
      require(style.colour || line.find('\x1b') == std::string::npos);
      static_cast<void>(json_text(one, style));
    }
  }
  const auto calls = calls_in(all);
  require(calls.size() <= all.envelopes.size() && nodes_in(all).size() <= all.envelopes.size());
  const auto tree = trace_tree(all.envelopes);
  require(flat(tree).size() <= all.envelopes.size());
  static_cast<void>(trace_text(tree, false));
}

void write_again(const recording& all) {
  const memory_file file;
  auto out = recording_writer::create(file.path(), all.head);
  require(out.has_value());
  for (const auto& one : all.envelopes) {
    require(out->add(one).has_value());
  }
  require(out->finish().has_value());
  const auto again = read_recording(file.path());
  require(again.has_value() && again->envelopes.size() == all.envelopes.size());
  for (std::size_t i = 0; i < all.envelopes.size(); ++i) {
    require(encode(again->envelopes[i]) == encode(all.envelopes[i]));
  }
  for (const auto& row : compare(all, *again)) {
    require(!differ(row));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const memory_file file;
  file.fill(data, size);
  const auto all = read_recording(file.path());
  if (!all) {
    require(!all.error().message.empty());
    return 0;
  }
  show(*all);
  write_again(*all);
  return 0;
}
