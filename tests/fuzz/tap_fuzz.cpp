// SPDX-License-Identifier: MPL-2.0
// What a flight recorder has of any packets, cut or not, as a tap reads it: no crash, an end, rows
// that whoever taps can read, no body longer than was asked for, and none with a field that is
// hidden.
//
// Input: one octet of flags; then records, each with an octet that says how it passed, one that
// says at which link, two of length, and so many octets.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "base/bytes.hpp"
#include "ledger/flight_recorder.hpp"
#include "node/tap/tap_reader.hpp"
#include "wire/redact.hpp"

namespace {

using namespace kith;
using namespace std::chrono_literals;

constexpr std::size_t ring_octets = 8192;
constexpr std::size_t cut_octets = 64;
constexpr std::uint32_t most_body = 100;
const std::vector<std::string> hidden{"id", "text"};

class half_known final : public tap_lookup {
 public:
  std::optional<passing_peer> peer_at(std::uint64_t link) const override {
    return link % 2 == 0 ? std::nullopt : std::optional{passing_peer{"id", "order", "order-1"}};
  }
  std::string method_of(std::uint64_t link, std::uint64_t id) const override {
    return link == 1 && id % 2 == 0 ? "order.get" : "";
  }
};

void require(bool holds) {
  if (!holds) {
    std::abort();
  }
}

struct tap {
  explicit tap(std::uint8_t flags)
      : redacts{(flags & 1U) != 0},
        ring{ring_octets},
        reader{ring,
               node,
               wanted(flags),
               {(flags & 2U) == 0, redacts ? hidden : std::vector<std::string>{}},
               {},
               days} {
    const auto cut = (flags & 4U) != 0 ? cut_octets : flight::largest_cut;
    ring.cut_at(cut, cut);
  }

  void read_all() {
    do {
      const auto batch = reader.read();
      const auto again = decode<tap_batch>(encode(batch));
      require(again.has_value() && again->envelopes.size() == batch.envelopes.size());
      for (const auto& row : batch.envelopes) {
        check(row);
      }
    } while (reader.is_behind());
  }

  void check(const tapped& row) const {
    require(row.body.size() <= most_body && row.octets <= 65536);
    require(row.body.empty() || !row.body_state.empty());
    if (redacts && !row.body.empty() && row.body_state != "cut") {
      const auto again = wire::redact(bytes_of(row.body), hidden, {});
      require(again.has_value() && *again == bytes_of(row.body));
    }
  }

  static tap_request wanted(std::uint8_t flags) {
    tap_request all{.all = true, .past = true};
    all.body_octets = most_body;
    all.errors = (flags & 8U) != 0;
    return all;
  }

  using flight = ledger::flight_recorder;
  bool redacts;
  flight ring;
  half_known node;
  calendar days;
  tap_reader reader;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) {
    return 0;
  }
  tap one{data[0]};
  byte_view rest{reinterpret_cast<const char*>(data) + 1, size - 1};
  time_point now{};
  const auto octet = [&rest](std::size_t at) { return static_cast<unsigned char>(rest[at]); };
  for (int i = 0; rest.size() >= 4; ++i) {
    const auto how = static_cast<ledger::passage>(octet(0) % 5U);
    const auto link = octet(1) % 4U;
    const auto length = std::min<std::size_t>(octet(2) * 256U + octet(3), rest.size() - 4);
    one.ring.write(now += 1ms, how, link, rest.substr(4, length));
    rest.remove_prefix(4 + length);
    if (i % 3 == 2) {
      one.read_all();
    }
  }
  one.read_all();
  return 0;
}
