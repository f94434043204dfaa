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

# A public header needs nothing to be included before it, and nothing that is private.
set(include_directory ${PROJECT_SOURCE_DIR}/core/include/kith)
file(GLOB headers RELATIVE ${include_directory} CONFIGURE_DEPENDS
     ${include_directory}/*.hpp ${include_directory}/detail/*.hpp)
set(sources "")
foreach(name IN LISTS headers)
  string(MAKE_C_IDENTIFIER ${name} identifier)
  set(source ${CMAKE_CURRENT_BINARY_DIR}/public_headers/${identifier}.cpp)
  file(GENERATE OUTPUT ${source} CONTENT "#include <kith/${name}>  // alone\n")
  list(APPEND sources ${source})
endforeach()
add_library(public_headers_selfcontained OBJECT ${sources})
set_target_properties(public_headers_selfcontained PROPERTIES UNITY_BUILD OFF)
target_include_directories(public_headers_selfcontained PRIVATE ${PROJECT_SOURCE_DIR}/core/include)
# As a user would: none of the macros of this build.
target_compile_options(public_headers_selfcontained PRIVATE -Wall -Wextra -Wpedantic -Wshadow
                                                            -Wconversion)
target_link_libraries(public_headers_selfcontained PRIVATE tl::expected)
if(KITH_WERROR)
  target_compile_options(public_headers_selfcontained PRIVATE -Werror)
endif()
