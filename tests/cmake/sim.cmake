# SPDX-License-Identifier: MPL-2.0
# Whole nodes in one thread, in virtual time.
include(cmake/suite.cmake)
kith_suite(sim 120 FAST COST 50)
