// SPDX-License-Identifier: MPL-2.0
#include <kith/database.hpp>

#include <atomic>

#include "sql/busy_budget.hpp"
#include "sql/connection.hpp"
#include "sql/database_url.hpp"
#include "sql/migration.hpp"
#include "sql/postgres_connection.hpp"
#include "sql/sqlite_checkpoint.hpp"
#include "sql/sqlite_database.hpp"

namespace kith {
namespace {

/// Turns two uses at once, a bug of the caller, into an error instead of a torn transaction.
class one_at_a_time {
 public:
  one_at_a_time(std::atomic_flag& flag, const std::string& path) : flag_{&flag} {
    if (flag.test_and_set(std::memory_order_acquire)) {
      throw failure{
          error{errc::failed_precondition,
                "database " + path + ": used by two at once, or inside its own transaction"}};
    }
  }
  one_at_a_time(const one_at_a_time&) = delete;
  one_at_a_time& operator=(const one_at_a_time&) = delete;
  ~one_at_a_time() { flag_->clear(std::memory_order_release); }

 private:
  std::atomic_flag* flag_;
};

std::unique_ptr<sql::connection> connect(std::string_view url, const database_options& options) {
  if (sql::is_postgres(url)) {
    return std::make_unique<sql::postgres_connection>(std::string{url}, options);
  }
  const auto path = sql::sqlite_path_of(url);
  if (!path) {
    throw failure{path.error()};
  }
  return std::make_unique<sql::sqlite_database>(*path, options);
}

}  // namespace

struct database::impl {
  impl(std::unique_ptr<sql::connection> opened, const database_options& wanted)
      : options{wanted}, main{std::move(opened)} {}

  /// One transaction around `work`, run again while others hold the lock and time is left.
  template <class F>
  void run(bool writes, F&& work) {
    run_within(options.busy_time, writes, std::forward<F>(work));
  }

  template <class F>
  void run_within(std::chrono::milliseconds patience, bool writes, F&& work) {
    main->allow_waiting(patience);
    for (;;) {
      try {
        main->begin(writes);
        work();
        main->commit();
        return;
      } catch (const failure& reason) {
        main->rollback();
        if (reason.what_code() != errc::database_busy || !main->pause()) {
          throw;
        }
      } catch (...) {
        main->rollback();
        throw;
      }
    }
  }

  void read_identity() {
    main->allow_waiting(sql::start_patience(options));
    const bool made = main->has_meta_tables();
    if (!made && options.read_only) {
      return;
    }
    if (!made) {
      run_within(sql::start_patience(options), true, [this] { main->make_meta_tables(); });
    }
    const auto found =
        main->query("SELECT value FROM kith_meta WHERE key = 'identity'", {}, false, 1);
    identity = found.empty() ? std::string{} : found.front().get<std::string>(0);
    main->sync_what_is_found();
  }

  database_options options;
  std::unique_ptr<sql::connection> main;
  std::string identity;
  std::atomic_flag in_use;
};

database::database(std::unique_ptr<impl> inside) noexcept : impl_{std::move(inside)} {}
database::database(database&&) noexcept = default;
database& database::operator=(database&&) noexcept = default;
database::~database() = default;

database database::open(std::string_view url, const database_options& options) {
  auto inside = std::make_unique<impl>(connect(url, options), options);
  inside->read_identity();
  return database{std::move(inside)};
}

void database::run(bool writes, unique_function<void(kith::transaction&)> work) {
  const one_at_a_time guard{impl_->in_use, impl_->main->path()};
  impl_->run(writes, [&] {
    kith::transaction tx{*impl_->main, writes};
    work(tx);
  });
  if (writes) {
    impl_->main->tend();
  }
}

void database::migrate(std::string_view name, std::span<const std::string_view> steps) {
  const one_at_a_time guard{impl_->in_use, impl_->main->path()};
  impl_->run_within(sql::start_patience(impl_->options), true,
                    [&] { sql::apply_migrations(*impl_->main, name, steps); });
}

checkpoint_report database::checkpoint() {
  const one_at_a_time guard{impl_->in_use, impl_->main->path()};
  return impl_->main->checkpoint();
}

std::uint64_t database::log_pages() const noexcept {
  return impl_->main->log_pages();
}
const std::string& database::identity() const noexcept {
  return impl_->identity;
}
const std::string& database::path() const noexcept {
  return impl_->main->path();
}

std::string database::version_line() const {
  return impl_->main->version_line();
}

std::int64_t transaction::execute_bound(std::string_view sql, std::span<const sql_argument> args) {
  return connection_->execute(sql, args, may_write_);
}

std::vector<row> transaction::query_bound(std::string_view sql, std::span<const sql_argument> args,
                                          std::size_t first_rows) {
  return connection_->query(sql, args, may_write_, first_rows);
}

std::int64_t transaction::last_id() const {
  return connection_->last_id();
}

}  // namespace kith
