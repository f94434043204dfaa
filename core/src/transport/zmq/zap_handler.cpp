// SPDX-License-Identifier: MPL-2.0
#include "transport/zmq/zap_handler.hpp"

#include <array>
#include <vector>

#include <zmq.h>

#include "security/keys.hpp"
#include "transport/zmq/zmq_context.hpp"

namespace kith::transport {
namespace {

constexpr const char* well_known = "inproc://zeromq.zap.01";
constexpr std::string_view zap_version = "1.0";
constexpr std::size_t key_octets = 32;

// A request: version, id, domain, address, identity, mechanism, credentials.
enum field : std::size_t { version, id, domain, address, identity, mechanism, key, fields };

/// All frames of one message, at most `fields` of them kept; empty when the context ends.
std::vector<std::string> receive(void* socket) {
  std::vector<std::string> frames;
  zmq_msg_t frame;
  for (bool more = true; more;) {
    zmq_msg_init(&frame);
    if (zmq_msg_recv(&frame, socket, 0) < 0) {
      zmq_msg_close(&frame);
      return {};
    }
    if (frames.size() < fields) {
      frames.emplace_back(static_cast<const char*>(zmq_msg_data(&frame)), zmq_msg_size(&frame));
    }
    more = zmq_msg_more(&frame) != 0;
    zmq_msg_close(&frame);
  }
  return frames;
}

/// Empty when it is none: that is nobody's key.
std::string key_text(std::string_view octets) {
  return octets.size() == key_octets ? security::z85_of(octets) : std::string{};
}

}  // namespace

result<std::unique_ptr<zap_handler>> zap_handler::start(void* context,
                                                        unique_function<void()> before_answer) {
  void* const socket = ::zmq_socket(context, ZMQ_REP);
  if (socket == nullptr) {
    return fail(errc::io_error, "cannot check keys: " + zmq_reason());
  }
  const int none = 0;
  zmq_setsockopt(socket, ZMQ_LINGER, &none, sizeof none);
  if (zmq_bind(socket, well_known) != 0) {
    auto failed = fail(errc::io_error, "cannot check keys: " + zmq_reason());
    zmq_close(socket);
    return failed;
  }
  auto made = std::make_unique<zap_handler>(socket);
  made->before_answer_ = std::move(before_answer);
  made->thread_ = std::thread{[raw = made.get()] { raw->serve(); }};
  return made;
}

zap_handler::~zap_handler() {
  if (thread_.joinable()) {
    thread_.join();
  }
}

std::shared_ptr<const zap_record> zap_handler::admit(
    const std::string& where, std::shared_ptr<const security::keyring> ring) {
  std::shared_ptr<zap_record> record;
  change([&](table& now) {
    auto& at = now[where];
    at.ring = ring;
    if (!at.record) {
      at.record = std::make_shared<zap_record>();
    }
    record = at.record;
  });
  return record;
}

void zap_handler::forget(const std::string& where) {
  change([&](table& now) { now.erase(where); });
}

void zap_handler::change(const std::function<void(table&)>& how) {
  auto before = table_.load();
  std::shared_ptr<const table> after;
  do {
    auto copy = std::make_shared<table>(*before);
    how(*copy);
    after = std::move(copy);
  } while (!table_.compare_exchange_weak(before, after));
}

void zap_handler::serve() {
  while (answer()) {
  }
  zmq_close(socket_);
}

bool zap_handler::answer() {
  const auto request = receive(socket_);
  if (request.empty()) {
    return false;
  }
  if (before_answer_) {
    before_answer_();
  }
  const bool whole = request.size() == fields && request[version] == zap_version;
  const auto user =
      whole ? judge(request[domain], request[address], request[mechanism], key_text(request[key]))
            : std::string{};
  const std::array<std::string_view, 6> reply{
      zap_version,
      whole ? std::string_view{request[id]} : std::string_view{},
      user.empty() ? "400" : "200",
      user.empty() ? "unknown key" : "OK",
      user,
      ""};
  for (std::size_t i = 0; i < reply.size(); ++i) {
    const int more = i + 1 < reply.size() ? ZMQ_SNDMORE : 0;
    if (zmq_send(socket_, reply[i].data(), reply[i].size(), more) < 0) {
      return zmq_errno() != ETERM;
    }
  }
  return true;
}

std::string zap_handler::judge(std::string_view where, std::string_view from, std::string_view by,
                               std::string_view public_key) const {
  const auto now = table_.load();
  const auto found = now->find(where);
  if (found == now->end()) {
    return {};
  }
  auto& record = *found->second.record;
  if (by != "CURVE" || found->second.ring->find(public_key) == nullptr) {
    record.last_refused =
        std::make_shared<const std::string>(std::string{from.empty() ? "somebody here" : from} +
                                            ", whose key is " + std::string{public_key});
    ++record.refused;
    return {};
  }
  ++record.accepted;
  return std::string{public_key};
}

}  // namespace kith::transport
