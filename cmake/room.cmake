# A room: a folder under src/, one library, one test program, and the rooms it may see.
#   busbar_room(sched SHOWS model USES wire LINKS fmt::fmt)
# SHOWS: rooms that appear in its headers. USES: rooms only its sources see. LINKS: outside libraries, sources only.
# TESTS: outside libraries and rooms that only its tests need.
function(busbar_room name)
  cmake_parse_arguments(ARG "" "" "SHOWS;USES;LINKS;TESTS" ${ARGN})
  list(TRANSFORM ARG_SHOWS PREPEND busbar_)
  list(TRANSFORM ARG_USES PREPEND busbar_)
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS *.cpp)
  list(FILTER sources EXCLUDE REGEX "/shim/")  # a program of its own, linked statically (engine/local/shim)
  set(tests ${sources})
  list(FILTER sources EXCLUDE REGEX "_test\\.cpp$")
  list(FILTER tests INCLUDE REGEX "_test\\.cpp$")

  add_library(busbar_${name} STATIC ${sources})
  target_link_libraries(busbar_${name} PUBLIC ${ARG_SHOWS} PRIVATE ${ARG_USES} ${ARG_LINKS} busbar_warnings)

  # The door: a folder holding this room alone, so that "sched/scheduler.hpp" resolves only for
  # those who link the room, although header and source stay side by side.
  set(door ${CMAKE_BINARY_DIR}/doors/${name})
  file(MAKE_DIRECTORY ${door})
  file(CREATE_LINK ${CMAKE_CURRENT_SOURCE_DIR} ${door}/${name} SYMBOLIC)
  target_include_directories(busbar_${name} PUBLIC ${door})

  if(tests AND BUSBAR_TESTS)  # links this room and no other: a hidden dependency is a link error here
    add_executable(${name}_test ${tests})
    target_link_libraries(${name}_test PRIVATE busbar_${name} ${ARG_USES} ${ARG_TESTS} busbar_warnings
                                               GTest::gtest GTest::gtest_main)
    target_compile_definitions(${name}_test PRIVATE BUSBAR_SOURCE_DIR="${CMAKE_SOURCE_DIR}"
                                                    BUSBAR_BINARY_DIR="${CMAKE_BINARY_DIR}")
    # A test is compiled more often than it runs: what it tests stays at -O2, itself it does not need to be.
    target_compile_options(${name}_test PRIVATE $<$<CONFIG:Release>:-O1>)
    add_test(NAME ${name} COMMAND ${name}_test)
    set_tests_properties(${name} PROPERTIES TIMEOUT 300)
  endif()
endfunction()
