# SPDX-License-Identifier: MPL-2.0
# Hours, not seconds: scripts/test leaves them out unless asked with --label soak.
include(cmake/suite.cmake)
kith_suite(soak 14400 RUN_SERIAL ON)
