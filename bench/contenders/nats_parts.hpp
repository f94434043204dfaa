// SPDX-License-Identifier: MPL-2.0
#pragma once

// A connection of libnats, and its errors as exceptions.

#include <stdexcept>
#include <string>
#include <string_view>

#include <nats/nats.h>

namespace bench::nats {

inline void check(natsStatus status, const char* what) {
  if (status != NATS_OK) {
    throw std::runtime_error{std::string{what} + ": " + natsStatus_GetText(status)};
  }
}

inline std::string_view octets_of(const natsMsg* message) {
  return {natsMsg_GetData(message), static_cast<std::size_t>(natsMsg_GetDataLength(message))};
}

class connection {
 public:
  /// `at_once`: each message leaves by itself, as a single caller wants it; else libnats gathers.
  connection(const std::string& url, bool at_once) {
    natsOptions* options = nullptr;
    check(natsOptions_Create(&options), "making options");
    check(natsOptions_SetURL(options, url.c_str()), "setting the url");
    check(natsOptions_SetSendAsap(options, at_once), "setting options");
    const auto status = natsConnection_Connect(&connection_, options);
    natsOptions_Destroy(options);
    check(status, "connecting");
  }
  connection(const connection&) = delete;
  connection& operator=(const connection&) = delete;
  ~connection() { natsConnection_Destroy(connection_); }

  [[nodiscard]] natsConnection* get() const noexcept { return connection_; }

 private:
  natsConnection* connection_ = nullptr;
};

}  // namespace bench::nats
