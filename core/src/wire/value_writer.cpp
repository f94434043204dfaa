// SPDX-License-Identifier: MPL-2.0
#include <kith/detail/value_io.hpp>

#include "wire/copy_octets.hpp"
#include "wire/msgpack.hpp"

namespace kith::detail {
namespace {

msgpack::packer<value_writer> pack_into(value_writer& out) noexcept {
  return msgpack::packer<value_writer>{out};
}

}  // namespace

void value_writer::write(const char* octets, std::size_t size) {
  if (size > chunk_size - used_) {
    finish();
    if (size > chunk_size) {
      out_->append(octets, size);
      return;
    }
  }
  wire::copy_octets(chunk_ + used_, octets, size);
  used_ += size;
}

void value_writer::finish() {
  out_->append(chunk_, used_);
  used_ = 0;
}

void value_writer::nil() {
  pack_into(*this).pack_nil();
}

void value_writer::boolean(bool value) {
  if (value) {
    pack_into(*this).pack_true();
  } else {
    pack_into(*this).pack_false();
  }
}

void value_writer::signed_integer(std::int64_t value) {
  pack_into(*this).pack_int64(value);
}

void value_writer::unsigned_integer(std::uint64_t value) {
  pack_into(*this).pack_uint64(value);
}

void value_writer::float32(float value) {
  wire::write_float32(*this, value);
}

void value_writer::float64(double value) {
  wire::write_float64(*this, value);
}

void value_writer::text(std::string_view value) {
  pack_into(*this).pack_str(static_cast<std::uint32_t>(value.size()));
  write(value.data(), value.size());
}

void value_writer::octets(std::span<const std::byte> value) {
  pack_into(*this).pack_bin(static_cast<std::uint32_t>(value.size()));
  write(reinterpret_cast<const char*>(value.data()), value.size());
}

void value_writer::list(std::size_t count) {
  pack_into(*this).pack_array(static_cast<std::uint32_t>(count));
}

void value_writer::map(std::size_t count) {
  pack_into(*this).pack_map(static_cast<std::uint32_t>(count));
}

void value_writer::structure(const void* object, const type_info& type) {
  map(type.fields.size());
  for (const auto& field : type.fields) {
    text(field.name);
    field.write(*this, object);
  }
}

void value_writer::enumerator(std::int64_t value, const type_info& type) {
  for (const auto& known : type.enumerators) {
    if (known.value == value) {
      text(known.name);
      return;
    }
  }
  signed_integer(value);
}

}  // namespace kith::detail
