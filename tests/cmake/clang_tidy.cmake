# SPDX-License-Identifier: MPL-2.0
# .clang-tidy over the library, the services and the tools, a test for each module and program. It needs
# clang's own compile commands: the clang preset has it.
#
# Most of its time goes to the headers, and its files read the same ones: it reads them
# as one file. That each compiles by itself is for tidy/alone.py to say.

find_program(KITH_CLANG_TIDY clang-tidy REQUIRED)
file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/core/src/*.cpp
     ${PROJECT_SOURCE_DIR}/services/*.cpp ${PROJECT_SOURCE_DIR}/tools/*.cpp)
set(directories "")
foreach(source IN LISTS sources)
  get_filename_component(directory ${source} DIRECTORY)
  list(APPEND directories ${directory})
endforeach()
list(REMOVE_DUPLICATES directories)

# Never built: it is there for its compile commands.
add_library(clang_tidy_sources OBJECT EXCLUDE_FROM_ALL)
set_target_properties(clang_tidy_sources PROPERTIES UNITY_BUILD OFF)
target_compile_definitions(clang_tidy_sources PRIVATE KITH_VERSION="${PROJECT_VERSION}")
target_link_libraries(clang_tidy_sources PRIVATE kith_durable PkgConfig::ZMQ SQLite::SQLite3
                                                 PkgConfig::PQ PkgConfig::SODIUM PkgConfig::PROMETHEUS
                                                 spdlog::spdlog)
if(KITH_BUILD_SERVICES)
  target_link_libraries(clang_tidy_sources PRIVATE kith_tool_core storefront_core payment_core)
endif()

# kith_clang_tidy(NAME SOURCE...)
function(kith_clang_tidy name)
  set(together ${CMAKE_CURRENT_BINARY_DIR}/clang_tidy/${name}.cpp)
  set_source_files_properties(${together} PROPERTIES GENERATED ON)
  target_sources(clang_tidy_sources PRIVATE ${together})
  kith_add_test(
    clang_tidy/${name} lint 600 ${kith_compiler_runs_in} ${KITH_PYTHON} -B ${CMAKE_CURRENT_SOURCE_DIR}/tidy/together.py
    ${KITH_CLANG_TIDY} ${PROJECT_BINARY_DIR} ${together} ${ARGN})
  set_tests_properties(${KITH_TEST_PREFIX}clang_tidy/${name} PROPERTIES COST 100)
endfunction()

set(read_alone ${kith_compiler_runs_in} ${KITH_PYTHON} -B ${CMAKE_CURRENT_SOURCE_DIR}/tidy/alone.py
    ${PROJECT_BINARY_DIR})
kith_add_test(alone/headers lint 120 ${read_alone} headers)
set_tests_properties(${KITH_TEST_PREFIX}alone/headers PROPERTIES FIXTURES_SETUP standard_headers COST 100)

foreach(directory IN LISTS directories)
  file(GLOB sources CONFIGURE_DEPENDS ${directory}/*.cpp)
  file(RELATIVE_PATH name ${PROJECT_SOURCE_DIR} ${directory})
  kith_add_test(alone/${name} lint 600 ${read_alone} ${sources})
  set_tests_properties(${KITH_TEST_PREFIX}alone/${name} PROPERTIES FIXTURES_REQUIRED standard_headers COST 100)
  # The rooms of a program read the same headers, too.
  string(REGEX REPLACE "^((tools|services)/[^/]+)/.*" "\\1" name ${name})
  string(MAKE_C_IDENTIFIER ${name} house)
  list(APPEND houses ${house})
  set(name_of_${house} ${name})
  foreach(source IN LISTS sources)
    get_source_file_property(alone ${source} DIRECTORY ${PROJECT_SOURCE_DIR}/core
                             SKIP_UNITY_BUILD_INCLUSION)
    if(alone)
      list(REMOVE_ITEM sources ${source})
      get_filename_component(stem ${source} NAME_WE)
      kith_clang_tidy(${name}/${stem} ${source})
    endif()
  endforeach()
  list(APPEND sources_of_${house} ${sources})
endforeach()
list(REMOVE_DUPLICATES houses)
foreach(house IN LISTS houses)
  kith_clang_tidy(${name_of_${house}} ${sources_of_${house}})
endforeach()

# A public header needs nothing to be included before it, and nothing that is private. As a user would:
# none of the macros of this build.
set(include_directory ${PROJECT_SOURCE_DIR}/core/include/kith)
file(GLOB headers RELATIVE ${include_directory} CONFIGURE_DEPENDS
     ${include_directory}/*.hpp ${include_directory}/detail/*.hpp
     ${include_directory}/introspection/*.hpp)
set(sources "")
foreach(name IN LISTS headers)
  string(MAKE_C_IDENTIFIER ${name} identifier)
  set(source ${CMAKE_CURRENT_BINARY_DIR}/public_headers/${identifier}.cpp)
  file(GENERATE OUTPUT ${source} CONTENT "#include <kith/${name}>  // alone\n")
  list(APPEND sources ${source})
endforeach()
add_library(public_headers OBJECT EXCLUDE_FROM_ALL ${sources})
target_include_directories(public_headers PRIVATE ${PROJECT_SOURCE_DIR}/core/include)
target_compile_options(public_headers PRIVATE -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Werror)
target_link_libraries(public_headers PRIVATE tl::expected)
kith_add_test(alone/public_headers lint 120 ${read_alone} public ${sources})
set_tests_properties(${KITH_TEST_PREFIX}alone/public_headers PROPERTIES COST 100)
