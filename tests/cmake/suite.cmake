# SPDX-License-Identifier: MPL-2.0
include_guard()

# kith_suite(LABEL TIMEOUT [ALONE GTEST_FILTER] [EXCEPT GTEST_FILTER] [SHARDS N]
#            [PROPERTY VALUE]...):
# tests/LABEL/*.cpp makes LABEL_tests, which links everything. ctest lists it test by test.
# ALONE: none of these runs beside others; with a sanitizer each runs beside one or none.
# EXCEPT: these are not registered. SHARDS: they are N tests of ctest, each a process that runs its
# share: with a sanitizer to start one takes longer than most tests.
function(kith_suite label timeout)
  cmake_parse_arguments(PARSE_ARGV 2 arg "" "ALONE;EXCEPT;SHARDS" "")
  file(GLOB sources CONFIGURE_DEPENDS ${label}/*.cpp)
  if(NOT sources)
    return()
  endif()
  set(links kith_durable)
  if(KITH_BUILD_SERVICES)
    list(PREPEND links kith_tool_core storefront_core payment_core order_core money)
  endif()
  set(kind "")
  if(label STREQUAL "sim")
    set(kind SIM)
  endif()
  kith_test_executable(${label}_tests ${kind} SOURCES ${sources} LINK test_support ${links})
  math(EXPR timeout "${timeout} * ${KITH_TIMEOUT_FACTOR}")
  if(arg_SHARDS)
    math(EXPR last "${arg_SHARDS} - 1")
    math(EXPR timeout "${timeout} * 4")
    foreach(shard RANGE ${last})
      set(name ${KITH_TEST_PREFIX}${label}_tests_${shard})
      add_test(NAME ${name} COMMAND ${label}_tests --gtest_brief=1 "--gtest_filter=*-${arg_EXCEPT}")
      set_tests_properties(${name} PROPERTIES LABELS ${label} TIMEOUT ${timeout} ${arg_UNPARSED_ARGUMENTS})
      set_property(TEST ${name} APPEND PROPERTY ENVIRONMENT GTEST_TOTAL_SHARDS=${arg_SHARDS}
                                                            GTEST_SHARD_INDEX=${shard})
    endforeach()
    return()
  endif()
  if(arg_ALONE)
    set(alone RUN_SERIAL ON)
    if(KITH_SANITIZE)
      set(alone PROCESSORS 3)
    endif()
    gtest_discover_tests(
      ${label}_tests
      DISCOVERY_MODE PRE_TEST
      TEST_PREFIX "${KITH_TEST_PREFIX}"
      TEST_FILTER "${arg_ALONE}-${arg_EXCEPT}"
      TEST_LIST ${label}_tests_alone
      PROPERTIES LABELS ${label} TIMEOUT ${timeout} ${alone})
  endif()
  gtest_discover_tests(
    ${label}_tests
    DISCOVERY_MODE PRE_TEST
    TEST_PREFIX "${KITH_TEST_PREFIX}"
    TEST_FILTER "*-${arg_ALONE}:${arg_EXCEPT}"
    PROPERTIES LABELS ${label} TIMEOUT ${timeout} ${arg_UNPARSED_ARGUMENTS})
endfunction()
