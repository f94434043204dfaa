# SPDX-License-Identifier: MPL-2.0
# What every transport, and every database, must pass.
include(cmake/suite.cmake)
if(KITH_SANITIZE)
  kith_suite(conformance 60 SHARDS 2 COST 50)
else()
  kith_suite(conformance 60)
endif()

# Databases, one kind a test: a server is started once for all of it.
file(GLOB sources CONFIGURE_DEPENDS conformance/database/*.cpp)
kith_test_executable(database_conformance_tests SOURCES ${sources} LINK test_support kith_durable)
kith_add_test(conformance_sqlite conformance 120 database_conformance_tests
              --gtest_filter=sqlite/*)
if(KITH_POSTGRES)
  kith_add_test(conformance_postgresql conformance 240 database_conformance_tests
                --gtest_filter=-sqlite/*)
else()
  message(STATUS "conformance_postgresql: not registered: Debian's package postgresql is not installed")
endif()
