// SPDX-License-Identifier: MPL-2.0
#include "wire/field_reader.hpp"

#include "base/utf8.hpp"
#include "wire/value_check.hpp"

namespace kith::wire {

bool field_reader::refuse(errc code, std::string_view field, const std::string& found,
                          std::string_view expected) {
  std::string where{envelope_};
  if (!field.empty()) {
    where += '.';
    where += field;
  }
  problem_ = error{code, where + ": found " + found + ", expected " + std::string{expected},
                   outcome::not_sent, where};
  return false;
}

bool field_reader::begin(std::uint64_t& kind_number) {
  token found;
  if (!next_token(at_, end_, found)) {
    return refuse(errc::malformed, "", "no whole MessagePack value", "a list");
  }
  if (found.kind != token_kind::list) {
    return refuse(errc::malformed, "", describe(found), "a list");
  }
  if (found.bits > bounds_->elements) {
    return refuse(errc::too_large, "", describe(found), "fewer fields");
  }
  left_ = found.bits;
  return number("kind", kind_number);
}

bool field_reader::finish() {
  for (; left_ > 0; --left_) {
    if (!skip()) {
      return false;
    }
  }
  return true;
}

/// Nothing is known of the value, so it is bounded by the first pass of every unknown value.
bool field_reader::skip() {
  const auto size = check_value(rest(), *bounds_);
  if (!size) {
    problem_ = error{errc::malformed, std::string{envelope_} + ": " + size.error().message,
                     outcome::not_sent, std::string{envelope_}};
    return false;
  }
  at_ += *size;
  return true;
}

bool field_reader::take(std::string_view field, token& found) {
  if (left_ == 0) {
    return refuse(errc::malformed, field, "the end of the list", "this field");
  }
  --left_;
  return next_token(at_, end_, found) ||
         refuse(errc::malformed, field, "no whole MessagePack value", "this field");
}

bool field_reader::number_up_to(std::string_view field, std::uint64_t& value,
                                std::uint64_t highest) {
  token found;
  if (!take(field, found)) {
    return false;
  }
  if (found.kind != token_kind::natural || found.bits > highest) {
    return refuse(errc::malformed, field, describe(found),
                  "an integer from 0 to " + std::to_string(highest));
  }
  value = found.bits;
  return true;
}

bool field_reader::boolean(std::string_view field, bool& value) {
  token found;
  if (!take(field, found)) {
    return false;
  }
  if (found.kind != token_kind::boolean) {
    return refuse(errc::malformed, field, describe(found), "true or false");
  }
  value = found.bits != 0;
  return true;
}

bool field_reader::take_text(std::string_view field, std::string_view& value, std::size_t longest) {
  token found;
  if (!take(field, found)) {
    return false;
  }
  if (found.kind != token_kind::text) {
    return refuse(errc::malformed, field, describe(found), "a string");
  }
  if (found.data.size() > longest) {
    return refuse(errc::too_large, field, std::to_string(found.data.size()) + " octets",
                  "at most " + std::to_string(longest));
  }
  if (!is_utf8(found.data)) {
    return refuse(errc::malformed, field, describe(found), "UTF-8");
  }
  value = found.data;
  return true;
}

bool field_reader::label(std::string_view field, std::string_view& value) {
  return take_text(field, value, bounds_->name_bytes);
}

bool field_reader::label(std::string_view field, std::string& value) {
  std::string_view view;
  const bool fits = label(field, view);
  value.assign(view);
  return fits;
}

bool field_reader::text(std::string_view field, std::string_view& value) {
  return take_text(field, value, bounds_->text_bytes);
}

bool field_reader::text(std::string_view field, std::string& value) {
  std::string_view view;
  const bool fits = text(field, view);
  value.assign(view);
  return fits;
}

bool field_reader::octets(std::string_view field, std::string& value) {
  token found;
  if (!take(field, found)) {
    return false;
  }
  if (found.kind != token_kind::octets) {
    return refuse(errc::malformed, field, describe(found), "octets");
  }
  if (found.data.size() > bounds_->text_bytes) {
    return refuse(errc::too_large, field, describe(found),
                  "at most " + std::to_string(bounds_->text_bytes));
  }
  value.assign(found.data);
  return true;
}

bool field_reader::take_id(std::string_view field, const token& found, node_id& value) {
  const auto id = found.kind == token_kind::octets ? node_id::from_bytes(found.data) : std::nullopt;
  if (!id) {
    return refuse(errc::malformed, field, describe(found), "16 octets");
  }
  value = *id;
  return true;
}

bool field_reader::id(std::string_view field, node_id& value) {
  token found;
  return take(field, found) && take_id(field, found, value);
}

bool field_reader::id_or_nil(std::string_view field, node_id& value) {
  token found;
  if (!take(field, found)) {
    return false;
  }
  if (found.kind == token_kind::nil) {
    value = node_id{};
    return true;
  }
  return take_id(field, found, value);
}

bool field_reader::body(std::string_view field, byte_view& value) {
  token found;
  if (!take(field, found)) {
    return false;
  }
  if (found.kind != token_kind::octets) {
    return refuse(errc::malformed, field, describe(found), "octets");
  }
  if (found.data.size() > bounds_->message_bytes) {
    return refuse(errc::too_large, field, describe(found),
                  "at most " + std::to_string(bounds_->message_bytes) + " octets");
  }
  value = found.data;
  return true;
}

bool field_reader::enter(std::string_view field, std::uint64_t& outer) {
  token found;
  if (!take(field, found)) {
    return false;
  }
  if (found.kind != token_kind::list) {
    return refuse(errc::malformed, field, describe(found), "a list");
  }
  if (found.bits > bounds_->elements) {
    return refuse(errc::too_large, field, describe(found), "fewer fields");
  }
  outer = left_;
  left_ = found.bits;
  return true;
}

bool field_reader::leave(std::uint64_t outer) {
  const bool skipped = finish();
  left_ = outer;
  return skipped;
}

bool field_reader::enter_list(std::string_view field, std::uint64_t& outer, std::size_t& count) {
  if (!enter(field, outer)) {
    return false;
  }
  if (left_ > bounds_->offered) {
    return refuse(errc::too_large, field, "a list of " + std::to_string(left_),
                  "at most " + std::to_string(bounds_->offered));
  }
  count = left_;
  return true;
}

}  // namespace kith::wire
