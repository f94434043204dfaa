# SPDX-License-Identifier: MPL-2.0
# Real processes, sockets and clocks. What judges a span that a busy neighbour could stretch runs
# alone; the rest has seconds to spare.
include(cmake/suite.cmake)
set(alone "Flood.CallsInPlace*:Flood.FromElsewhere*:Footprint.*:Nodes.FindEachOther*:Nodes.AStoppedProcess*:\
Nodes.AStoppingOne*:Nodes.ACallToAHung*:SameHost.ASocketThatNeverAnswers*:Services.EveryPayment*:\
Trusted.CertificatesAreRenewed*")
# The rigs begin before them, and the simulations after.
set(order COST 60)
# With a sanitizer they have much more time; what judges how quick calls are says nothing then.
if(KITH_SANITIZE)
  kith_suite(integration 120 ALONE "Connections.*:Flood.*:Services.*" EXCEPT "Flood.CallsInPlace*")
elseif(KITH_LONG)
  kith_suite(integration 120 ALONE "${alone}" ${order})
else()
  kith_suite(integration 120 ALONE "${alone}" ${order} EXCEPT
             "Connections.T*:Flood.*:Nodes.FindEachOther*:Services.EveryPayment*")
endif()
if(NOT KITH_TEST_DATA)
  message(STATUS "Services.ARealMonthOfOrdersAddsUpToThePenny: not registered: KITH_TEST_DATA is not set")
endif()

# Services with durable events, for tests of what operates them.
add_executable(post_service integration/post/main.cpp)
target_link_libraries(post_service PRIVATE kith_flags kith)
# A page of metrics whose names are meant to break who reads it.
add_executable(hostile_metrics integration/metrics/hostile.cpp)
target_link_libraries(hostile_metrics PRIVATE kith_admin)

