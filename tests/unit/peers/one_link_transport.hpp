// SPDX-License-Identifier: MPL-2.0
#pragma once

// A transport with one link, which takes, refuses or loses what it is given.

#include <memory>
#include <string>
#include <vector>

#include "transport/transport.hpp"

namespace kith::peers {

class one_link_transport final : public transport::transport {
 public:
  using link_id = kith::transport::link_id;
  using send_status = kith::transport::send_status;
  using security_policy = kith::transport::security_policy;

  std::vector<bytes> sent;
  send_status answer = send_status::sent;
  std::size_t unsent = 0;

  send_status send(link_id /*link*/, bytes&& packet) override {
    if (answer == send_status::sent) {
      sent.push_back(std::move(packet));
    }
    return answer;
  }
  [[nodiscard]] std::size_t unsent_bytes(link_id /*link*/) const override { return unsent; }

  void set_receiver(kith::transport::receiver* /*upper*/) override {}
  result<std::string> bind_inbox(const std::string& at, const security_policy& /*p*/) override {
    return at;
  }
  result<std::string> bind_outlet(const std::string& at, const security_policy& /*p*/) override {
    return at;
  }
  result<link_id> dial(const std::string& /*at*/, const security_policy& /*p*/) override {
    return link_id{1};
  }
  result<link_id> follow(const std::string& /*at*/, const security_policy& /*p*/) override {
    return link_id{2};
  }
  void subscribe(link_id /*publisher*/, std::string_view /*prefix*/) override {}
  void unsubscribe(link_id /*publisher*/, std::string_view /*prefix*/) override {}
  send_status publish(bytes&& /*packet*/) override { return send_status::sent; }
  void close(link_id /*link*/) override {}
  result<std::unique_ptr<kith::transport::datagram_port>> open_datagrams(
      const kith::transport::datagram_options& /*options*/,
      kith::transport::datagram_handler /*handler*/) override {
    return fail(errc::io_error, "no datagrams here");
  }
  void stop(std::chrono::milliseconds /*linger*/) override {}
};

}  // namespace kith::peers
