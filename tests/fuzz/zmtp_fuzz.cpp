// SPDX-License-Identifier: MPL-2.0
// Any octets as one direction of a ZMTP connection: the parser, the explainer and the handshake end
// without a crash, whatever pieces the octets come in, and lose none of them.
//
// Input: one octet, the size of the pieces; then the octets.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "kith/decode/frame_notes.hpp"
#include "kith/probe/probe_dialogue.hpp"

namespace {

using namespace kith;
using namespace kith::tool;

constexpr std::size_t most_kept = 4096;

std::string explained_text(byte_view octets, std::size_t piece) {
  zmtp::stream_parser parser{most_kept};
  stream_explainer explainer;
  std::vector<zmtp::part> parts;
  for (std::size_t at = 0; at < octets.size(); at += piece) {
    parser.feed(octets.substr(at, piece), parts);
  }
  if (parser.read() != octets.size()) {
    std::abort();
  }
  parser.end(parts);
  std::string text;
  std::uint64_t end = 0;
  for (const auto& part : parts) {
    if (part.offset < end || part.head > part.octets.size() || part.octets.size() > most_kept) {
      std::abort();
    }
    end = part.offset;
    const auto said = explainer.explain(part);
    text += said.heading + "\n" + text_of(said.octets);
  }
  return text;
}

void shake_hands(byte_view octets, std::size_t piece) {
  probe_greeting greeting;
  greeting.self.domain = "kith";
  greeting.nonce_topic = "kith.nonce.00";
  probe_dialogue dialogue{{}, greeting};
  for (std::size_t at = 0; at < octets.size() && !dialogue.done(); at += piece) {
    dialogue.feed(octets.substr(at, piece));
    if (at / piece % 3 == 2) {
      dialogue.nudge();
    }
    static_cast<void>(dialogue.take_output());
  }
  static_cast<void>(dialogue.end(true));
  static_cast<void>(dialogue.end(false));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) {
    return 0;
  }
  const byte_view octets{reinterpret_cast<const char*>(data) + 1, size - 1};
  const std::size_t piece = data[0] % 64U + 1;
  static_cast<void>(explained_text(octets, octets.size()));
  static_cast<void>(explained_text(octets, piece));
  shake_hands(octets, piece);
  return 0;
}
