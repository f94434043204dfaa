// SPDX-License-Identifier: MPL-2.0
#pragma once

// One direction of a ZMTP connection, octets in and parts out, in whatever pieces the octets come.
// Pure, and bounded: of a frame that is larger only the first `most_kept` octets are kept, and what
// is behind a part that is no ZMTP is counted and thrown away.

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "kith/zmtp/greeting.hpp"

namespace kith::tool::zmtp {

enum class part_kind : std::uint8_t {
  greeting,    ///< of ZMTP 3
  greeting_2,  ///< of ZMTP 2; the identity follows as a frame
  frame,       ///< of a message
  command,     ///< of ZMTP 3
  foreign,     ///< no ZMTP: `octets` are the first of all there is
  broken,      ///< what breaks the protocol: `octets` begin with it
  unfinished,  ///< the end came within it
};

struct part {
  part_kind kind = part_kind::frame;
  std::uint64_t offset = 0;  ///< of its first octet in this direction
  bytes octets;              ///< as they came
  std::uint64_t size = 0;    ///< of all of it; more than there are octets when it was cut
  std::size_t head = 0;      ///< so many of them are before the body
  bool more = false;         ///< the message goes on with the next frame
  bool damaged = false;      ///< zeros stand for octets of the body that were lost
  speech speaks = speech::zmtp3;
  zmtp::greeting greeting;       ///< of a greeting of ZMTP 3
  std::uint8_t socket_type = 0;  ///< of a greeting of ZMTP 2
  std::string why;               ///< broken, foreign, unfinished: in words

  [[nodiscard]] byte_view body() const noexcept { return byte_view{octets}.substr(head); }
  [[nodiscard]] bool is_cut() const noexcept { return octets.size() < size; }
};

class stream_parser {
 public:
  static constexpr std::size_t usual_kept = std::size_t{5} * 1024 * 1024;

  explicit stream_parser(std::size_t most_kept = usual_kept) : most_kept_{most_kept} {}

  /// Appends what became whole.
  void feed(byte_view octets, std::vector<part>& parts);
  /// So many octets were lost on the way here. Within the body of a frame they become zeros, and
  /// the frame is `damaged`; anywhere else nothing can be made of what follows.
  void lose(std::uint64_t count, std::vector<part>& parts);
  /// No more octets come: appends what is left.
  void end(std::vector<part>& parts);

  /// Octets fed so far.
  [[nodiscard]] std::uint64_t read() const noexcept { return offset_ + rest().size(); }
  /// Nothing more can be made of this direction.
  [[nodiscard]] bool given_up() const noexcept { return state_ == state::given_up; }

 private:
  enum class state : std::uint8_t { greeting, frames_1, frames, body, given_up };
  struct frame_head {
    std::size_t size = 0;  ///< 0: not whole yet
    std::uint64_t body = 0;
    std::uint8_t flags = 0;
  };

  [[nodiscard]] byte_view rest() const noexcept { return byte_view{buffer_}.substr(at_); }
  bool step(std::vector<part>& parts);
  bool take_greeting(std::vector<part>& parts);
  bool take_head(std::vector<part>& parts);
  bool take_body(std::vector<part>& parts);
  [[nodiscard]] frame_head head_2() const noexcept;
  [[nodiscard]] frame_head head_1() const noexcept;
  [[nodiscard]] std::string flaw_of(const frame_head& head) const;
  [[nodiscard]] part begin(part_kind kind) const;
  void take_into(part& what, std::uint64_t count);
  bool give_up(part_kind kind, std::string why, std::vector<part>& parts);

  std::size_t most_kept_;
  state state_ = state::greeting;
  speech speaks_ = speech::undecided;
  bytes buffer_;
  std::size_t at_ = 0;        ///< consumed of the buffer
  std::uint64_t offset_ = 0;  ///< of the first octet that is not
  part now_;                  ///< state::body: what is being read
  std::uint64_t left_ = 0;    ///< of its octets, to come
};

}  // namespace kith::tool::zmtp
