// SPDX-License-Identifier: MPL-2.0
#pragma once

namespace kith::test {

/// DIRECTORY DOMAIN SERVICE NAME FROM TO ...: makes a trust directory of that service there, with a
/// certificate in NAME.cert for each NAME, good from so many days after now until so many. The
/// command makes only those that begin now. Gives the status of the process.
int write_dated_certificates(int argc, char** argv);

}  // namespace kith::test
