// SPDX-License-Identifier: MPL-2.0
#include "support/sim_disk.hpp"

#include <algorithm>
#include <cassert>
#include <cstring>
#include <map>
#include <utility>
#include <vector>

#include <sqlite3.h>

#include "support/sim_disk_files.hpp"
#include "support/sim_disk_memory.hpp"

namespace kith::test {
namespace {

constexpr std::string_view root = "/disk/";
constexpr int write_slot = 0;  // of the shared memory's locks: WAL_WRITE_LOCK

struct open_file;

struct machine {
  disk_directory directory;
  bool locked = false;
  bool full = false;
};

/// One life of a program.
struct process {
  machine* where = nullptr;
  bool dead = false;
  std::uint64_t steps = 0;
  std::uint64_t dies_at = 0;  // 0: not planned
  unique_function<void()> died;
  bool sync_fails = false;
  bool answer_lost = false;
  std::vector<open_file*> files;
};

/// A connection's hold on a file.
struct open_file {
  sim_disk::impl* disk;
  process* owner;
  machine* where;
  std::string name;
  std::shared_ptr<disk_file> file;
  bool syncs_directory;  // with its first sync, as SQLite's own VFS for new journals
  bool removed_at_end;
  int lock = SQLITE_LOCK_NONE;
  memory_view memory{};
  unsigned shared = 0;  // slots of the memory's locks, as bits
  unsigned exclusive = 0;

  void die() {
    memory.cut_off();
    lock = SQLITE_LOCK_NONE;
    shared = exclusive = 0;
  }
};

/// What SQLite allocates for a file.
struct handle {
  sqlite3_file base;
  open_file* inside;
};

open_file& inside_of(sqlite3_file* file) {
  return *reinterpret_cast<handle*>(file)->inside;
}

}  // namespace

class sim_disk::image {
 public:
  std::map<std::string, std::string> files;
};

struct sim_disk::impl {
  explicit impl(std::uint64_t seed);

  process& process_of(std::string_view name) {
    auto& one = processes[std::string{name}];
    one = one == nullptr ? std::make_unique<process>() : std::move(one);
    return *one;
  }
  machine& machine_of(std::string_view name) { return machines[std::string{name}]; }

  void die(process& who) {
    who.dead = true;
    for (auto* const file : who.files) {
      file->die();
    }
  }
  /// Whether the process lives to do its next step.
  bool step(process& who) {
    if (who.dead) {
      return false;
    }
    if (++who.steps == who.dies_at) {
      die(who);
      ++counted.deaths;
      if (auto tell = std::exchange(who.died, {})) {
        tell();
      }
    }
    return !who.dead;
  }
  /// Whether it is so of another who has that file open.
  template <class F>
  [[nodiscard]] bool any_other(const open_file& than, F&& is_so) const {
    for (const auto& [name, who] : processes) {
      for (const auto* const one : who->files) {
        if (one != &than && one->file == than.file && is_so(*one)) {
          return true;
        }
      }
    }
    return false;
  }

