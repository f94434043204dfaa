// SPDX-License-Identifier: MPL-2.0
#include "kith/tap/recording.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

namespace kith::tool {
namespace {

constexpr std::string_view magic = "kithrec\x01";  // with the version
constexpr auto magic_name = magic.substr(0, magic.size() - 1);
static_assert(magic.size() == recording_reader::magic_size);
constexpr std::size_t prefix_octets = 5;  // kind and length
constexpr char head_kind = 'H';
constexpr char envelope_kind = 'E';
constexpr char end_kind = 'Z';

tl::unexpected<error> file_trouble(const std::string& what, const std::string& path) {
  return fail(errc::io_error, "cannot " + what + " " + path + ": " + std::strerror(errno));
}

}  // namespace

result<recording_writer> recording_writer::create(const std::string& path,
                                                  const recording_head& head) {
  const int opened = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (opened < 0) {
    return file_trouble("write", path);
  }
  struct stat found {};
  if (::fstat(opened, &found) == 0 && S_ISREG(found.st_mode)) {
    static_cast<void>(::fchmod(opened, 0600));  // it may have been there
  }
  recording_writer made{path, stdio_file{::fdopen(opened, "wb")}};
  if (std::fwrite(magic.data(), 1, magic.size(), made.file_.get()) != magic.size()) {
    return file_trouble("write", path);
  }
  if (auto put = made.put(head_kind, encode(head)); !put) {
    return tl::make_unexpected(std::move(put.error()));
  }
  return made;
}

result<void> recording_writer::put(char kind, const std::string& octets) {
  const auto size = static_cast<std::uint32_t>(octets.size());
  const std::array<char, prefix_octets> prefix{
      kind, static_cast<char>(size >> 24U), static_cast<char>(size >> 16U),
      static_cast<char>(size >> 8U), static_cast<char>(size)};
  if (std::fwrite(prefix.data(), 1, prefix.size(), file_.get()) != prefix.size() ||
      std::fwrite(octets.data(), 1, octets.size(), file_.get()) != octets.size()) {
    return file_trouble("write", path_);
  }
  return {};
}

result<void> recording_writer::add(const recorded& one) {
  ++end_.envelopes;
  return put(envelope_kind, encode(one));
}

result<void> recording_writer::finish() {
  if (auto last = put(end_kind, encode(end_)); !last) {
    return last;
  }
  if (std::fflush(file_.get()) != 0) {
    return file_trouble("write", path_);
  }
  return {};
}

bool recording_reader::is_recording(std::string_view begin) noexcept {
  return begin.starts_with(magic_name);
}

result<recording_reader> recording_reader::open(const std::string& path) {
  stdio_file file{std::fopen(path.c_str(), "rb")};
  if (!file) {
    return file_trouble("read", path);
  }
  recording_reader made{path, std::move(file)};
  std::array<char, magic.size()> begin{};
  const auto size = std::fread(begin.data(), 1, begin.size(), made.file_.get());
  made.read_ = size;
  const std::string_view found{begin.data(), size};
  if (!is_recording(found)) {
    return fail(errc::malformed, path + " is no recording of kith record");
  }
  if (found != magic) {
    return fail(errc::malformed,
                path + " is a recording of another version; this command reads version 1");
  }
  auto first = made.take();
  if (!first) {
    return tl::make_unexpected(std::move(first.error()));
  }
  if (!*first || (*first)->kind != head_kind) {
    return made.broken("its head is missing");
  }
  auto head = kith::decode<recording_head>((*first)->octets);
  if (!head) {
    return made.broken("its head: " + head.error().message);
  }
  made.head_ = std::move(*head);
  return made;
}

tl::unexpected<error> recording_reader::broken(const std::string& what) const {
  return fail(errc::malformed, path_ + ", before octet " + std::to_string(read_) + ": " + what);
}

/// Nothing at the end of the file.
result<std::optional<recording_reader::record>> recording_reader::take() {
  std::array<unsigned char, prefix_octets> prefix{};
  const auto begun = std::fread(prefix.data(), 1, prefix.size(), file_.get());
  read_ += begun;
  if (begun == 0 && std::ferror(file_.get()) == 0) {
    return std::nullopt;
  }
  if (begun != prefix.size()) {
    return broken("it is cut off within a record");
  }
  const std::size_t size = (std::size_t{prefix[1]} << 24U) | (std::size_t{prefix[2]} << 16U) |
                           (std::size_t{prefix[3]} << 8U) | prefix[4];
  if (size > largest_record) {
    return broken("a record of " + std::to_string(size) + " octets; at most " +
                  std::to_string(largest_record) + " are allowed");
  }
  record one{static_cast<char>(prefix[0]), std::string(size, '\0')};
  const auto got = std::fread(one.octets.data(), 1, size, file_.get());
  read_ += got;
  if (got != size) {
    return broken("it is cut off within a record");
  }
  return one;
}

result<std::optional<recorded>> recording_reader::next() {
  for (;;) {
    auto one = take();
    if (!one) {
      return tl::make_unexpected(std::move(one.error()));
    }
    if (!*one) {
      return std::nullopt;
    }
    if (end_) {
      return broken("something is behind its end");
    }
    if ((*one)->kind == end_kind) {
      auto end = kith::decode<recording_end>((*one)->octets);
      if (!end) {
        return broken("its end: " + end.error().message);
      }
      end_ = *end;
    } else if ((*one)->kind == envelope_kind) {
      auto envelope = kith::decode<recorded>((*one)->octets);
      if (!envelope) {
        return broken(envelope.error().to_string());
      }
      return std::move(*envelope);
    }  // else: of a later version of this command, to be passed over
  }
}

result<recording> read_recording(const std::string& path) {
  auto reader = recording_reader::open(path);
  if (!reader) {
    return tl::make_unexpected(std::move(reader.error()));
  }
  recording all;
  all.head = reader->head();
  for (;;) {
    auto one = reader->next();
    if (!one) {
      return tl::make_unexpected(std::move(one.error()));
    }
    if (!*one) {
      break;
    }
    all.envelopes.push_back(std::move(**one));
  }
  all.end = reader->end();
  return all;
}

}  // namespace kith::tool
