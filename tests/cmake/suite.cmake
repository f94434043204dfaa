# SPDX-License-Identifier: MPL-2.0
include_guard()

# kith_suite(LABEL TIMEOUT [FAST] [BESIDE GTEST_FILTER] [EXCEPT GTEST_FILTER] [PROPERTY VALUE]...):
# tests/LABEL/*.cpp makes LABEL_tests, which links everything. ctest lists it test by test. FAST: as
# optimized as the library. BESIDE: only these run beside others. EXCEPT: these are not registered.
function(kith_suite label timeout)
  cmake_parse_arguments(PARSE_ARGV 2 arg "FAST" "BESIDE;EXCEPT" "")
  file(GLOB sources CONFIGURE_DEPENDS ${label}/*.cpp)
  if(NOT sources)
    return()
  endif()
  set(links kith_durable)
  if(KITH_BUILD_SERVICES)
    list(PREPEND links kith_tool_core storefront_core payment_core order_core money)
  endif()
  set(fast "")
  if(arg_FAST)
    set(fast FAST)
  endif()
  kith_test_executable(${label}_tests ${fast} SOURCES ${sources} LINK test_support ${links})
  math(EXPR timeout "${timeout} * ${KITH_TIMEOUT_FACTOR}")
  set(beside "*")
  if(arg_EXCEPT)
    set(beside "*-${arg_EXCEPT}")
  endif()
  if(arg_BESIDE)
    set(beside "${arg_BESIDE}")
    gtest_discover_tests(
      ${label}_tests
      DISCOVERY_MODE PRE_TEST
      TEST_PREFIX "${KITH_TEST_PREFIX}"
      TEST_FILTER "-${beside}:${arg_EXCEPT}"
      TEST_LIST ${label}_tests_alone
      PROPERTIES LABELS ${label} TIMEOUT ${timeout} RUN_SERIAL ON)
  endif()
  gtest_discover_tests(
    ${label}_tests
    DISCOVERY_MODE PRE_TEST
    TEST_PREFIX "${KITH_TEST_PREFIX}"
    TEST_FILTER "${beside}"
    PROPERTIES LABELS ${label} TIMEOUT ${timeout} ${arg_UNPARSED_ARGUMENTS})
endfunction()
