# SPDX-License-Identifier: MPL-2.0
# Everything comes from Debian 12 packages. scripts/setup installs what is missing.

find_package(Threads REQUIRED)
find_package(PkgConfig REQUIRED)
find_package(tl-expected REQUIRED)
find_package(spdlog REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(CLI11 REQUIRED)
find_package(SQLite3 REQUIRED)
pkg_check_modules(ZMQ REQUIRED IMPORTED_TARGET libzmq)
pkg_check_modules(PQ REQUIRED IMPORTED_TARGET libpq)
pkg_check_modules(SODIUM REQUIRED IMPORTED_TARGET libsodium)
pkg_check_modules(PROMETHEUS REQUIRED IMPORTED_TARGET prometheus-cpp-core)
if(KITH_BUILD_SERVICES)
  pkg_check_modules(NCURSES REQUIRED IMPORTED_TARGET ncursesw)
  # It asks for an older POSIX than the compiler does for C++ anyway.
  set_property(TARGET PkgConfig::NCURSES PROPERTY INTERFACE_COMPILE_OPTIONS "")
endif()

# Header-only libraries without a package file of their own that is worth using.
foreach(header asio.hpp zmq.hpp msgpack.hpp)
  string(MAKE_C_IDENTIFIER "KITH_HAS_${header}" found)
  find_path(${found} ${header})
  mark_as_advanced(${found})
  if(NOT ${found})
    message(FATAL_ERROR "<${header}> was not found: run scripts/setup")
  endif()
endforeach()
