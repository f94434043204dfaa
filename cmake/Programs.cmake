# SPDX-License-Identifier: MPL-2.0
# Services and tools: each is a library of everything but its main.cpp, which tests link, too, and a
# program in bin/.

kith_precompile(program_headers "" <CLI/App.hpp> <CLI/Config.hpp> <CLI/Formatter.hpp>
                <nlohmann/json.hpp>)

# kith_program_library(NAME DIRECTORY [LIBRARY...]): its headers are "DIRECTORY/file.hpp" to all.
function(kith_program_library name directory)
  file(GLOB sources CONFIGURE_DEPENDS ${directory}/*.cpp ${directory}/*/*.cpp)
  list(FILTER sources EXCLUDE REGEX "/main\\.cpp$")
  add_library(${name} STATIC ${sources})
  target_precompile_headers(${name} REUSE_FROM program_headers)
  target_include_directories(${name} PUBLIC ${CMAKE_CURRENT_SOURCE_DIR})
  target_link_libraries(${name} PUBLIC ${ARGN} kith::kith kith_flags)
endfunction()

# kith_program(NAME DIRECTORY LIBRARY...): from DIRECTORY/main.cpp.
function(kith_program name directory)
  add_executable(${name} ${directory}/main.cpp)
  target_precompile_headers(${name} REUSE_FROM program_headers)
  target_link_libraries(${name} PRIVATE ${ARGN})
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/bin)
endfunction()
