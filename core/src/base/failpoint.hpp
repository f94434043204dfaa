// SPDX-License-Identifier: MPL-2.0
#pragma once

// Named places where a process can be told to die, so that tests see what a crash at just that
// instant leaves behind. Compiled in with the CMake option KITH_FAILPOINTS; without it nothing of
// this is in the program.
//
// KITH_FAILPOINT="outbox.commit=3" kills the process (SIGKILL) when it passes that place for the
// third time; "call.written:gateway.charge=1" does so behind the first charge that was sent.

#include <string_view>

namespace kith {

#ifdef KITH_FAILPOINTS
/// `what` tells places of one name apart. From any thread.
void pass_failpoint(std::string_view name, std::string_view what = {}) noexcept;
#else
inline void pass_failpoint(std::string_view /*name*/, std::string_view /*what*/ = {}) noexcept {}
#endif

}  // namespace kith
