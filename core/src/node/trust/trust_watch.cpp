// SPDX-License-Identifier: MPL-2.0
#include "node/trust/trust_watch.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include "security/layout.hpp"

namespace kith {
namespace {

using sys_time = std::chrono::sys_seconds;

sys_time seconds_of(wall_time now) {
  return std::chrono::floor<std::chrono::seconds>(now);
}

tl::unexpected<error> untrusted(const std::string& what) {
  return fail(errc::bad_config, "trust: " + what, outcome::not_sent, "trust");
}

bool same_certificates(const security::known_key& a, const security::known_key& b) {
  return a.name == b.name && a.key == b.key && a.certificates == b.certificates;
}

bool same_ring(const security::keyring& a, const security::keyring& b) {
  return a.own().public_key == b.own().public_key && same_certificates(*a.self(), *b.self()) &&
         std::equal(a.known().begin(), a.known().end(), b.known().begin(), b.known().end(),
                    same_certificates);
}

}  // namespace

struct trust_watch::finding {
  std::vector<std::string> flaws;  ///< of files, all that there are
  std::vector<std::string> news;   ///< what was taken
  ring now;                        ///< null: as before
  std::shared_ptr<const security::certificate> own;
  std::string nobody;  ///< why there is none
  std::shared_ptr<const security::trust_stock> stock;
};

struct trust_watch::job {
  bool reads = false;
  std::vector<waiting> offers;
  sys_time now;
  std::vector<trust_verdict> verdicts;
  finding found;
};

struct trust_watch::pool_side {
  explicit pool_side(std::unique_ptr<trust_source> from) : source{std::move(from)} {}

  std::unique_ptr<trust_source> source;
  std::optional<security::trust_store> store;
  ring last;
  std::shared_ptr<const security::trust_stock> stock;
  std::vector<std::string> flaws;              ///< of the last reading
  std::map<std::string, std::string> refused;  ///< of files: why what they hold is not taken
  std::uint64_t kept = 0;  ///< the number of the list in the source, as far as it is known
  std::string unkept;      ///< why a newer one is not there

