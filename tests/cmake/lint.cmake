# SPDX-License-Identifier: MPL-2.0
# What reads the source only: the house rules, the pages, the format, the documentation
# of the public face.

kith_add_test(tidy lint 60 ${KITH_PYTHON} -B
              ${CMAKE_CURRENT_SOURCE_DIR}/tidy/tidy_test.py
              ${PROJECT_SOURCE_DIR})
kith_add_test(tidy_finds_what_is_planted lint 60 ${KITH_PYTHON} -B
              ${CMAKE_CURRENT_SOURCE_DIR}/tidy/planted_test.py)
kith_add_test(pages lint 60 ${KITH_PYTHON} -B
              ${CMAKE_CURRENT_SOURCE_DIR}/tidy/pages_test.py
              ${PROJECT_SOURCE_DIR})
kith_add_test(format lint 120 bash ${PROJECT_SOURCE_DIR}/scripts/format --check)

find_program(KITH_DOXYGEN doxygen)
if(KITH_DOXYGEN)
  set(DOXYGEN_OUTPUT ${CMAKE_CURRENT_BINARY_DIR}/doxygen)
  configure_file(${PROJECT_SOURCE_DIR}/docs/Doxyfile.in ${DOXYGEN_OUTPUT}/Doxyfile @ONLY)
  kith_add_test(doxygen lint 120 ${KITH_DOXYGEN} ${DOXYGEN_OUTPUT}/Doxyfile)
else()
  message(STATUS "doxygen: test not registered: doxygen is not installed")
endif()
