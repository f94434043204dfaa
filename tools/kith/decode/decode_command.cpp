// SPDX-License-Identifier: MPL-2.0

// kith decode: what captured octets say.

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <iostream>
#include <utility>

#include "discovery/beacon.hpp"
#include "kith/base/colour.hpp"
#include "kith/base/hex_text.hpp"
#include "kith/base/table.hpp"
#include "kith/base/units_text.hpp"
#include "kith/decode/capture_decoder.hpp"
#include "kith/decode/decode_command.hpp"
#include "kith/probe/probe_socket.hpp"
#include "kith/tap/recording.hpp"
#include "kith/tap/tap_text.hpp"
#include "security/keys.hpp"

namespace kith::tool {
namespace {

constexpr std::size_t most_plain_octets = std::size_t{64} << 20U;  // of what is no capture
constexpr std::size_t octets_indent = 2;

std::string place_text(const decoded_place& place) {
  std::string text;
  if (place.time_us != 0) {
    text += time_of_day(wall_time{std::chrono::microseconds{place.time_us}}) + " ";
  }
  if (!place.from.empty()) {
    text += (place.connection > 0 ? "#" + std::to_string(place.connection) + " " : "") +
            place.from + " > " + place.to + " ";
  }
  return text + "@" + std::to_string(place.offset) + ": ";
}

std::string json_line(const decoded_place& place, const explained& said, bool with_octets) {
  std::string text = "{";
  if (place.time_us != 0) {
    text += "\"time\":" + json_string(time_text(place.time_us)) + ",";
  }
  if (!place.from.empty()) {
    text += "\"connection\":" + std::to_string(place.connection) +
            ",\"from\":" + json_string(place.from) + ",\"to\":" + json_string(place.to) + ",";
  }
  text += "\"offset\":" + std::to_string(place.offset) + ",\"kind\":" + json_string(said.kind) +
          ",\"text\":" + json_string(said.heading) + ",\"good\":" + (said.good ? "true" : "false");
  if (with_octets) {
    text += ",\"octets\":[";
    for (const auto& [octets, meaning] : said.octets) {
      text += text.back() == '[' ? "" : ",";
      text += "{\"hex\":" + json_string(security::hexadecimal(octets)) +
              ",\"text\":" + json_string(meaning) + "}";
    }
    text += "]";
  }
  return text + "}\n";
}

class printer {
 public:
  explicit printer(const decode_options& options)
      : options_{&options}, colour_{has_colour() && !options.json} {}

  void print(const decoded_place& place, const explained& said) {
    all_good_ = all_good_ && said.good;
    if (options_->json) {
      std::cout << json_line(place, said, !options_->summary);
      return;
    }
    std::cout << place_text(place)
              << painted(printable(said.heading), said.good ? paint::none : paint::red, colour_)
              << "\n"
              << (options_->summary ? "" : text_of(said.octets, octets_indent));
  }
  void fail() noexcept { all_good_ = false; }
  [[nodiscard]] exit_status status() const {
    std::cout << std::flush;
    return all_good_ ? exit_status::ok : exit_status::refused;
  }

 private:
  const decode_options* options_;
  bool colour_;
  bool all_good_ = true;
};

void decode_stream(byte_view octets, printer& out) {
  zmtp::stream_parser parser;
  stream_explainer explainer;
  std::vector<zmtp::part> parts;
  parser.feed(octets, parts);
  parser.end(parts);
  for (const auto& part : parts) {
    decoded_place place;
    place.offset = part.offset;
    out.print(place, explainer.explain(part));
  }
}

/// MessagePack's array of few elements, with which envelopes begin: good or not, it is meant for
/// one.
bool begins_an_array(byte_view octets) {
  constexpr unsigned char few = 0x90;
  constexpr unsigned char kind_of_array = 0xf0;
  return !octets.empty() && (static_cast<unsigned char>(octets[0]) & kind_of_array) == few;
}

std::string form_of(byte_view octets) {
  const wire::limits bounds;
  wire::envelope_reader reader{octets, bounds};
  const auto first = reader.next();
  return discovery::looks_like_beacon(octets)                        ? "beacon"
         : zmtp::is_zmtp(zmtp::recognise(octets)) && octets[0] < ' ' ? "stream"
         : first && *first                                           ? "packet"
         : wire::split_topic(octets, bounds)                         ? "event"
         : begins_an_array(octets)                                   ? "packet"
                                                                     : "stream";
}

void decode_octets(byte_view octets, const decode_options& options, printer& out) {
  const auto form = options.as.empty() ? form_of(octets) : options.as;
  if (form == "stream") {
    decode_stream(octets, out);
    return;
  }
  explained said;
  said.kind = form;
  said.good = form == "beacon"  ? note_beacon(octets, said.octets)
              : form == "event" ? note_event_packet(octets, said.octets)
                                : note_packet(octets, said.octets);
  said.heading = form + ", " + std::to_string(octets.size()) + " octets" +
                 (said.good ? "" : ", and no good one");
  out.print({}, said);
}

/// Digits, and what is written around them.
bool is_hex_text(byte_view octets) {
  return !octets.empty() && octets_of_hex(octets).has_value();
}

exit_status cannot_read(const std::string& what) {
  std::cerr << "kith: " << printable(what) << "\n";
  return exit_status::cannot_run;
}

bool has_nothing(const decode_counts& counts) {
  return counts.connections == 0 && counts.parts == 0;
}

void say_counts(const decode_counts& counts, const decode_options& options) {
  std::string text = std::to_string(counts.packets) + " packets, " +
                     std::to_string(counts.connections) + " connections, " +
                     std::to_string(counts.parts) + " parts";
  const std::pair<std::uint64_t, const char*> odd[] = {
      {counts.bad, " of them no good"},
      {counts.missing, " octets missing"},
      {counts.repeated, " segments repeated"},
      {counts.out_of_order, " segments out of order"},
      {counts.fragments, " fragments of IP packets left out"},
      {counts.cut, " packets cut too short"},
      {counts.unknown_links, " packets of a kind of link that is not known"}};
  for (const auto& [count, what] : odd) {
    text += count > 0 ? ", " + std::to_string(count) + what : "";
  }
  if (has_nothing(counts)) {
    text += options.port ? ": nothing of port " + std::to_string(*options.port)
                         : ": no TCP in it; was the right interface captured?";
  }
  std::cerr << "kith: " << text << "\n";
}

class file_reader {
 public:
  explicit file_reader(const std::string& path)
      : file_{path == "-" ? ::dup(STDIN_FILENO) : ::open(path.c_str(), O_RDONLY | O_CLOEXEC)} {}