file(GLOB scripts CONFIGURE_DEPENDS integration/*_test.py integration/*_test.sh)
# The unit template: read by systemd itself, and held against what a service really asks the kernel.
find_program(KITH_SYSTEMD_ANALYZE systemd-analyze)
find_program(KITH_STRACE strace)
set(can_trace 1)
if(KITH_STRACE)
  execute_process(COMMAND ${KITH_STRACE} -f -qq -o /dev/null true RESULT_VARIABLE can_trace ERROR_QUIET)
endif()
if(NOT KITH_SYSTEMD_ANALYZE OR NOT can_trace EQUAL 0)
  message(STATUS "systemd_test: not registered: it needs systemd-analyze, strace and leave to trace")
  list(FILTER scripts EXCLUDE REGEX "systemd_test")
endif()
find_program(KITH_PROMTOOL promtool)
find_program(KITH_PROMETHEUS prometheus)
execute_process(COMMAND ${KITH_PYTHON} -c "import prometheus_client" RESULT_VARIABLE no_client ERROR_QUIET)
if(NOT KITH_PROMTOOL OR NOT KITH_PROMETHEUS OR NOT no_client EQUAL 0)
  message(STATUS "metrics_test: not registered: it needs prometheus and python3-prometheus-client")
  list(FILTER scripts EXCLUDE REGEX "metrics_test")
endif()
# What others capture: they need leave to look at the loopback interface.
set(cannot_capture 1)
find_program(KITH_TCPDUMP tcpdump)
if(KITH_TCPDUMP)
  execute_process(COMMAND ${KITH_TCPDUMP} -i lo -L RESULT_VARIABLE cannot_capture OUTPUT_QUIET ERROR_QUIET)
endif()
if(NOT cannot_capture EQUAL 0)
  message(STATUS "foreign_capture_test: not registered: it needs tcpdump, and root or leave to capture")
  list(FILTER scripts EXCLUDE REGEX "foreign_capture_test")
endif()
find_program(KITH_TMUX tmux)
if(NOT KITH_TMUX)
  message(STATUS "watch_tool_test, top_test: not registered: it needs tmux")
  list(FILTER scripts EXCLUDE REGEX "(watch_tool|top)_test")
endif()
# Hosts of a network: needs root, or what else makes network namespaces, bridges and pairs of cards.
execute_process(
  COMMAND unshare --net sh -c "ip link add switch type bridge && ip link add port type veth peer name eth0 \
&& ip link set port master switch && bridge link set dev port mcast_flood off"
  RESULT_VARIABLE cannot_network OUTPUT_QUIET ERROR_QUIET)
if(NOT cannot_network EQUAL 0)
  message(STATUS "netns tests: not registered: they need root, network namespaces, veth, bridge and iproute2")
  list(FILTER scripts EXCLUDE REGEX "netns_[a-z]+_test")
endif()
execute_process(COMMAND unshare --net ip xfrm policy RESULT_VARIABLE no_policies OUTPUT_QUIET ERROR_QUIET)
if(NOT no_policies EQUAL 0)
  message(STATUS "netns_policies_test: not registered: it needs a kernel with policies of IPsec")
  list(FILTER scripts EXCLUDE REGEX "netns_policies_test")
endif()
# What starts and stops processes, installs, or lays cables says nothing new with a sanitizer.
if(KITH_SANITIZE)
  list(FILTER scripts EXCLUDE REGEX "(demo|demo_faults|demo_postgres|install|launch|launch_faults|script_options|settings|subproject|systemd|netns_[a-z]+|trust_edges|trust_nodes)_test")
endif()
if(NOT KITH_LONG)
  list(FILTER scripts EXCLUDE REGEX "(demo_faults|demo_postgres|install|launch_faults)_test")
endif()
if(NOT KITH_POSTGRES)
  list(FILTER scripts EXCLUDE REGEX "demo_postgres_test")
endif()
# They have directories and domains of their own and wait for what they want: none needs to run alone.
# They are the longest, and begin first: the longest of them before the others.
set(longest durable_tool launch metrics netns_cards netns_faults netns_hosts python_client tool trust_nodes)
foreach(script IN LISTS scripts)
  get_filename_component(name ${script} NAME_WE)
  if(name STREQUAL "install_test" AND NOT EXISTS ${PROJECT_SOURCE_DIR}/examples/hello/main.cpp)
    continue()
  endif()
  if(script MATCHES "\\.py$")
    kith_add_test(integration_${name} integration 360 ${KITH_PYTHON} ${script})
  else()
    kith_add_test(integration_${name} integration 360 bash ${script} ${PROJECT_BINARY_DIR})
  endif()
  string(REGEX REPLACE "_test$" "" rig ${name})
  set(cost 100)
  if(rig IN_LIST longest)
    set(cost 200)
  endif()
  set_tests_properties(${KITH_TEST_PREFIX}integration_${name} PROPERTIES COST ${cost})
endforeach()

# The map, in a browser.
find_program(KITH_NODE node)
find_program(KITH_CHROMIUM chromium)
if(KITH_NODE)
  kith_add_test(integration_web_documents integration 60 ${KITH_NODE} --test
                ${CMAKE_CURRENT_SOURCE_DIR}/web/documents_test.mjs)
else()
  message(STATUS "web_documents: not registered: it needs node")
endif()
if(KITH_SANITIZE)
  # A browser beside it takes the time that a sanitizer needs.
elseif(KITH_NODE AND KITH_CHROMIUM AND EXISTS ${CMAKE_CURRENT_SOURCE_DIR}/web/node_modules/playwright-core)
  kith_add_test(integration_web_test integration 240 ${CMAKE_COMMAND} -E env KITH_CHROMIUM=${KITH_CHROMIUM}
                ${KITH_NODE} --test ${CMAKE_CURRENT_SOURCE_DIR}/web/web_test.mjs)
else()
  message(STATUS "web_test: not registered: it needs node, chromium and playwright-core (scripts/setup --for all)")
endif()

# The benchmarks run, and their contenders answer right. Their figures are not judged: machines
# differ.
if(TARGET bench_contenders)
  kith_add_test(bench_smoke integration 120 ${KITH_PYTHON} -B ${PROJECT_SOURCE_DIR}/bench/driver/main.py
                --programs ${PROJECT_BINARY_DIR}/bench --rounds 1 --span-ms 50
                --only "^(round-trip-order|calls-64-64|events-256-to-1)$")
  set_tests_properties(${KITH_TEST_PREFIX}bench_smoke PROPERTIES RUN_SERIAL ON)
  kith_add_test(bench_durable_smoke integration 120 ${KITH_PYTHON} -B
                ${PROJECT_SOURCE_DIR}/bench/driver/durable.py --programs ${PROJECT_BINARY_DIR}/bench --polite
                --rounds 2 --span-ms 100 --events 10000)
  # What docs/resilience.md promises, of real processes: mostly waiting, and with limits for a busy machine.
  kith_add_test(resilience integration 180 ${KITH_PYTHON} -B ${PROJECT_SOURCE_DIR}/bench/driver/resilience.py
                --programs ${PROJECT_BINARY_DIR}/bench --polite --quick --contenders kith)
endif()
