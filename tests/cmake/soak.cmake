# SPDX-License-Identifier: MPL-2.0
# Minutes, not seconds: scripts/test leaves them out unless it is asked for --all or --label soak.
# scripts/soak runs for as long as one likes.
set(soak ${CMAKE_CURRENT_SOURCE_DIR}/soak)
kith_add_test(soak_parts unit 60 ${KITH_PYTHON} -B ${soak}/parts_test.py)
if(NOT KITH_BUILD_SERVICES)
  return()
endif()

set(load_option "")
if(KITH_TEST_DATA AND EXISTS ${KITH_TEST_DATA}/load/elb-week-one.csv)
  set(load_option --load ${KITH_TEST_DATA}/load/elb-week-one.csv)
endif()
# The probe asks malloc, so not with a sanitizer: scripts/soak --sanitize does that.
add_library(soak_probe MODULE soak/probe.cpp)
target_link_libraries(soak_probe PRIVATE kith_flags Threads::Threads)
kith_add_test(soak_finds_what_is_planted soak 300 ${KITH_PYTHON} -B ${soak}/planted_test.py
              $<TARGET_FILE:soak_probe>)
set_tests_properties(${KITH_TEST_PREFIX}soak_finds_what_is_planted PROPERTIES COST 900)
kith_add_test(soak_of_minutes soak 400 ${KITH_PYTHON} -B ${soak}/soak.py --minutes 2
              ${load_option} --probe $<TARGET_FILE:soak_probe>)
# The longest begin first, and others run beside them: a run needs a quarter of a core.
set_tests_properties(${KITH_TEST_PREFIX}soak_of_minutes PROPERTIES COST 1000)

# Deaths at random and at named places, judged by the databases; scripts/chaos runs it for longer.
set(chaos ${CMAKE_CURRENT_SOURCE_DIR}/chaos)
kith_add_test(ledger_judge unit 60 ${KITH_PYTHON} -B ${chaos}/judge_test.py)
if(KITH_FAILPOINTS)
  kith_add_test(ledger_sqlite soak 300 ${KITH_PYTHON} -B ${chaos}/rig.py --kills 60 --seed 1)
  set_tests_properties(${KITH_TEST_PREFIX}ledger_sqlite PROPERTIES COST 800)
  file(GLOB postgres /usr/lib/postgresql/*/bin/postgres)
  if(postgres)
    kith_add_test(ledger_postgresql soak 300 bash ${chaos}/on_postgres.sh --kills 60 --seed 2)
    set_tests_properties(${KITH_TEST_PREFIX}ledger_postgresql PROPERTIES COST 800)
  else()
    message(STATUS "ledger_postgresql: not registered: it needs Debian's package postgresql")
  endif()
endif()
