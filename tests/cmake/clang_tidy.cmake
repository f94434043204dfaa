# SPDX-License-Identifier: MPL-2.0
# .clang-tidy over the library, the services and the tools, a test for each directory. It needs
# clang's own compile commands: the clang preset has it.

find_program(KITH_CLANG_TIDY clang-tidy REQUIRED)
file(GLOB sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/core/src/*/*.cpp
     ${PROJECT_SOURCE_DIR}/services/*/*.cpp ${PROJECT_SOURCE_DIR}/tools/*/*.cpp)
set(directories "")
foreach(source IN LISTS sources)
  get_filename_component(directory ${source} DIRECTORY)
  list(APPEND directories ${directory})
endforeach()
list(REMOVE_DUPLICATES directories)

foreach(directory IN LISTS directories)
  file(GLOB sources ${directory}/*.cpp)
  file(RELATIVE_PATH name ${PROJECT_SOURCE_DIR} ${directory})
  kith_add_test(clang_tidy/${name} lint 600 ${KITH_CLANG_TIDY} --quiet -p ${PROJECT_BINARY_DIR}
                ${sources})
endforeach()
