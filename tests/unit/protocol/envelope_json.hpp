// SPDX-License-Identifier: MPL-2.0
#pragma once

// Envelopes and beacons as docs/protocol-vectors.json spells them: octets are hexadecimal digits,
// an absent id is null.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "discovery/beacon.hpp"
#include "wire/envelope.hpp"

namespace protocol {

using json = nlohmann::json;

std::string to_hex(std::string_view octets);
/// Blanks are for the reader.
std::string from_hex(std::string_view digits);

/// Appends the envelope that `decoded` describes.
void append_from(std::string& packet, const json& decoded);

json to_json(const kith::wire::envelope& value);

/// The envelopes of one packet in order, or the first problem.
kith::result<json> decode_packet(std::string_view packet);

kith::discovery::beacon beacon_from(const json& decoded);
json to_json(const kith::discovery::beacon& value);

}  // namespace protocol
