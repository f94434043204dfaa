// SPDX-License-Identifier: MPL-2.0
#include "security/curve_client.hpp"

#include <algorithm>
#include <cassert>

#include <sodium.h>

namespace kith::security {
namespace {

constexpr std::size_t counter_size = 8;
constexpr std::size_t long_nonce_size = 16;
constexpr std::size_t cookie_size = 96;
constexpr std::size_t welcome_size = long_nonce_size + crypto_box_MACBYTES + key_size + cookie_size;

const unsigned char* raw(byte_view view) noexcept {
  return reinterpret_cast<const unsigned char*>(view.data());
}

/// `prefix` and `rest` are 24 octets together.
bytes seal(byte_view plain, byte_view prefix, byte_view rest, const key_octets& to,
           const secret& from) {
  const bytes nonce = bytes{prefix}.append(rest);
  assert(nonce.size() == crypto_box_NONCEBYTES);
  bytes box(crypto_box_MACBYTES + plain.size(), '\0');
  const int failed = crypto_box_easy(reinterpret_cast<unsigned char*>(box.data()), raw(plain),
                                     plain.size(), raw(nonce), to.data(), from.data());
  // It fails for a public key that no secret has: then zeros are sent, which open nothing.
  return failed == 0 ? box : bytes(box.size(), '\0');
}

std::optional<bytes> open(byte_view box, byte_view prefix, byte_view rest, const key_octets& from,
                          const secret& to) {
  const bytes nonce = bytes{prefix}.append(rest);
  if (box.size() < crypto_box_MACBYTES || nonce.size() != crypto_box_NONCEBYTES) {
    return std::nullopt;
  }
  bytes plain(box.size() - crypto_box_MACBYTES, '\0');
  if (crypto_box_open_easy(reinterpret_cast<unsigned char*>(plain.data()), raw(box), box.size(),
                           raw(nonce), from.data(), to.data()) != 0) {
    return std::nullopt;
  }
  return plain;
}

/// What follows a counter.
std::optional<bytes> open_counted(byte_view data, byte_view prefix, const key_octets& from,
                                  const secret& to) {
  return data.size() < counter_size
             ? std::nullopt
             : open(data.substr(counter_size), prefix, data.substr(0, counter_size), from, to);
}

}  // namespace

curve_client::curve_client(byte_view own_secret, const key_octets& server, byte_view chance)
    : own_{secret::copy_of(own_secret)},
      short_{secret::copy_of(chance.substr(0, key_size))},
      short_public_{curve_public(short_.view())},
      server_{server},
      vouch_nonce_{chance.substr(key_size)} {
  assert(own_secret.size() == key_size && chance.size() == chance_size);
}

bytes curve_client::next_nonce() {
  bytes counter(counter_size, '\0');
  ++nonce_;
  for (std::size_t i = 0; i < counter_size; ++i) {
    counter[i] = static_cast<char>(nonce_ >> (8 * (counter_size - 1 - i)) & 0xffU);
  }
  return counter;
}

bytes curve_client::hello() {
  const auto counter = next_nonce();
  bytes data("\x01\x00", 2);
  data.append(72, '\0').append(view_of(short_public_)).append(counter);
  return data += seal(bytes(64, '\0'), "CurveZMQHELLO---", counter, server_, short_);
}

bool curve_client::take_welcome(byte_view data) {
  if (data.size() != welcome_size) {
    return false;
  }
  const auto plain = open(data.substr(long_nonce_size), "WELCOME-", data.substr(0, long_nonce_size),
                          server_, short_);
  if (!plain) {
    return false;
  }
  std::copy_n(plain->begin(), key_size, server_short_.begin());
  cookie_ = plain->substr(key_size);
  return true;
}

bytes curve_client::initiate(byte_view metadata) {
  const auto both = bytes{view_of(short_public_)}.append(view_of(server_));
  const auto vouch = seal(both, "VOUCH---", vouch_nonce_, server_short_, own_);
  const auto own = curve_public(own_.view());
  const auto plain = bytes{view_of(own)}.append(vouch_nonce_).append(vouch).append(metadata);
  const auto counter = next_nonce();
  return bytes{cookie_}.append(counter).append(
      seal(plain, "CurveZMQINITIATE", counter, server_short_, short_));
}

std::optional<bytes> curve_client::open_ready(byte_view data) const {
  return open_counted(data, "CurveZMQREADY---", server_short_, short_);
}

bytes curve_client::seal_message(std::uint8_t flags, byte_view body) {
  const auto counter = next_nonce();
  const auto plain = bytes(1, static_cast<char>(flags)).append(body);
  return bytes{counter}.append(seal(plain, "CurveZMQMESSAGEC", counter, server_short_, short_));
}

std::optional<curve_client::frame> curve_client::open_message(byte_view data) const {
  auto plain = open_counted(data, "CurveZMQMESSAGES", server_short_, short_);
  if (!plain || plain->empty()) {
    return std::nullopt;
  }
  return frame{static_cast<std::uint8_t>(plain->front()), plain->substr(1)};
}

}  // namespace kith::security
