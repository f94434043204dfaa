# SPDX-License-Identifier: MPL-2.0
# kith_flags: what every target of this build is compiled with. It is never exported.

find_program(KITH_CCACHE ccache)
mark_as_advanced(KITH_CCACHE)
# A compiler takes memory and ends: it takes it in huge pages where the kernel lets it, gives none
# back, and is spared most page faults.
set(kith_compiler_runs_in
    ${CMAKE_COMMAND} -E env GLIBC_TUNABLES=glibc.malloc.hugetlb=1 MALLOC_TOP_PAD_=67108864
    MALLOC_TRIM_THRESHOLD_=1000000000 MALLOC_MMAP_THRESHOLD_=1000000000)
if(NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${kith_compiler_runs_in})
  if(KITH_CCACHE)
    # ccache takes precompiled headers only when it may ignore their time stamps.
    list(APPEND CMAKE_CXX_COMPILER_LAUNCHER
         CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_ctime,include_file_mtime ${KITH_CCACHE})
  endif()
endif()

add_library(kith_flags INTERFACE)
target_compile_options(kith_flags INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wconversion)
# The same macros everywhere, so that one precompiled header fits all tests.
target_compile_definitions(kith_flags INTERFACE ASIO_STANDALONE ASIO_NO_DEPRECATED MSGPACK_NO_BOOST)
if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  target_compile_definitions(kith_flags INTERFACE ASIO_HAS_CO_AWAIT=1 ASIO_HAS_STD_COROUTINE=1)
  # Without a time stamp in it, a precompiled header is the same file each time: ccache hits.
  target_compile_options(kith_flags INTERFACE "SHELL:-Xclang -fno-pch-timestamp")
else()
  # GCC 12 finds faults in its own std::string where it inlines a move of one (its bug 105651).
  # It collects its garbage from 1 GiB on, which few files reach, not from 128 MiB on.
  target_compile_options(
    kith_flags INTERFACE -fpch-preprocess -Wno-array-bounds -Wno-restrict -Wno-stringop-overflow
                         --param=ggc-min-heapsize=1048576)
endif()
if(CMAKE_UNITY_BUILD AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # It lets a type of the anonymous namespace pass in the file that is compiled, and here each is
  # included by another (docs/adr/0018-unity-builds.md).
  target_compile_options(kith_flags INTERFACE -Wno-subobject-linkage)
endif()
# With sanitizers on GCC finds more of the kind; the build without them judges the same source.
if(KITH_WERROR AND NOT (KITH_SANITIZE AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU"))
  target_compile_options(kith_flags INTERFACE -Werror)
endif()
if(KITH_SANITIZE)
  target_compile_options(kith_flags INTERFACE -fsanitize=${KITH_SANITIZE} -fno-omit-frame-pointer
                                              -fno-sanitize-recover=all)
  # The check of virtual tables asks the kernel through a pipe: it fails when descriptors run out,
  # which some tests see to.
  target_compile_options(kith_flags INTERFACE -fno-sanitize=vptr)
  target_link_options(kith_flags INTERFACE -fsanitize=${KITH_SANITIZE})
  if(KITH_SANITIZE MATCHES "thread")
    # The thread sanitizer does not understand fences: do without them where Asio can.
    target_compile_definitions(kith_flags INTERFACE ASIO_DISABLE_FENCED_BLOCK)
  endif()
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    target_compile_options(kith_flags INTERFACE -Wno-tsan -Wno-maybe-uninitialized)
  else()
    # Clang 14 cannot emit this check's data for coroutines ("difference across sections").
    target_compile_options(kith_flags INTERFACE -fno-sanitize=function)
    if(KITH_SANITIZE MATCHES "address")  # as GCC says it
      target_compile_definitions(kith_flags INTERFACE __SANITIZE_ADDRESS__)
    endif()
  endif()
endif()
# A quicker linker than binutils' ld, where there is one. gold has a warning for each symbol of
# clang's sanitizers.
include(CheckLinkerFlag)
check_linker_flag(CXX -fuse-ld=mold KITH_HAS_MOLD)
check_linker_flag(CXX -fuse-ld=gold KITH_HAS_GOLD)
if(KITH_HAS_MOLD)
  target_link_options(kith_flags INTERFACE -fuse-ld=mold)
elseif(KITH_HAS_GOLD AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  target_link_options(kith_flags INTERFACE -fuse-ld=gold)
endif()
if(KITH_FAILPOINTS)
  target_compile_definitions(kith_flags INTERFACE KITH_FAILPOINTS)
endif()
