# How everything of ours is compiled: warnings, sanitizers, where outputs go.
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)
set(CMAKE_LIBRARY_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/lib)
set(CMAKE_ARCHIVE_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/lib/static)
set(ASSAY_PLUGIN_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/lib/assay/plugins)

# One run path for the build tree and an installed prefix, which are laid out alike and can be moved.
set(CMAKE_BUILD_WITH_INSTALL_RPATH ON)
set(CMAKE_INSTALL_RPATH "$ORIGIN/../lib;$ORIGIN;$ORIGIN/../..")

add_compile_options(-Wall -Wextra -Wpedantic)
if(ASSAY_WERROR)
  add_compile_options(-Werror)
endif()
# a*b+c must not become a fused operation in one place and two roundings in another: results are compared bit by bit.
add_compile_options(-ffp-contract=off)
# GCC 12 warns of overlapping copies in its own std::string (bug 105651); can go with GCC 13.
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  add_compile_options(-Wno-restrict)
endif()

set(ASSAY_SANITIZE "" CACHE STRING "Sanitizers, for instance address,undefined")
if(ASSAY_SANITIZE)
  add_compile_options(-fsanitize=${ASSAY_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=undefined)
  add_link_options(-fsanitize=${ASSAY_SANITIZE})
  # GCC's analysis is lost in instrumented code: it takes members that std::regex sets for uninitialised.
  add_compile_options($<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized>)
endif()

find_program(CCACHE_PROGRAM ccache)
if(CCACHE_PROGRAM)
  set(CMAKE_C_COMPILER_LAUNCHER ${CCACHE_PROGRAM})
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CCACHE_PROGRAM})
endif()
find_program(MOLD_PROGRAM mold)
if(MOLD_PROGRAM AND NOT ASSAY_SANITIZE)
  add_link_options(-fuse-ld=mold)
endif()

# Several sources are compiled as one: the headers they share, and what these instantiate, then cost once and not six times,
# which makes a build from nothing about a third shorter. Debug and sanitizer builds compile each source by itself, so that
# an include that is missing shows.
if(CMAKE_BUILD_TYPE STREQUAL "Release")
  set(together ON)
else()
  set(together OFF)
endif()
option(ASSAY_UNITY "Compile several sources of a library as one" ${together})
set(CMAKE_UNITY_BUILD ${ASSAY_UNITY})
set(CMAKE_UNITY_BUILD_BATCH_SIZE 6)
if(ASSAY_UNITY)
  # GCC takes a source that is included for a header, in which types of an unnamed namespace would be no member's.
  add_compile_options($<$<AND:$<COMPILE_LANGUAGE:CXX>,$<CXX_COMPILER_ID:GNU>>:-Wno-subobject-linkage>)
endif()
