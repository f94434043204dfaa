# SPDX-License-Identifier: MPL-2.0
"""Faults planted in core/src, and the texts that plant them.

The library knows nothing of them: plant.py writes a changed copy of a source file into the build, and
planted_tests is linked with these copies. Each fault sleeps until the test chooses it by name.

A text that is not found exactly once fails the build: bring it up to date with the source.
"""

# Name and what is wrong. Each must be found by the durable storm.
FAULTS = {
    "acknowledged_before_commit": "a transaction is reported as done before its commit",
    "event_after_commit": "an event is written in a transaction of its own, after its data's",
    "number_before_commit": "a log's number is committed before the event that has it",
    "cursor_before_effect": "the cursor moves in a transaction before that of the effect",
    "cursor_after_effect": "the cursor moves in a transaction after that of the effect",
    "no_fencing": "the cursor moves without proof that lease and place are still ours",
    "blind_retry": "after a commit whose outcome is unknown the same is done again, unasked",
    "no_polling": "a log is read only when an announcement says so",
    "skip_on_regress": "a reader goes on in a log that was restored from a backup",
    "no_sync": "synchronous=OFF",
    "doubt_denied": "a commit that failed in the disk is reported as not done",
    "failed_effect_stands": "what a handler did before it threw is kept",
    "retired_unread": "retention does not ask whether everybody has read an event",
}

# (file, text, what stands there instead)
EDITS = [
    (
        "durable/outbox.cpp",
        "      what.last = durable::event_log::append(tx, what.events.events, now_us);\n",
        """      if (!planted::on("event_after_commit")) {
        what.last = durable::event_log::append(tx, what.events.events, now_us);
      }
      for (std::size_t i = 0; planted::on("acknowledged_before_commit") && i < what.jobs; ++i) {
        auto done = std::exchange(jobs[i].done, [](const result<void>&) {});
        done(jobs[i].refused ? result<void>{tl::make_unexpected(*jobs[i].refused)}
                             : result<void>{});
      }
""",
    ),
    (
        "durable/outbox.cpp",
        "        one->what = commit_in_turn(one->jobs, generation, now.time_since_epoch().count());\n",
        """        auto& what = one->what;
        what = commit_in_turn(one->jobs, generation, now.time_since_epoch().count());
        planted::numbers_given = planted::on("number_before_commit");
        const std::shared_ptr<void> end{nullptr, [](void*) { planted::numbers_given = false; }};
        if (!what.events.events.empty() &&
            (planted::on("event_after_commit") || planted::on("number_before_commit"))) {
          data.transaction([&](kith::transaction& tx) {
            what.last = durable::event_log::append(tx, what.events.events,
                                                   now.time_since_epoch().count());
          });
        }
""",
    ),
    (
        "durable/event_log.cpp",
        "  auto last = extent(tx).last;\n",
        """  auto last = extent(tx).last;
  if (planted::numbers_given) {
    last = {planted::first_number, planted::first_mark};
  }
  planted::first_number = last.sequence;
  planted::first_mark = last.mark;
""",
    ),
    (
        "durable/event_log.cpp",
        "    tx.execute(insert_of(rows.size()), std::span<const sql_argument>{args});\n",
        """    if (!planted::on("number_before_commit") || planted::numbers_given) {
      tx.execute(insert_of(rows.size()), std::span<const sql_argument>{args});
    }
""",
    ),
    (
        "durable/event_log.cpp",
        """  if (!events.empty()) {
    tx.execute("UPDATE kith_log_extent""",
        """  if (!events.empty() && !planted::numbers_given) {
    tx.execute("UPDATE kith_log_extent""",
    ),
    (
        "durable/event_log.cpp",
        "  if (mark_at(tx, query.after.sequence, held) != query.after.mark) {",
        """  if (!planted::on("skip_on_regress") &&
      mark_at(tx, query.after.sequence, held) != query.after.mark) {""",
    ),
    (
        "durable/follower.cpp",
        "  const auto what = co_await applying;\n",
        """  if (planted::on("cursor_before_effect")) {
    auto moving = shared_.out.transaction(
        [this, to = page.reached](kith::transaction& tx) { applier_.advance(tx, cursor_, to, {}); });
    co_await moving;
  }
  const auto what = co_await applying;
  if (planted::on("cursor_after_effect")) {
    auto moving = shared_.out.transaction([this, to = what.to, failing = what.failing](
                                              kith::transaction& tx) {
      applier_.advance(tx, cursor_, to, failing);
    });
    co_await moving;
  }
""",
    ),
    (
        "durable/page_applier.cpp",
        "  advance(tx, from, what.to, what.failing);\n",
        """  if (!planted::on("cursor_before_effect") && !planted::on("cursor_after_effect")) {
    advance(tx, from, what.to, what.failing);
  }
""",
    ),
    (
        "durable/follower.cpp",
        "    held_ = false;  // what became of the last commit, the row of the cursor says\n",
        '    held_ = held_ && planted::on("blind_retry");\n',
    ),
    (
        "durable/follower.cpp",
        "  const auto page = co_await source_.read(at_, cursor_.stored.sequence);\n",
        """  if (planted::on("no_polling") && last_ > 0 && last_ <= at_.sequence) {
    if (renewal_is_due()) {
      co_await save();
    }
    co_return false;
  }
  const auto page = co_await source_.read(at_, cursor_.stored.sequence);
""",
    ),
    (
        "durable/page_applier.cpp",
        "  part.undo();\n  return false;\n",
        """  if (planted::on("failed_effect_stands")) {
    part.keep();
  } else {
    part.undo();
  }
  return false;
""",
    ),
    (
        "durable/cursor_table.cpp",
        '             " WHERE consumer = ? AND log = ? AND epoch = ? AND sequence = ?",\n',
        """             + std::string{
                 planted::on("no_fencing")
                     ? " WHERE consumer = ? AND log = ? AND (epoch = ? OR 1) AND (sequence = ? OR 1)"
                 : planted::on("blind_retry")
                     ? " WHERE consumer = ? AND log = ? AND epoch = ? AND (sequence = ? OR 1)"
                     : " WHERE consumer = ? AND log = ? AND epoch = ? AND sequence = ?"},
""",
    ),
    (
        "durable/retention.cpp",
        "(event.sequence <= applied && ",
        '((planted::on("retired_unread") || event.sequence <= applied) && ',
    ),
    (
        "sql/sqlite_connection.cpp",
        'script("PRAGMA synchronous=FULL; ',
        'script(std::string{planted::on("no_sync") ? "PRAGMA synchronous=OFF; "\n'
        '                                           : "PRAGMA synchronous=FULL; "} + "',
    ),
    (
        "sql/sqlite_connection.cpp",
        "    const bool unknown = (code & 0xff) == SQLITE_IOERR;\n",
        '    const bool unknown = !planted::on("doubt_denied") && (code & 0xff) == SQLITE_IOERR;\n',
    ),
]
