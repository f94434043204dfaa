// SPDX-License-Identifier: MPL-2.0
#pragma once

// Reads the fields of one envelope in order. Every function returns false once something is
// refused; take_problem() then says which field of which kind, what was found and what was
// expected.

#include <limits>
#include <type_traits>

#include "wire/envelope.hpp"
#include "wire/token.hpp"

namespace kith::wire {

class field_reader {
 public:
  field_reader(byte_view octets, const limits& bounds) noexcept
      : at_{octets.data()}, end_{octets.data() + octets.size()}, bounds_{&bounds} {}

  /// The head of the envelope: its array and its kind.
  bool begin(std::uint64_t& kind_number);
  /// Names the kind in problems.
  void name(std::string_view of_kind) noexcept { envelope_ = of_kind; }
  /// No field is left: a sender of before leaves the later ones out.
  [[nodiscard]] bool at_end() const noexcept { return left_ == 0; }
  /// Passes over the fields that this version does not know.
  bool finish();

  [[nodiscard]] byte_view rest() const noexcept {
    return {at_, static_cast<std::size_t>(end_ - at_)};
  }
  [[nodiscard]] error take_problem() { return std::move(*problem_); }

  template <class Integer>
  bool number(std::string_view field, Integer& value,
              std::uint64_t highest = std::numeric_limits<Integer>::max()) {
    std::uint64_t wide = 0;
    const bool fits = number_up_to(field, wide, highest);
    value = static_cast<Integer>(wide);
    return fits;
  }
  template <class Enum>
    requires std::is_enum_v<Enum>
  bool code(std::string_view field, Enum& value,
            std::uint64_t highest = std::numeric_limits<std::underlying_type_t<Enum>>::max()) {
    std::underlying_type_t<Enum> wide{};
    const bool fits = number(field, wide, highest);
    value = static_cast<Enum>(wide);
    return fits;
  }
  bool boolean(std::string_view field, bool& value);
  /// A method, topic, service, endpoint: at most `name_bytes`. Aliases the packet.
  bool label(std::string_view field, std::string_view& value);
  bool label(std::string_view field, std::string& value);
  /// Text for people: at most `text_bytes`.
  bool text(std::string_view field, std::string_view& value);
  bool text(std::string_view field, std::string& value);
  bool octets(std::string_view field, std::string& value);
  bool id(std::string_view field, node_id& value);
  bool id_or_nil(std::string_view field, node_id& value);
  /// At most `message_bytes`. Aliases the packet.
  bool body(std::string_view field, byte_view& value);

  /// Goes into an array that is a field; leave() passes over what this version does not know of it
  /// and comes back.
  bool enter(std::string_view field, std::uint64_t& outer);
  bool leave(std::uint64_t outer);
  /// Goes into a list of at most `offered` things.
  bool enter_list(std::string_view field, std::uint64_t& outer, std::size_t& count);

 private:
  bool take(std::string_view field, token& found);
  bool take_text(std::string_view field, std::string_view& value, std::size_t longest);
  bool take_id(std::string_view field, const token& found, node_id& value);
  bool number_up_to(std::string_view field, std::uint64_t& value, std::uint64_t highest);
  bool skip();
  bool refuse(errc code, std::string_view field, const std::string& found,
              std::string_view expected);

  const char* at_;
  const char* end_;
  std::uint64_t left_ = 0;  ///< fields of the array being read
  const limits* bounds_;
  std::string_view envelope_ = "envelope";
  std::optional<error> problem_;  ///< once something is refused
};

}  // namespace kith::wire
