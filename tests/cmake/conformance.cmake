# SPDX-License-Identifier: MPL-2.0
# What every transport, and every database, must pass.
include(cmake/suite.cmake)
kith_suite(conformance 60)
