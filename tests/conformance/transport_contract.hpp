// SPDX-License-Identifier: MPL-2.0
#pragma once

// What the suites of the transport's contract have in common: one rig for each kind of transport.

#include <gtest/gtest.h>

#include "support/transport_rig.hpp"

namespace kith::test {

class TransportContract : public testing::TestWithParam<std::string> {
 protected:
  void build(const transport::socket_limits& limits = {}) { net_ = make_rig(GetParam(), limits); }
  rig& net() {
    if (!net_) {
      build();
    }
    return *net_;
  }

 private:
  std::unique_ptr<rig> net_;
};

inline auto every_transport() {
  return testing::Values("sim", "tcp", "ipc");
}
inline std::string name_of_kind(const testing::TestParamInfo<std::string>& kind) {
  return kind.param;
}

}  // namespace kith::test