  result<void> open(const trust_reading& first, const std::string& domain);
  void take(trust_reading&& reading, sys_time now, finding& into);
  template <class Take>
  void take_files(const std::vector<trust_file>& files, finding& into, Take take);
  void take(result<trust_reading> reading, sys_time now, finding& into);
  void keep();
  finding look(sys_time now, finding found);
  void work_on(job& todo);
};

result<void> trust_watch::pool_side::open(const trust_reading& first, const std::string& domain) {
  if (!first.root) {
    return untrusted(first.flaws.empty() ||
                             first.flaws.front().find("root.pub") == std::string::npos
                         ? source->name() +
                               " has no root.pub: copy it from where kith trust init "
                               "made the root"
                         : first.flaws.front());
  }
  if (first.root->domain != domain) {
    return untrusted(source->name() + "/root.pub is of the domain " + first.root->domain +
                     ", and this node's is " + domain + ": give --domain " + first.root->domain +
                     ", or that domain's root.pub");
  }
  store.emplace(*first.root);
  return {};
}

template <class Take>
void trust_watch::pool_side::take_files(const std::vector<trust_file>& files, finding& into,
                                        Take take) {
  for (const auto& [path, octets] : files) {
    const auto taken = take(octets);
    refused.erase(path);
    if (!taken) {
      refused[path] = taken.error().message;
    } else if (*taken) {
      into.news.push_back(path);
    }
  }
}

void trust_watch::pool_side::take(trust_reading&& reading, sys_time now, finding& into) {
  if (reading.root && *reading.root != store->root()) {
    refused[source->name() + "/root.pub"] =
        "it is of another root than the one that this node has started with: restart the node";
  }
  for (auto& keys : reading.keys) {
    store->take_keys(std::move(keys));
  }
  // First the list: what it ends is not taken then.
  take_files(reading.revocations, into, [&](const bytes& octets) {
    auto taken = store->take_revocations(octets);
    kept = taken.value_or(false) ? store->revocations() : 0;
    return taken;
  });
  take_files(reading.certificates, into,
             [&](const bytes& octets) { return store->take_certificate(octets, now); });
}

void trust_watch::pool_side::take(result<trust_reading> reading, sys_time now, finding& into) {
  if (reading) {
    flaws = reading->flaws;
    take(std::move(*reading), now, into);
  } else {
    flaws = {reading.error().message};
  }
}

/// A list that was heard must count after a restart, too.
void trust_watch::pool_side::keep() {
  if (store->revocations() <= kept) {
    return;
  }
  const auto is_older = [&](byte_view there) {
    const auto list = security::open_revocation_list(there, store->root());
    return list && list->number() < store->revocations();
  };
  const auto done = source->keep_revocations(*store->revocation_octets(), is_older);
  unkept = done ? std::string{} : done.error().message;
  if (done && *done) {
    kept = store->revocations();
  }
}

/// What there is now.
trust_watch::finding trust_watch::pool_side::look(sys_time now, finding found) {
  keep();
  found.flaws = flaws;
  for (const auto& [path, why] : refused) {
    found.flaws.push_back(path + ": " + why);
  }
  if (!unkept.empty()) {
    found.flaws.push_back(source->name() + "/revoked.list: it cannot be written (" + unkept +
                          "): what was revoked counts, but after a restart this node has to hear "
                          "of it again; let its user write to the directory, or copy the list "
                          "there");
  }
  auto own = store->own(now);
  found.own = own.value_or(nullptr);
  found.nobody = own ? std::string{} : own.error().message;
  auto made = store->ring(now);
  if (made && (!last || !same_ring(*last, *made))) {
    found.now = last = std::make_shared<const security::keyring>(std::move(*made));
  }
  auto passed_on = store->stock(now);
  if (!stock || !same_stock(*stock, passed_on)) {
    stock = std::make_shared<const security::trust_stock>(std::move(passed_on));
  }
  found.stock = stock;
  return found;
}

void trust_watch::pool_side::work_on(job& todo) {
  finding found;
  if (todo.reads) {
    take(source->read(), todo.now, found);
  }
  for (const auto& [what, done] : todo.offers) {
    todo.verdicts.push_back(take_offer(*store, what, todo.now));
  }
  todo.found = look(todo.now, std::move(found));
}

trust_watch::trust_watch(runtime::loop& loop, runtime::pool& pool, log_sink& log,
                         std::unique_ptr<trust_source> source)
    : loop_{loop},
      pool_{pool},
      log_{log},
      pool_side_{std::make_shared<pool_side>(std::move(source))} {}

trust_watch::~trust_watch() {
  stop();
}

result<trust_watch::ring> trust_watch::begin(const std::string& domain, const std::string& whose) {
  auto first = pool_side_->source->read();
  if (!first) {
    return untrusted(first.error().message);
  }
  if (auto opened = pool_side_->open(*first, domain); !opened) {
    return tl::make_unexpected(std::move(opened.error()));
  }
  const bool keys = !first->keys.empty();
  const auto now = seconds_of(loop_.wall_now());
  finding news;
  pool_side_->take(std::move(first), now, news);
  auto found = pool_side_->look(now, std::move(news));
  const auto name = whose.empty() && keys ? pool_side_->store->ring({})->self()->name : whose;
  if (!found.own) {
    // What is wrong with the own file says more than that there is none.
    const auto own_file = pool_side_->source->name() + "/" + name + (keys ? ".cert: " : ".keys: ");
    const auto flaw = std::find_if(found.flaws.begin(), found.flaws.end(),
                                   [&](const auto& one) { return one.starts_with(own_file); });
    return untrusted(flaw != found.flaws.end() ? *flaw
                     : keys                    ? pool_side_->source->name() + ": " + found.nobody
                                               : pool_side_->source->name() + " has no " + name +
                                  ".keys: kith trust request " + name + " makes them");
  }
  own_ = found.own;
  ring_ = found.now;
  stock_ = found.stock;
  tell(found);
  return ring_;
}

void trust_watch::start(unique_function<void(ring)> changed) {
  changed_ = std::move(changed);
  running_ = std::make_shared<const bool>(true);
  read_later();
}

void trust_watch::stop() {
  loop_.cancel(timer_);
  running_.reset();
  offers_.clear();
}

bool trust_watch::offer(trust_offer what, judgement done) {
  if (!running_ || offers_.size() >= most_waiting) {
    return false;
  }
  offers_.push_back({std::move(what), std::move(done)});
  work();
  return true;
}

void trust_watch::read_later() {
  loop_.cancel(timer_);
  timer_ = loop_.after(trust_interval, [this] {
    reading_due_ = true;
    work();
  });
}

void trust_watch::work() {
  if (busy_ || (!reading_due_ && offers_.empty())) {
    return;
  }
  auto todo = std::make_shared<job>();
  todo->reads = std::exchange(reading_due_, false);
  todo->offers.assign(std::make_move_iterator(offers_.begin()),
                      std::make_move_iterator(offers_.end()));
  todo->now = seconds_of(loop_.wall_now());
  offers_.clear();
  busy_ = true;
  const auto begun = pool_.run([side = pool_side_, todo] { side->work_on(*todo); },
                               [this, running = std::weak_ptr{running_}, todo] {
                                 if (!running.expired()) {
                                   end(*todo);
                                 }
                               });
  if (!begun) {
    busy_ = false;
    offers_.assign(std::make_move_iterator(todo->offers.begin()),
                   std::make_move_iterator(todo->offers.end()));
    read_later();
  }
}

void trust_watch::end(job& done) {
  busy_ = false;
  take(done.found);
  for (std::size_t i = 0; i < done.offers.size(); ++i) {
    done.offers[i].done(done.verdicts[i]);
  }
  done.offers.clear();  // here, not on the pool, which may hold the job a moment longer
  if (done.reads) {
    read_later();
  }
  work();
}

void trust_watch::take(finding& found) {
  own_ = found.own;
  stock_ = found.stock;
  tell(found);
  if (found.now) {
    ring_ = found.now;
    changed_(ring_);
  }
}

void trust_watch::tell(const finding& found) {
  for (const auto& path : found.news) {
    log_.write(log_level::debug, "trust", path + " was taken");
  }
  std::set<std::string> present;
  for (const auto& flaw : found.flaws) {
    if (!told_.contains(flaw)) {
      log_.write(log_level::warning, "trust", flaw);
    }
    present.insert(flaw);
  }
  told_ = std::move(present);
  if (std::exchange(nobody_, found.nobody) != found.nobody && !found.nobody.empty()) {
    log_.write(log_level::error, "trust", "this node is nobody any more: " + found.nobody);
  }
  if (found.own) {
    warn_of_end(*found.own);
  }
}

void trust_watch::warn_of_end(const security::certificate& own) {
  const auto due = security::warning_of(own, seconds_of(loop_.wall_now()));
  if (std::exchange(warned_, due) == due || !due) {
    return;
  }
  log_.write(log_level::warning, "trust",
             "the certificate of " + security::title_of(own) + " ends within " +
                 std::to_string(*due) + (*due == 1 ? " day" : " days") + ", at " +
                 security::moment_text(own.not_after) + ": kith trust renew makes the next one");
}

}  // namespace kith
