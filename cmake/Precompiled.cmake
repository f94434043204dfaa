# SPDX-License-Identifier: MPL-2.0
# The standard headers that most files include, parsed once for all that is compiled with the same
# flags. Each file includes what it needs nevertheless: tests/tidy/alone.py reads it without these.
# No header of kith is among them: a change to one rebuilds only what includes it.

# kith_precompile(OWNER FLAGS [HEADER...]): makes OWNER, compiled with FLAGS besides what all are
# compiled with; HEADERs of other libraries are read besides.
function(kith_precompile owner flags)
  file(GENERATE OUTPUT ${CMAKE_CURRENT_BINARY_DIR}/empty.cpp CONTENT "")
  add_library(${owner} OBJECT EXCLUDE_FROM_ALL ${CMAKE_CURRENT_BINARY_DIR}/empty.cpp)
  target_link_libraries(${owner} PRIVATE kith_flags Threads::Threads)
  target_compile_options(${owner} PRIVATE ${flags})
  target_precompile_headers(
    ${owner} PRIVATE
    <algorithm> <array> <atomic> <charconv> <chrono> <coroutine> <cstdint> <deque> <filesystem>
    <fstream> <functional> <iostream> <limits> <map> <memory> <optional> <set> <span> <sstream>
    <string> <string_view> <thread> <unordered_map> <utility> <variant> <vector> ${ARGN})
endfunction()
