# SPDX-License-Identifier: MPL-2.0
# tests/unit/<x>/*_test.cpp makes unit_<x>, which links the module of that name and no higher one:
# a module that needs what it must not use does not link. The rooms of tools/kith are directories
# below tests/unit/tool. tests/unit/<x>_data/ is the same for tests that read the shared data.

# What a directory's tests link, when it is not named after a module.
set(unit_money_links money)
set(unit_order_links order_core)
set(unit_gateway_links gateway_core)
set(unit_payment_links payment_core)
set(unit_storefront_links storefront_core)
set(unit_tool_links kith_tool_core)
set(unit_service_base_links service_base)
set(unit_bench_links bench_harness)
set(unit_protocol_links kith_discovery)  # docs/protocol.md, docs/discovery.md and their vectors

set(KITH_UNIT_TESTS "" CACHE STRING "Only these directories of tests/unit, and no tests in Python; else all")

# What is written in Python, by tests in Python.
set(scripts "")
if(NOT KITH_UNIT_TESTS)
  file(GLOB scripts CONFIGURE_DEPENDS unit/*/*_test.py)
endif()
foreach(script IN LISTS scripts)
  get_filename_component(name ${script} NAME_WE)
  kith_add_test(unit_${name} unit 60 ${KITH_PYTHON} -B ${script})
endforeach()

file(GLOB unit_sources RELATIVE ${CMAKE_CURRENT_SOURCE_DIR} CONFIGURE_DEPENDS unit/*/*_test.cpp
     unit/*/*/*_test.cpp)
set(unit_directories "")
foreach(source IN LISTS unit_sources)
  string(REGEX REPLACE "^(unit/[^/]+)/.*" "\\1" directory ${source})
  list(APPEND unit_directories ${directory})
endforeach()
list(REMOVE_DUPLICATES unit_directories)

foreach(directory IN LISTS unit_directories)
  get_filename_component(name ${directory} NAME)
  if(KITH_UNIT_TESTS AND NOT name IN_LIST KITH_UNIT_TESTS)
    continue()
  endif()
  string(REGEX REPLACE "_data$" "" subject ${name})
  if(NOT subject STREQUAL name AND NOT KITH_TEST_DATA)
    message(STATUS "unit_${name}: tests not registered: KITH_TEST_DATA is not set")
    continue()
  endif()
  if(subject IN_LIST KITH_MODULES)
    set(links kith_${subject})
  elseif(DEFINED unit_${subject}_links)
    set(links ${unit_${subject}_links})
  else()
    message(FATAL_ERROR "tests/unit/${name}: no module is called ${subject}; see tests/cmake/unit.cmake")
  endif()
  if(NOT TARGET ${links})
    message(STATUS "unit_${name}: tests not registered: ${links} is not built")
    continue()
  endif()
  file(GLOB sources CONFIGURE_DEPENDS ${directory}/*.cpp ${directory}/*/*.cpp)
  kith_test_executable(unit_${name} SOURCES ${sources} LINK ${links})
  kith_add_test(unit_${name} unit 60 unit_${name})
endforeach()

# The arithmetic of scripts/bench.
if(NOT KITH_UNIT_TESTS)
  kith_add_test(bench_ratios unit 60 ${KITH_PYTHON} -B ${PROJECT_SOURCE_DIR}/bench/driver/ratios_test.py)
  kith_add_test(bench_samples unit 60 ${KITH_PYTHON} -B ${PROJECT_SOURCE_DIR}/bench/driver/samples_test.py)
endif()

# It starts them all.
if(NOT KITH_UNIT_TESTS AND NOT KITH_SANITIZE)
  kith_add_test(unit_time integration 240 ${KITH_PYTHON} -B ${CMAKE_CURRENT_SOURCE_DIR}/tidy/unit_time_test.py
                ${PROJECT_BINARY_DIR})
endif()
