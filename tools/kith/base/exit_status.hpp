// SPDX-License-Identifier: MPL-2.0
#pragma once

// What the command's exit status tells a script. `kith --help` prints the same table.

namespace kith::tool {

enum class exit_status : int {
  ok = 0,
  answered = 1,       ///< the service answered with an error
  unbalanced = 1,     ///< `audit`: the books do not balance
  differs = 1,        ///< `diff`: of the two recordings; `replay`: from what was recorded
  refused = 1,        ///< `trust`: a wrong passphrase, or what was signed is not good; `probe`: a
                      ///< peer would not get on with it; `decode`: some of it is no good;
                      ///< `doctor`: something keeps nodes apart
  usage = 2,          ///< a wrong flag, argument or setting
  nobody = 3,         ///< no such instance, service, publisher, subscriber or trace in time;
                      ///< `probe`: nobody listens there; `decode`: the capture has no connection
  not_done = 4,       ///< the call was certainly not done: safe to repeat
  unknown = 5,        ///< it may have been done: no answer in time, or the link broke; `audit`,
                      ///< `trace`: not all nodes have answered
  cannot_run = 6,     ///< no socket, no address, no file
  too_few = 7,        ///< `sub`, `call`, `tap`: it was over before --count events or items had come
  behind = 8,         ///< `lag`: a group is behind --max-lag, stopped, or has dead letters
  interrupted = 130,  ///< Ctrl-C before the end (as shells count it)
};

}  // namespace kith::tool
