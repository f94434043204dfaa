// SPDX-License-Identifier: MPL-2.0
#pragma once

// The beacon's group, tried out: on each interface that a node with these settings would use one
// datagram is sent (a beacon of a domain that nobody belongs to), and what comes is read.

#include <chrono>
#include <memory>

#include <kith/config.hpp>

#include "kith/diagnose/doctor_facts.hpp"

namespace kith::tool {

/// Fills in the interfaces, the beacons and the other versions. `ring`: to judge beacons by.
void look_at_network(const config& settings, const std::shared_ptr<const security::keyring>& ring,
                     std::chrono::milliseconds listen, doctor_facts& into);

}  // namespace kith::tool
