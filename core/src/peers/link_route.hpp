// SPDX-License-Identifier: MPL-2.0
#pragma once

// Which of two ways the next attempt to reach a peer takes: its address on the network, or its
// socket on this machine. Pure.
//
// Design notes
// - The local way is worth a try when the peer's socket is here: its name is the peer's node id and
//   its directory belongs to our user, so finding it says "same machine, same user" without a
//   message. That it is the right node is shown by the welcome, as on every link.
// - What lies there may be a dead node's, or somebody's who never answers. So the local way has a
//   short time until the welcome, its failure is no failed attempt (the network follows at once),
//   and it is not tried again for a while: a broken one does not delay each reconnect.

#include <cstdint>
#include <string>
#include <string_view>

#include <kith/identity.hpp>
#include <kith/time.hpp>

namespace kith::peers {

enum class link_way : std::uint8_t { network, local };

/// Where a node of that id listens, in the directory that the nodes of one user share.
inline std::string local_inbox(std::string_view directory, const node_id& id) {
  return "ipc://" + std::string{directory} + "/" + id.to_string() + ".in";
}

class link_route {
 public:
  /// `here`: the peer's socket is on this machine.
  link_way choose(bool here, time_point now) noexcept {
    way_ = here && now >= avoid_until_ ? link_way::local : link_way::network;
    return way_;
  }
  [[nodiscard]] link_way way() const noexcept { return way_; }

  void opened(time_point now) noexcept { open_since_ = now; }
  /// No welcome came by the present way.
  void failed(time_point now) noexcept { avoid(now); }
  /// The open link ended.
  void lost(time_point now) noexcept {
    if (now - open_since_ < short_life) {
      avoid(now);
    }
  }

  static constexpr duration avoided_for = std::chrono::minutes{1};
  /// A link that ends so soon says nothing good of its way.
  static constexpr duration short_life = std::chrono::seconds{5};

 private:
  void avoid(time_point now) noexcept {
    if (way_ == link_way::local) {
      avoid_until_ = now + avoided_for;
    }
  }

  link_way way_ = link_way::network;
  time_point avoid_until_{};
  time_point open_since_{};
};

}  // namespace kith::peers
