// SPDX-License-Identifier: MPL-2.0
#pragma once

/// \file
/// What the sandbox answers: as the published test cards do. Pure, and from the request alone, so
/// that the same key has the same answer in every process and after every crash.

#include "gateway/gateway_api.hpp"

namespace gateway {

/// \throws kith::invalid_argument
void check(const charge_card& request);
void check(const give_back& request);
void check(const find_answer& request);
void check(const list_charges& request);

/// A number that is no test card is declined: `incorrect_number` when its check digit is wrong,
/// else `card_not_supported`.
answer decide(const charge_card& request);

/// `left`: of the charge that is drawn on; nothing when it is not known here, then it is taken at
/// its word. Declined with `refund_exceeds_charge`, or with `unknown_authorization` when the text
/// is none that a sandbox hands out.
answer decide(const give_back& request, const std::optional<money::amount>& left);

/// What a key stands for, to tell a repetition from a misuse. Holds a card's number: not for logs.
std::string fingerprint(const charge_card& request);
std::string fingerprint(const give_back& request);
[[noreturn]] void refuse_key(const std::string& key);

}  // namespace gateway
