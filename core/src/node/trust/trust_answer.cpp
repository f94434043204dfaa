// SPDX-License-Identifier: MPL-2.0
#include "node/trust/trust_answer.hpp"

#include <algorithm>
#include <cstring>

#include "security/keys.hpp"

namespace kith {
namespace {

constexpr std::size_t hash_size = std::tuple_size_v<security::certificate_hash>;

bool is_digest_of(const std::vector<std::byte>& told, const security::trust_stock& stock) {
  return told.size() == hash_size && std::memcmp(told.data(), stock.digest.data(), hash_size) == 0;
}

void put(std::vector<std::byte>& into, const security::certificate_hash& one) {
  const auto* const first = reinterpret_cast<const std::byte*>(one.data());
  into.insert(into.end(), first, first + one.size());
}

void put_page(const security::trust_stock& stock,
              const std::optional<security::certificate_hash>& after, trust_reply& into) {
  auto at = after ? stock.certificates.upper_bound(*after) : stock.certificates.begin();
  for (std::size_t i = 0; i < most_trust_hashes && at != stock.certificates.end(); ++i, ++at) {
    put(into.hashes, at->first);
  }
  into.more = at != stock.certificates.end();
}

void put_wanted(const security::trust_stock& stock,
                const std::vector<security::certificate_hash>& wanted, trust_reply& into) {
  std::size_t size = 0;
  for (const auto& one : wanted) {
    const auto found = stock.certificates.find(one);
    const byte_view octets = found == stock.certificates.end() ? byte_view{} : *found->second;
    size += octets.size();
    if (size > most_trust_octets) {
      return;
    }
    into.certificates.push_back(octets_of(octets));
  }
}

tl::unexpected<error> no_hashes(const char* field) {
  return fail(errc::invalid_argument,
              std::string{field} + " is made of hashes of 32 octets, ascending, and not too many",
              outcome::answered, field);
}

}  // namespace

std::optional<std::vector<security::certificate_hash>> hashes_in(
    const std::vector<std::byte>& octets, std::size_t most) {
  if (octets.size() % hash_size != 0 || octets.size() / hash_size > most) {
    return std::nullopt;
  }
  std::vector<security::certificate_hash> list(octets.size() / hash_size);
  for (std::size_t i = 0; i < list.size(); ++i) {
    std::memcpy(list[i].data(), octets.data() + i * hash_size, hash_size);
  }
  const bool ascending =
      std::adjacent_find(list.begin(), list.end(), std::greater_equal<>{}) == list.end();
  return ascending ? std::optional{std::move(list)} : std::nullopt;
}

result<trust_reply> answer_from(const security::trust_stock& stock, const trust_request& request) {
  const auto wanted = hashes_in(request.wanted, most_trust_wanted);
  const auto after = hashes_in(request.after, 1);
  if (!wanted || !after) {
    return no_hashes(wanted ? "after" : "wanted");
  }
  trust_reply reply;
  reply.revocations = stock.revocations;
  reply.digest = octets_of(security::view_of(stock.digest));
  if (!wanted->empty()) {
    put_wanted(stock, *wanted, reply);
    return reply;
  }
  if (stock.revocations > request.revocations) {
    reply.revocation_list = octets_of(*stock.revocation_list);
  }
  if (!is_digest_of(request.digest, stock) && !is_digest_of(request.seen, stock)) {
    put_page(stock, after->empty() ? std::nullopt : std::optional{after->front()}, reply);
  }
  return reply;
}

}  // namespace kith