  [[nodiscard]] bool is_open() const noexcept { return file_.is_open(); }
  /// The number of the error that ended it; 0: none.
  [[nodiscard]] int trouble() const noexcept { return trouble_; }
  /// Appends some octets; false at the end.
  bool read(bytes& into) {
    std::array<char, 65536> octets{};
    ssize_t got = 0;
    do {
      got = ::read(file_.get(), octets.data(), octets.size());
    } while (got < 0 && errno == EINTR);
    trouble_ = got < 0 ? errno : trouble_;
    into.append(octets.data(), got > 0 ? static_cast<std::size_t>(got) : 0);
    return got > 0;
  }

 private:
  descriptor file_;
  int trouble_ = 0;
};

exit_status decode_capture(file_reader& file, bytes octets, const decode_options& options,
                           printer& out) {
  capture_decoder decoder{options.port,
                          [&](const auto& place, const auto& said) { out.print(place, said); }};
  bool more = true;
  while (more) {
    decoder.feed(octets);
    std::cout << std::flush;
    octets.clear();
    more = decoder.flaw().empty() && file.read(octets);
  }
  decoder.end();
  const auto status = out.status();
  say_counts(decoder.counts(), options);
  if (file.trouble() != 0) {
    return cannot_read(std::string{"the capture: "} + std::strerror(file.trouble()));
  }
  if (!decoder.flaw().empty()) {
    std::cerr << "kith: " << printable(decoder.flaw()) << "\n";
    return exit_status::refused;
  }
  return status == exit_status::ok && has_nothing(decoder.counts()) ? exit_status::nobody : status;
}

/// What `kith record` wrote: as `kith tap` would have shown it.
exit_status decode_recording(const std::string& path, const decode_options& options) {
  auto reader = recording_reader::open(path);
  if (!reader) {
    return cannot_read(reader.error().message);
  }
  tap_style style;
  style.body = !options.summary;
  style.colour = has_colour() && !options.json;
  for (;;) {
    const auto next = reader->next();
    if (!next) {
      std::cout << std::flush;
      std::cerr << "kith: " << printable(next.error().message) << "\n";
      return exit_status::refused;
    }
    if (!*next) {
      break;
    }
    std::cout << (options.json ? json_text(**next, style) : plain_text(**next, style)) << "\n";
  }
  std::cout << std::flush;
  const auto& end = reader->end();
  if (!end) {
    std::cerr << "kith: " << printable(path) << " has no end: whoever recorded it was cut off\n";
    return exit_status::refused;
  }
  std::cerr << "kith: " << end->envelopes << " envelopes, " << end->missed << " packets missed\n";
  return exit_status::ok;
}

exit_status decode_file(const std::string& path, const decode_options& options) {
  file_reader file{path};
  if (!file.is_open()) {
    return cannot_read(path + ": " + std::strerror(errno));
  }
  printer out{options};
  bytes octets;
  while (octets.size() < recording_reader::magic_size && file.read(octets)) {
  }
  if (recording_reader::is_recording(octets)) {
    return path == "-" ? cannot_read("a recording is read from a file: give its name")
                       : decode_recording(path, options);
  }
  if (capture::capture_reader::is_capture(octets)) {
    return decode_capture(file, std::move(octets), options, out);
  }
  while (octets.size() <= most_plain_octets && file.read(octets)) {
  }
  const auto name = path == "-" ? std::string{"standard input"} : path;
  if (file.trouble() != 0) {
    return cannot_read(name + ": " + std::strerror(file.trouble()));
  }
  if (octets.size() > most_plain_octets) {
    return cannot_read(path + ": more than 64 MiB, and no capture");
  }
  if (octets.empty()) {
    return cannot_read(name + " is empty");
  }
  decode_octets(is_hex_text(octets) ? *octets_of_hex(octets) : octets, options, out);
  return out.status();
}

}  // namespace

exit_status decode(const decode_options& options) {
  const auto& inputs = options.inputs;
  std::error_code ignored;
  if (inputs.empty() ||
      (inputs.size() == 1 && (inputs[0] == "-" || std::filesystem::exists(inputs[0], ignored)))) {
    return decode_file(inputs.empty() ? "-" : inputs[0], options);
  }
  std::string text;
  for (const auto& one : inputs) {
    text += (text.empty() ? "" : " ") + one;
  }
  const auto octets = octets_of_hex(text);
  if (!octets || octets->empty()) {
    std::cerr << "kith: \"" << printable(text.substr(0, 60)) << "\" is neither a file nor hex: "
              << (octets ? "it has no octets" : printable(octets.error().message)) << "\n";
    return exit_status::usage;
  }
  printer out{options};
  decode_octets(*octets, options, out);
  return out.status();
}

}  // namespace kith::tool
