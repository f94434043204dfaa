# SPDX-License-Identifier: MPL-2.0
include_guard()

# kith_suite(LABEL TIMEOUT [PROPERTY VALUE]...): tests/LABEL/*.cpp makes LABEL_tests, which links
# everything. ctest lists it test by test.
function(kith_suite label timeout)
  file(GLOB sources CONFIGURE_DEPENDS ${label}/*.cpp)
  if(NOT sources)
    return()
  endif()
  set(links kith_durable)
  if(KITH_BUILD_SERVICES)
    list(PREPEND links storefront_core payment_core order_core money)
  endif()
  kith_test_executable(${label}_tests SOURCES ${sources} LINK ${links})
  math(EXPR timeout "${timeout} * ${KITH_TIMEOUT_FACTOR}")
  gtest_discover_tests(
    ${label}_tests
    DISCOVERY_MODE PRE_TEST
    TEST_PREFIX "${KITH_TEST_PREFIX}"
    PROPERTIES LABELS ${label} TIMEOUT ${timeout} ${ARGN})
endfunction()
