// SPDX-License-Identifier: MPL-2.0
#pragma once

// Instances of one service that work on different databases are not mixed: calls go to those on one
// of them. Pure: who is there in, a database out.
//
// Design notes
// - Most instances decide, since it is the newcomer with a wrong setting that is alone. Those whose
//   link is broken count too: else each break would move the calls. Of as many, the database that
//   was chosen before: one instance that ends must not move the calls. At first the one of the
//   oldest instance, which was there before somebody made the mistake.
// - An instance that names no database says nothing of it: it fits to any.

#include <cstdint>
#include <span>
#include <string_view>

namespace kith::routing {

/// An instance that lives, whether there is a link to it or not.
struct database_user {
  std::string_view database;      ///< empty: it names none
  std::uint64_t incarnation = 0;  ///< smaller: older
  std::uint32_t weight = 100;     ///< with 0 it has no say
};

/// One of the databases, or empty when nobody has a say. `before`: what was chosen last, or empty.
std::string_view choose_database(std::span<const database_user> among, std::string_view before);

}  // namespace kith::routing
