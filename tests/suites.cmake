# SPDX-License-Identifier: MPL-2.0
# The suites that ctest lists test by test.

# kith_suite(LABEL TIMEOUT LIBRARIES...): tests/LABEL/*_test.cpp
function(kith_suite label timeout)
  file(GLOB sources CONFIGURE_DEPENDS ${label}/*.cpp)
  if(NOT sources)
    return()
  endif()
  kith_test_executable(${label}_tests SOURCES ${sources} LINK ${ARGN})
  gtest_discover_tests(
    ${label}_tests DISCOVERY_MODE PRE_TEST PROPERTIES LABELS ${label} TIMEOUT ${timeout})
endfunction()

set(everything kith_node)
if(KITH_BUILD_SERVICES)
  list(PREPEND everything storefront_core payment_core order_core money)
endif()
kith_suite(conformance 60 ${everything})
kith_suite(sim 120 ${everything})
kith_suite(integration 120 ${everything})
kith_suite(soak 3600 ${everything})
