// SPDX-License-Identifier: MPL-2.0
#pragma once

// Recordings: what `kith record` writes and `kith replay`, `diff` and `decode` read. The layout is
// in docs/recordings.md. A recording holds bodies: its file is for its owner alone.

#include <cstdint>
#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <kith/errors.hpp>
#include <kith/introspection.hpp>

namespace kith::tool {

/// One envelope, and at which node it passed.
struct recorded {
  std::string node;  ///< its id
  std::string service;
  std::string instance;
  tapped envelope;
};
KITH_DESCRIBE(recorded, node, service, instance, envelope)

/// How a recording begins.
struct recording_head {
  std::string made_by;  ///< "kith 0.1.0"
  std::string domain;
  std::int64_t begun_us = 0;
};
KITH_DESCRIBE(recording_head, made_by, domain, begun_us)

/// How it ends, when it was not cut off.
struct recording_end {
  std::uint64_t envelopes = 0;
  std::uint64_t missed = 0;  ///< packets that no reader was quick enough for
};
KITH_DESCRIBE(recording_end, envelopes, missed)

struct file_closer {
  void operator()(std::FILE* file) const noexcept { std::fclose(file); }
};
using stdio_file = std::unique_ptr<std::FILE, file_closer>;

class recording_writer {
 public:
  /// A new file, or that one written anew. io_error says why it cannot be.
  static result<recording_writer> create(const std::string& path, const recording_head& head);

  result<void> add(const recorded& one);
  void add_missed(std::uint64_t packets) noexcept { end_.missed += packets; }
  /// Everything is on its way to the disk when this is good.
  result<void> finish();
  [[nodiscard]] const recording_end& so_far() const noexcept { return end_; }

 private:
  recording_writer(std::string path, stdio_file file)
      : path_{std::move(path)}, file_{std::move(file)} {}
  result<void> put(char kind, const std::string& octets);

  std::string path_;
  stdio_file file_;
  recording_end end_;
};

class recording_reader {
 public:
  static constexpr std::size_t largest_record = std::size_t{1} << 20;
  static constexpr std::size_t magic_size = 8;

  /// Whether a file that begins like this is one, of whatever version.
  static bool is_recording(std::string_view begin) noexcept;

  /// io_error: it cannot be read; malformed: it is no recording, or one of a later version.
  static result<recording_reader> open(const std::string& path);

  [[nodiscard]] const recording_head& head() const noexcept { return head_; }
  /// The next envelope; nothing at the end. malformed: what is there is none.
  result<std::optional<recorded>> next();
  /// After the end: what the writer said of it; nothing when the file was cut off between two
  /// records, since whoever wrote it was killed.
  [[nodiscard]] const std::optional<recording_end>& end() const noexcept { return end_; }

 private:
  struct record {
    char kind = 0;
    std::string octets;
  };

  recording_reader(std::string path, stdio_file file)
      : path_{std::move(path)}, file_{std::move(file)} {}
  result<std::optional<record>> take();
  [[nodiscard]] tl::unexpected<error> broken(const std::string& what) const;

  std::string path_;
  stdio_file file_;
  recording_head head_;
  std::optional<recording_end> end_;
  std::uint64_t read_ = 0;  ///< octets
};

/// All of one.
struct recording {
  recording_head head;
  std::vector<recorded> envelopes;
  std::optional<recording_end> end;
};
[[nodiscard]] result<recording> read_recording(const std::string& path);

}  // namespace kith::tool
