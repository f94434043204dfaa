# SPDX-License-Identifier: MPL-2.0
# The durable storm against durable and sql with faults planted in them: planted/plant.py writes the
# changed copies, and no other program is linked with them.

set(plant ${CMAKE_CURRENT_SOURCE_DIR}/planted)
set(planted ${CMAKE_CURRENT_BINARY_DIR}/planted)
set(planted_sources "")
foreach(module durable sql)
  file(GLOB sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/core/src/${module}/*.cpp)
  foreach(source IN LISTS sources)
    get_filename_component(name ${source} NAME)
    set(copy ${planted}/${module}/${name})
    add_custom_command(
      OUTPUT ${copy}
      COMMAND ${KITH_PYTHON} -B ${plant}/plant.py ${source} ${copy}
      DEPENDS ${source} ${plant}/plant.py ${plant}/faults.py)
    list(APPEND planted_sources ${copy})
  endforeach()
endforeach()
add_custom_command(
  OUTPUT ${planted}/planted_faults.hpp
  COMMAND ${KITH_PYTHON} -B ${plant}/plant.py --names ${planted}/planted_faults.hpp
  DEPENDS ${plant}/plant.py ${plant}/faults.py)

add_library(kith_planted STATIC ${planted_sources} ${planted}/planted_faults.hpp)
separate_arguments(core_flags UNIX_COMMAND "${KITH_CORE_FLAGS}")
target_compile_options(kith_planted PRIVATE ${core_flags})
target_include_directories(kith_planted PUBLIC ${CMAKE_CURRENT_SOURCE_DIR} ${planted})
target_link_libraries(kith_planted PUBLIC kith_node PRIVATE $<TARGET_PROPERTY:kith_sql,LINK_LIBRARIES>)

kith_test_executable(planted_tests SIM SOURCES planted/planted_test.cpp LINK test_support kith_planted)
math(EXPR timeout "120 * ${KITH_TIMEOUT_FACTOR}")
gtest_discover_tests(
  planted_tests
  DISCOVERY_MODE PRE_TEST
  TEST_PREFIX "${KITH_TEST_PREFIX}"
  PROPERTIES LABELS sim TIMEOUT ${timeout})
