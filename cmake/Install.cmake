# SPDX-License-Identifier: MPL-2.0
include(CMakePackageConfigHelpers)

set(kith_package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/kith)
install(TARGETS kith EXPORT kith-targets)
install(DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR}/include/kith DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(EXPORT kith-targets NAMESPACE kith:: DESTINATION ${kith_package_dir})

configure_package_config_file(${PROJECT_SOURCE_DIR}/cmake/kith-config.cmake.in kith-config.cmake
                              INSTALL_DESTINATION ${kith_package_dir})
write_basic_package_version_file(kith-config-version.cmake COMPATIBILITY SameMinorVersion)
# An absolute directory stays as it is, another one is the prefix's.
cmake_path(APPEND kith_pc_libdir "\${prefix}" "${CMAKE_INSTALL_LIBDIR}")
cmake_path(APPEND kith_pc_includedir "\${prefix}" "${CMAKE_INSTALL_INCLUDEDIR}")
configure_file(${PROJECT_SOURCE_DIR}/cmake/kith.pc.in kith.pc @ONLY)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/kith-config.cmake
              ${CMAKE_CURRENT_BINARY_DIR}/kith-config-version.cmake
        DESTINATION ${kith_package_dir})
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/kith.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
