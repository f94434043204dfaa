// SPDX-License-Identifier: MPL-2.0
// Any octets as a capture file: every packet, connection and frame in it is read without a crash,
// in whatever pieces the file comes, and its memory is bounded.
//
// Input: one octet, the size of the pieces; then the file.

#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "kith/base/hex_text.hpp"
#include "kith/decode/capture_decoder.hpp"

namespace {

using namespace kith;
using namespace kith::tool;

std::size_t parts_of(byte_view file, std::size_t piece) {
  std::size_t parts = 0;
  capture_decoder decoder{std::nullopt, [&](const decoded_place&, const explained& said) {
                            static_cast<void>(text_of(said.octets, 2, 64));
                            ++parts;
                          }};
  for (std::size_t at = 0; at < file.size(); at += piece) {
    decoder.feed(file.substr(at, piece));
  }
  decoder.end();
  const auto counts = decoder.counts();
  if (counts.packets > file.size() || counts.bad > parts) {
    std::abort();
  }
  return parts;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) {
    return 0;
  }
  const byte_view file{reinterpret_cast<const char*>(data) + 1, size - 1};
  if (parts_of(file, file.size()) != parts_of(file, data[0] % 64U + 1U)) {
    std::abort();
  }
  static_cast<void>(octets_of_hex(file));
  return 0;
}