  random_source random;
  std::map<std::string, machine> machines;
  std::map<std::string, std::unique_ptr<process>> processes;
  sim_disk::counts counted;
  std::size_t open = 0;
  sqlite3_vfs face{};
};

namespace {

sim_disk::impl& disk_of(sqlite3_vfs* face) {
  return *static_cast<sim_disk::impl*>(face->pAppData);
}

// Files. Each first asks whether its process lives.

int close_file(sqlite3_file* file) {
  auto* const one = &inside_of(file);
  if (one->removed_at_end && !one->owner->dead) {
    one->where->directory.remove(one->name);
  }
  std::erase(one->owner->files, one);
  --one->disk->open;
  delete one;
  return SQLITE_OK;
}

int read_file(sqlite3_file* file, void* into, int length, sqlite3_int64 offset) {
  const auto& one = inside_of(file);
  if (one.owner->dead) {
    return SQLITE_IOERR_READ;
  }
  const auto& content = one.file->content();
  const auto from = std::min(static_cast<std::size_t>(offset), content.size());
  const auto wanted = static_cast<std::size_t>(length);
  const auto there = std::min(wanted, content.size() - from);
  std::memcpy(into, content.data() + from, there);
  std::memset(static_cast<char*>(into) + there, 0, wanted - there);
  return there == wanted ? SQLITE_OK : SQLITE_IOERR_SHORT_READ;
}

int write_file(sqlite3_file* file, const void* from, int length, sqlite3_int64 offset) {
  auto& one = inside_of(file);
  const std::string_view octets{static_cast<const char*>(from), static_cast<std::size_t>(length)};
  const auto at = static_cast<std::size_t>(offset);
  const bool lived = !one.owner->dead;
  if (!one.disk->step(*one.owner)) {
    if (lived) {  // it dies in this very write
      const auto sectors = one.disk->random.below(octets.size() / sector_octets + 1);
      one.file->write(at, octets.substr(0, sectors * sector_octets));
    }
    return SQLITE_IOERR_WRITE;
  }
  if (one.where->full && at + octets.size() > one.file->size()) {
    return SQLITE_FULL;
  }
  ++one.disk->counted.writes;
  one.file->write(at, octets);
  return SQLITE_OK;
}

int truncate_file(sqlite3_file* file, sqlite3_int64 size) {
  auto& one = inside_of(file);
  if (!one.disk->step(*one.owner)) {
    return SQLITE_IOERR_TRUNCATE;
  }
  one.file->truncate(static_cast<std::size_t>(size));
  return SQLITE_OK;
}

int sync_file(sqlite3_file* file, int /*flags*/) {
  auto& one = inside_of(file);
  if (!one.disk->step(*one.owner)) {
    return SQLITE_IOERR_FSYNC;
  }
  if (std::exchange(one.owner->sync_fails, false)) {
    ++one.disk->counted.failed_commits;
    return SQLITE_IOERR_FSYNC;
  }
  ++one.disk->counted.syncs;
  one.file->sync();
  if (std::exchange(one.syncs_directory, false)) {
    one.where->directory.sync();
  }
  return SQLITE_OK;
}

int size_of_file(sqlite3_file* file, sqlite3_int64* size) {
  const auto& one = inside_of(file);
  *size = static_cast<sqlite3_int64>(one.file->size());
  return one.owner->dead ? SQLITE_IOERR_FSTAT : SQLITE_OK;
}

int lock_file(sqlite3_file* file, int level) {
  auto& one = inside_of(file);
  if (one.owner->dead) {
    return SQLITE_IOERR_LOCK;
  }
  if (level <= one.lock) {
    return SQLITE_OK;
  }
  const auto others_have = [&](int least) {
    return one.disk->any_other(one, [&](const open_file& o) { return o.lock >= least; });
  };
  if (level == SQLITE_LOCK_SHARED) {
    if (others_have(SQLITE_LOCK_PENDING)) {
      return SQLITE_BUSY;
    }
  } else if (others_have(SQLITE_LOCK_RESERVED) || one.where->locked) {
    return SQLITE_BUSY;
  } else if (level == SQLITE_LOCK_EXCLUSIVE && others_have(SQLITE_LOCK_SHARED)) {
    one.lock = SQLITE_LOCK_PENDING;
    return SQLITE_BUSY;
  }
  one.lock = level;
  return SQLITE_OK;
}

int unlock_file(sqlite3_file* file, int level) {
  auto& one = inside_of(file);
  one.lock = std::min(one.lock, level);
  return SQLITE_OK;
}

int is_reserved(sqlite3_file* file, int* answer) {
  const auto& one = inside_of(file);
  const auto reserves = [](const open_file& o) { return o.lock >= SQLITE_LOCK_RESERVED; };
  *answer = reserves(one) || one.disk->any_other(one, reserves) ? 1 : 0;
  return one.owner->dead ? SQLITE_IOERR_CHECKRESERVEDLOCK : SQLITE_OK;
}

int control_file(sqlite3_file* file, int what, void* /*argument*/) {
  auto& one = inside_of(file);
  if (what != SQLITE_FCNTL_COMMIT_PHASETWO) {
    return SQLITE_NOTFOUND;
  }
  // The commit is done; its caller does not know yet.
  if (!one.disk->step(*one.owner)) {
    return SQLITE_IOERR;
  }
  if (std::exchange(one.owner->answer_lost, false)) {
    ++one.disk->counted.failed_commits;
    return SQLITE_IOERR;
  }
  return SQLITE_OK;
}

int sector_size(sqlite3_file* /*file*/) {
  return 4096;
}

/// As SQLite's own VFS says of an ordinary disk.
int characteristics(sqlite3_file* /*file*/) {
  return SQLITE_IOCAP_POWERSAFE_OVERWRITE;
}

int map_memory(sqlite3_file* file, int region, int length, int extend, void volatile** at) {
  auto& one = inside_of(file);
  *at = nullptr;
  if (one.owner->dead) {
    return SQLITE_IOERR_SHMMAP;
  }
  if (one.memory.memory() == nullptr) {
    std::shared_ptr<shared_memory> memory;
    const bool found = one.disk->any_other(one, [&](const open_file& o) {
      memory = o.memory.memory();
      return memory != nullptr;
    });
    one.memory.join(found ? memory : std::make_shared<shared_memory>());
  }
  void* there = nullptr;
  if (!one.memory.find(static_cast<std::size_t>(region), static_cast<std::size_t>(length),
                       extend != 0, there)) {
    return SQLITE_IOERR_SHMMAP;
  }
  *at = there;
  return SQLITE_OK;
}

int lock_memory(sqlite3_file* file, int first, int count, int flags) {
  auto& one = inside_of(file);
  if (!one.disk->step(*one.owner)) {
    return SQLITE_IOERR_SHMLOCK;
  }
  const unsigned mask = ((1U << static_cast<unsigned>(count)) - 1U) << static_cast<unsigned>(first);
  if ((flags & SQLITE_SHM_UNLOCK) != 0) {
    one.shared &= ~mask;
    one.exclusive &= ~mask;
    return SQLITE_OK;
  }
  const bool exclusive = (flags & SQLITE_SHM_EXCLUSIVE) != 0;
  if (exclusive && first == write_slot && one.where->locked) {
    return SQLITE_BUSY;
  }
  if (one.disk->any_other(one, [&](const open_file& o) {
        return (o.exclusive & mask) != 0 || (exclusive && (o.shared & mask) != 0);
      })) {
    return SQLITE_BUSY;
  }
  (exclusive ? one.exclusive : one.shared) |= mask;
  return SQLITE_OK;
}

void memory_barrier(sqlite3_file* file) {
  const auto& one = inside_of(file);
  static_cast<void>(one.disk->step(*one.owner));
}

int unmap_memory(sqlite3_file* file, int /*remove*/) {
  auto& one = inside_of(file);
  one.memory.leave();
  one.shared = one.exclusive = 0;
  return SQLITE_OK;
}

constexpr sqlite3_io_methods methods{2,
                                     close_file,
                                     read_file,
                                     write_file,
                                     truncate_file,
                                     sync_file,
                                     size_of_file,
                                     lock_file,
                                     unlock_file,
                                     is_reserved,
                                     control_file,
                                     sector_size,
                                     characteristics,
                                     map_memory,
                                     lock_memory,
                                     memory_barrier,
                                     unmap_memory,
                                     nullptr,
                                     nullptr};

// Names.

struct place {
  process* who;
  machine* where;
  std::string name;
};

bool parse(sim_disk::impl& disk, const char* path, place& into) {
  const std::string_view all{path == nullptr ? "" : path};
  if (!all.starts_with(root)) {
    return false;
  }
  const auto rest = all.substr(root.size());
  const auto first = rest.find('/');
  const auto second = rest.find('/', first + 1);
  if (first == std::string_view::npos || second == std::string_view::npos) {
    return false;
  }
  into = {&disk.process_of(rest.substr(first + 1, second - first - 1)),
          &disk.machine_of(rest.substr(0, first)), std::string{rest.substr(second + 1)}};
  into.who->where = into.where;
  return true;
}

int open_by_name(sqlite3_vfs* face, const char* path, sqlite3_file* file, int flags, int* given) {
  auto* const made = reinterpret_cast<handle*>(file);
  made->base.pMethods = nullptr;
  auto& disk = disk_of(face);
  place at{};
  if (!parse(disk, path, at) || at.who->dead) {
    return SQLITE_CANTOPEN;
  }
  auto found = at.where->directory.find(at.name);
  const bool fresh = found == nullptr;
  if (fresh && ((flags & SQLITE_OPEN_CREATE) == 0 || !disk.step(*at.who))) {
    return SQLITE_CANTOPEN;
  }
  if (fresh) {
    found = at.where->directory.make(at.name);
  }
  constexpr int journals = SQLITE_OPEN_MAIN_JOURNAL | SQLITE_OPEN_SUPER_JOURNAL | SQLITE_OPEN_WAL;
  made->inside = new open_file{&disk,
                               at.who,
                               at.where,
                               at.name,
                               found,
                               fresh && (flags & journals) != 0,
                               (flags & SQLITE_OPEN_DELETEONCLOSE) != 0};
  at.who->files.push_back(made->inside);
  ++disk.open;
  made->base.pMethods = &methods;
  if (given != nullptr) {
    *given = flags;
  }
  return SQLITE_OK;
}

int delete_by_name(sqlite3_vfs* face, const char* path, int sync_directory) {
  auto& disk = disk_of(face);
  place at{};
  if (!parse(disk, path, at) || !disk.step(*at.who)) {
    return SQLITE_IOERR_DELETE;
  }
  if (!at.where->directory.remove(at.name)) {
    return SQLITE_IOERR_DELETE_NOENT;
  }
  if (sync_directory != 0) {
    at.where->directory.sync();
  }
  return SQLITE_OK;
}

int is_there(sqlite3_vfs* face, const char* path, int flags, int* answer) {
  place at{};
  if (!parse(disk_of(face), path, at) || at.who->dead) {
    return SQLITE_IOERR_ACCESS;
  }
  const auto found = at.where->directory.find(at.name);
  // As SQLite's own VFS: an empty file does not exist.
  *answer = found != nullptr && (flags != SQLITE_ACCESS_EXISTS || found->size() > 0) ? 1 : 0;
  return SQLITE_OK;
}

int full_name(sqlite3_vfs* /*face*/, const char* path, int length, char* into) {
  sqlite3_snprintf(length, into, "%s", path);
  return SQLITE_OK;
}

int randomness(sqlite3_vfs* face, int length, char* into) {
  auto& random = disk_of(face).random;
  for (int i = 0; i < length; ++i) {
    into[i] = static_cast<char>(random.below(256));
  }
  return length;
}

/// Time is virtual and stands still meanwhile: nobody else can let go of a lock.
int pause(sqlite3_vfs* /*face*/, int microseconds) {
  return microseconds;
}

int julian_milliseconds(sqlite3_vfs* /*face*/, sqlite3_int64* now) {
  *now = 212'000'000'000'000;
  return SQLITE_OK;
}

int last_error(sqlite3_vfs* /*face*/, int /*length*/, char* /*into*/) {
  return 0;
}

}  // namespace

sim_disk::impl::impl(std::uint64_t seed) : random{seed} {
  face.iVersion = 2;
  face.szOsFile = sizeof(handle);
  face.mxPathname = 512;
  face.zName = "sim_disk";
  face.pAppData = this;
  face.xOpen = open_by_name;
  face.xDelete = delete_by_name;
  face.xAccess = is_there;
  face.xFullPathname = full_name;
  face.xRandomness = randomness;
  face.xSleep = pause;
  face.xGetLastError = last_error;
  face.xCurrentTimeInt64 = julian_milliseconds;
}

sim_disk::sim_disk(std::uint64_t seed) : impl_{std::make_unique<impl>(seed)} {
  assert(sqlite3_vfs_find(impl_->face.zName) == nullptr);
  sqlite3_vfs_register(&impl_->face, 1);
  sqlite3_randomness(0, nullptr);  // its next numbers come from this disk's seed
}

sim_disk::~sim_disk() {
  assert(impl_->open == 0);
  sqlite3_vfs_unregister(&impl_->face);
}

std::string sim_disk::path(std::string_view machine, std::string_view process,
                           std::string_view file) {
  std::string made{root};
  return made.append(machine).append("/").append(process).append("/").append(file);
}

void sim_disk::kill(std::string_view process) {
  impl_->die(impl_->process_of(process));
}

void sim_disk::kill_at(std::string_view process, std::uint64_t step, unique_function<void()> died) {
  auto& who = impl_->process_of(process);
  who.dies_at = step == 0 ? 0 : who.steps + step;
  who.died = std::move(died);
}

bool sim_disk::alive(std::string_view process) const {
  return !impl_->process_of(process).dead;
}

std::uint64_t sim_disk::steps(std::string_view process) const {
  return impl_->process_of(process).steps;
}

void sim_disk::lose_power(std::string_view machine) {
  auto& where = impl_->machine_of(machine);
  for (const auto& [name, who] : impl_->processes) {
    if (who->where == &where) {
      impl_->die(*who);
    }
  }
  where.locked = false;  // whoever it was
  impl_->counted.lost_writes += where.directory.lose(impl_->random);
}

void sim_disk::fail_commit(std::string_view process, commit_trouble how) {
  auto& who = impl_->process_of(process);
  (how == commit_trouble::sync_fails ? who.sync_fails : who.answer_lost) = true;
}

void sim_disk::hold_locks(std::string_view machine, bool held) {
  impl_->machine_of(machine).locked = held;
}

void sim_disk::fill(std::string_view machine, bool full) {
  impl_->machine_of(machine).full = full;
}

std::shared_ptr<const sim_disk::image> sim_disk::copy(std::string_view machine) const {
  auto made = std::make_shared<image>();
  for (const auto& [name, file] : impl_->machine_of(machine).directory.all()) {
    made->files.emplace(name, file->content());
  }
  return made;
}

void sim_disk::restore(std::string_view machine, const image& from) {
  disk_directory::entries files;
  for (const auto& [name, content] : from.files) {
    files.emplace(name, std::make_shared<disk_file>(content));
  }
  impl_->machine_of(machine).directory.replace(std::move(files));
}

const sim_disk::counts& sim_disk::counted() const noexcept {
  return impl_->counted;
}

}  // namespace kith::test
