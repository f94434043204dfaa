// SPDX-License-Identifier: MPL-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include <kith/database.hpp>

#include "sql/event_buffer.hpp"

namespace kith::sql {

/// A part of a transaction that can be undone alone, with the events it appended. Ends by `keep` or
/// `undo`; without either nothing is certain and the transaction must not commit.
class savepoint {
 public:
  /// One inside another has another `name`, an SQL identifier.
  savepoint(kith::transaction& tx, std::string_view name)
      : tx_{&tx}, name_{name}, events_{tx.events_} {
    tx.execute("SAVEPOINT " + name_);
    if (events_ != nullptr) {
      events_->begin_part();
      count_ = events_->part_begin;
      octets_ = events_->octets_before_part;
    }
  }
  savepoint(const savepoint&) = delete;
  savepoint& operator=(const savepoint&) = delete;

  void keep() { tx_->execute("RELEASE " + name_); }
  void undo() {
    tx_->execute("ROLLBACK TO " + name_);
    tx_->execute("RELEASE " + name_);
    if (events_ != nullptr) {
      events_->events.resize(count_);
      events_->octets = octets_;
    }
  }

 private:
  kith::transaction* tx_;
  std::string name_;
  event_buffer* events_;
  std::size_t count_ = 0;
  std::size_t octets_ = 0;
};

}  // namespace kith::sql
