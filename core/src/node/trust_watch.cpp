// SPDX-License-Identifier: MPL-2.0
#include "node/trust_watch.hpp"

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
};

struct trust_watch::workshop {
  explicit workshop(std::unique_ptr<trust_source> from) : source{std::move(from)} {}

  std::unique_ptr<trust_source> source;
  std::optional<security::trust_store> store;
  ring last;
  std::map<std::string, std::string> refused;  ///< of files: why what they hold is not taken

  result<void> open(const trust_reading& first, const std::string& domain);
  void take(trust_reading&& reading, sys_time now, finding& into);
  template <class Take>
  void take_files(const std::vector<trust_file>& files, finding& into, Take take);
  finding look(result<trust_reading> reading, sys_time now);
};

result<void> trust_watch::workshop::open(const trust_reading& first, const std::string& domain) {
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
void trust_watch::workshop::take_files(const std::vector<trust_file>& files, finding& into,
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

void trust_watch::workshop::take(trust_reading&& reading, sys_time now, finding& into) {
  if (reading.root && *reading.root != store->root()) {
    refused[source->name() + "/root.pub"] =
        "it is of another root than the one that this node has started with: restart the node";
  }
  for (auto& keys : reading.keys) {
    store->take_keys(std::move(keys));
  }
  // First the list: what it ends is not taken then.
  take_files(reading.revocations, into,
             [&](const bytes& octets) { return store->take_revocations(octets); });
  take_files(reading.certificates, into,
             [&](const bytes& octets) { return store->take_certificate(octets, now); });
}

trust_watch::finding trust_watch::workshop::look(result<trust_reading> reading, sys_time now) {
  finding found;
  if (reading) {
    found.flaws = reading->flaws;
    take(std::move(*reading), now, found);
  } else {
    found.flaws.push_back(reading.error().message);
  }
  for (const auto& [path, why] : refused) {
    found.flaws.push_back(path + ": " + why);
  }
  auto own = store->own(now);
  found.own = own.value_or(nullptr);
  found.nobody = own ? std::string{} : own.error().message;
  auto made = store->ring(now);
  if (made && (!last || !same_ring(*last, *made))) {
    found.now = last = std::make_shared<const security::keyring>(std::move(*made));
  }
  return found;
}

trust_watch::trust_watch(runtime::loop& loop, runtime::pool& pool, log_sink& log,
                         std::unique_ptr<trust_source> source)
    : loop_{loop}, pool_{pool}, log_{log}, shop_{std::make_shared<workshop>(std::move(source))} {}

trust_watch::~trust_watch() {
  stop();
}

result<trust_watch::ring> trust_watch::begin(const std::string& domain, const std::string& whose) {
  auto first = shop_->source->read();
  if (!first) {
    return untrusted(first.error().message);
  }
  if (auto opened = shop_->open(*first, domain); !opened) {
    return tl::make_unexpected(std::move(opened.error()));
  }
  const bool keys = !first->keys.empty();
  auto found = shop_->look(std::move(first), seconds_of(loop_.wall_now()));
  const auto name = whose.empty() && keys ? shop_->store->ring({})->self()->name : whose;
  if (!found.own) {
    // What is wrong with the own file says more than that there is none.
    const auto own_file = shop_->source->name() + "/" + name + (keys ? ".cert: " : ".keys: ");
    const auto flaw = std::find_if(found.flaws.begin(), found.flaws.end(),
                                   [&](const auto& one) { return one.starts_with(own_file); });
    return untrusted(flaw != found.flaws.end() ? *flaw
                     : keys                    ? shop_->source->name() + ": " + found.nobody
                                               : shop_->source->name() + " has no " + name +
                                  ".keys: kith trust request " + name + " makes them");
  }
  own_ = found.own;
  ring_ = found.now;
  tell(found);
  return ring_;
}

void trust_watch::start(unique_function<void(ring)> changed) {
  changed_ = std::move(changed);
  running_ = std::make_shared<const bool>(true);
  timer_ = loop_.after(trust_interval, [this] { read_again(); });
}

void trust_watch::stop() {
  loop_.cancel(timer_);
  running_.reset();
}

void trust_watch::read_again() {
  auto found = std::make_shared<finding>();
  const auto begun = pool_.run(
      [shop = shop_, found, now = seconds_of(loop_.wall_now())] {
        *found = shop->look(shop->source->read(), now);
      },
      [this, running = std::weak_ptr{running_}, found] {
        if (!running.expired()) {
          take(*found);
          timer_ = loop_.after(trust_interval, [this] { read_again(); });
        }
      });
  if (!begun) {
    timer_ = loop_.after(trust_interval, [this] { read_again(); });
  }
}

void trust_watch::take(finding& found) {
  own_ = found.own;
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
