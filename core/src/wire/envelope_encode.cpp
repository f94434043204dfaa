// SPDX-License-Identifier: MPL-2.0

// Each envelope is an array: its kind, then the fields of its struct in their order.

#include <cstring>

#include "wire/envelope.hpp"
#include "wire/msgpack.hpp"

namespace kith::wire {
namespace {

/// Octets gather here: many small appends to a packet are what encoding would spend its time on.
class gathering {
 public:
  explicit gathering(bytes& packet) noexcept : packet_{&packet} {}
  gathering(const gathering&) = delete;
  gathering& operator=(const gathering&) = delete;
  ~gathering() { flush(); }

  void write(const char* octets, std::size_t size) {
    if (size > sizeof chunk_ - used_) {
      flush();
      if (size > sizeof chunk_) {
        packet_->append(octets, size);
        return;
      }
    }
    if (size > 0) {  // an empty view may have no address, which memcpy must not see
      std::memcpy(chunk_ + used_, octets, size);
      used_ += size;
    }
  }

 private:
  void flush() {
    packet_->append(chunk_, used_);
    used_ = 0;
  }

  bytes* packet_;
  std::size_t used_ = 0;
  char chunk_[256];
};

class field_writer {
 public:
  explicit field_writer(bytes& packet) noexcept : stream_{packet}, packer_{stream_} {}
  field_writer(bytes& packet, kind what, std::uint32_t fields) : field_writer{packet} {
    packer_.pack_array(fields + 1);
    packer_.pack_uint8(static_cast<std::uint8_t>(what));
  }
  field_writer(const field_writer&) = delete;
  field_writer& operator=(const field_writer&) = delete;

  field_writer& number(std::uint64_t value) {
    packer_.pack_uint64(value);
    return *this;
  }
  field_writer& text(std::string_view value) {
    packer_.pack_str(static_cast<std::uint32_t>(value.size()));
    stream_.write(value.data(), value.size());
    return *this;
  }
  field_writer& octets(byte_view value) {
    packer_.pack_bin(static_cast<std::uint32_t>(value.size()));
    stream_.write(value.data(), value.size());
    return *this;
  }
  field_writer& boolean(bool value) {
    value ? packer_.pack_true() : packer_.pack_false();
    return *this;
  }
  field_writer& counts(const std::optional<link_counts>& value) {
    return value ? number(value->sent).number(value->read) : *this;
  }
  field_writer& times(const std::optional<reply_times>& value) {
    return value ? number(value->queue_us).number(value->handler_us) : *this;
  }
  field_writer& id_or_nil(const node_id& value) {
    if (value.is_nil()) {
      packer_.pack_nil();
      return *this;
    }
    return octets(value.bytes());
  }
  field_writer& list(std::size_t count) {
    packer_.pack_array(static_cast<std::uint32_t>(count));
    return *this;
  }
  field_writer& offers(const std::vector<offered>& offers) {
    list(offers.size());
    for (const auto& one : offers) {
      list(2).text(one.name).number(one.fingerprint);
    }
    return *this;
  }
  field_writer& node(const node_description& self) {
    return list(13)
        .octets(self.id.bytes())
        .number(self.incarnation)
        .text(self.domain)
        .text(self.service)
        .text(self.instance)
        .text(self.zone)
        .number(self.weight)
        .text(self.inbox)
        .text(self.outlet)
        .offers(self.methods)
        .offers(self.topics)
        .text(self.database)
        .text(self.host);
  }

 private:
  gathering stream_;
  msgpack::packer<gathering> packer_;
};

}  // namespace

void append(bytes& packet, const hello& value) {
  field_writer out{packet, kind::hello, value.opening ? 8U : 6U};
  out.number(value.version_min)
      .number(value.version_max)
      .node(value.self)
      .id_or_nil(value.expected)
      .octets(value.identity)
      .octets(value.signature);
  if (value.opening) {
    out.number(value.opening->link).number(value.opening->read);
  }
}

void append(bytes& packet, const welcome& value) {
  field_writer out{packet, kind::welcome, value.read ? 5U : 4U};
  out.number(value.version).node(value.self).octets(value.identity).octets(value.signature);
  if (value.read) {
    out.number(*value.read);
  }
}

void append(bytes& packet, const refuse& value) {
  field_writer{packet, kind::refuse, 2}
      .number(static_cast<std::uint16_t>(value.code))
      .text(value.reason);
}

void append(bytes& packet, const ping& value) {
  field_writer{packet, kind::ping, value.counts ? 4U : 2U}
      .number(value.sequence)
      .number(value.queue_depth)
      .counts(value.counts);
}

void append(bytes& packet, const pong& value) {
  field_writer{packet, kind::pong, value.counts ? 4U : 2U}
      .number(value.sequence)
      .number(value.queue_depth)
      .counts(value.counts);
}

void append(bytes& packet, const request& value) {
  const auto asks = !value.tracestate.empty() ? 3U : value.times ? 2U : value.window > 0 ? 1U : 0U;
  field_writer out{packet, kind::request, 7 + asks};
  out.number(value.id)
      .number(value.target)
      .number(value.time_left_ms)
      .text(value.method)
      .text(value.traceparent)
      .text(value.idempotency_key)
      .octets(value.body);
  if (asks > 0) {
    out.number(value.window);
  }
  if (asks > 1) {
    out.boolean(value.times);
  }
  if (asks > 2) {
    out.text(value.tracestate);
  }
}

void append(bytes& packet, const reply& value) {
  field_writer{packet, kind::reply, value.times ? 4U : 2U}
      .number(value.id)
      .octets(value.body)
      .times(value.times);
}

void append(bytes& packet, const error_reply& value) {
  field_writer{packet, kind::error, value.times ? 8U : 6U}
      .number(value.id)
      .number(static_cast<std::uint16_t>(value.code))
      .number(static_cast<std::uint8_t>(value.outcome))
      .text(value.message)
      .text(value.where)
      .number(value.retry_after_ms)
      .times(value.times);
}

void append(bytes& packet, const cancel& value) {
  field_writer{packet, kind::cancel, 1}.number(value.id);
}

void append(bytes& packet, const credit& value) {
  field_writer{packet, kind::credit, 2}.number(value.id).number(value.count);
}

void append(bytes& packet, const item& value) {
  field_writer{packet, kind::item, 2}.number(value.id).octets(value.body);
}

void append(bytes& packet, const event& value) {
  const auto more = !value.tracestate.empty() ? 2U : value.published_us > 0 ? 1U : 0U;
  field_writer out{packet, kind::event, 3 + more};
  out.number(value.sequence).text(value.traceparent).octets(value.body);
  if (more > 0) {
    out.number(value.published_us);
  }
  if (more > 1) {
    out.text(value.tracestate);
  }
}

void append(bytes& packet, const heads& value) {
  field_writer out{packet, kind::heads, 2};
  out.list(value.entries.size());
  for (const auto& entry : value.entries) {
    out.list(2).text(entry.topic).number(entry.sequence);
  }
  out.boolean(value.last);
}

void append(bytes& packet, const goodbye& value) {
  field_writer{packet, kind::goodbye, 1}.text(value.reason);
}

}  // namespace kith::wire
