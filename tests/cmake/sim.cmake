# SPDX-License-Identifier: MPL-2.0
# Whole nodes in one thread, in virtual time.
include(cmake/suite.cmake)
# A simulation makes and ends whole nodes by the thousand: memory that goes back to the kernel each time
# costs a third of its time.
set(keep_memory GLIBC_TUNABLES=glibc.malloc.trim_threshold=1073741824:glibc.malloc.top_pad=16777216)
# Each keeps a processor busy: as many at once as there are, where ctest is told of them (scripts/test).
set(compute RESOURCE_GROUPS processors:1)
# The longest runs say nothing to a sanitizer that shorter ones of their kind do not.
set(except "")
if(KITH_SANITIZE)
  list(APPEND except SHARDS 8 EXCEPT "LargeDomain.AllKnow*:LargeDomain.APartition*:LargeDomain.AnHour*:\
Books.BalanceThroughPartitions:SimWorld.OneSeed*:Discovery.OfThirty*:Resilience/*.CostsOtherCalls*:\
Retries.*:Retries/*:Hedging.HidesALongTail:Overload.OfTwoGreedy*")
endif()
if(NOT KITH_LONG)
  list(APPEND except EXCEPT "Calls.WithoutAnInstanceTakeABoundedMemory")
endif()
kith_suite(sim 240 ${except} COST 50 ${compute} ENVIRONMENT ${keep_memory})
if(TARGET sim_tests)
  target_compile_definitions(sim_tests PRIVATE KITH_SIM_SEEDS=${KITH_SIM_SEEDS})
endif()

# Durable events and the services once more, on the other kind of database; not the long series,
# which take minutes there. What a sanitizer could find it finds in conformance_postgresql.
if(KITH_POSTGRES AND TARGET sim_tests AND NOT KITH_SANITIZE)
  kith_add_test(sim_on_postgresql chaos 480 sim_tests
                --gtest_filter=Durable*:Outbox*:Retention*:Operating*:Service*-ServiceFaults.TheBooks*:ServicesOnDisks.*:DurableStorm*:DurableJoining*)
  set_property(TEST ${KITH_TEST_PREFIX}sim_on_postgresql APPEND PROPERTY
               ENVIRONMENT KITH_TEST_DATABASES=postgresql ${keep_memory})
  set_tests_properties(${KITH_TEST_PREFIX}sim_on_postgresql PROPERTIES COST 500)
endif()

# sim_tests itself runs the first 20 seeds of the durable storm, and 10 of order and payment on disks;
# scripts/test --all runs these, too.
if(NOT KITH_SANITIZE)
  foreach(first RANGE 21 181 20)
    math(EXPR last "${first} + 19")
    set(name chaos_seeds_${first}_to_${last})
    kith_add_test(${name} chaos 120 sim_tests --gtest_filter=DurableStorm.SettlesEveryOrderOnce)
    set_property(TEST ${KITH_TEST_PREFIX}${name} APPEND PROPERTY ENVIRONMENT
                                                               KITH_SEEDS=${first}-${last} ${keep_memory})
  endforeach()
  kith_add_test(chaos_services_seeds_11_to_200 chaos 120 sim_tests --gtest_filter=ServicesOnDisks.EveryOrder*)
  set_property(TEST ${KITH_TEST_PREFIX}chaos_services_seeds_11_to_200 APPEND PROPERTY ENVIRONMENT
                                                                            KITH_SEEDS=11-200 ${keep_memory})
  if(KITH_LONG)
    include(cmake/planted.cmake)
  endif()
endif()
