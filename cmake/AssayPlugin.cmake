# assay_add_plugin(name KIND strategy|metric SOURCES … [TORCH])
#
# Builds <name>.so with hidden symbols, linked to the SDK alone (and, with TORCH, to the training half): in assay's own tree
# as lib/assay/plugins/<name>.so, in another project as plugins/<name>.so of its build folder.
set(ASSAY_PLUGIN_SYMBOLS ${CMAKE_CURRENT_LIST_DIR}/AssayPlugin.map)
if(NOT TARGET assay_plugins)
  add_custom_target(assay_plugins)  # all of them
endif()

function(assay_add_plugin name)
  cmake_parse_arguments(ARG "TORCH" "KIND;OUTPUT_DIRECTORY" "SOURCES;DEFINITIONS" ${ARGN})
  if(NOT ARG_KIND MATCHES "^(strategy|metric)$")
    message(FATAL_ERROR "assay_add_plugin(${name}): KIND must be strategy or metric")
  endif()
  set(target assay_plugin_${name})
  add_library(${target} MODULE ${ARG_SOURCES})
  target_link_libraries(${target} PRIVATE assay::sdk)
  if(ARG_TORCH)
    target_link_libraries(${target} PRIVATE assay::torch)
  endif()
  # What exports nothing but its entry point and its manifest meets no symbol of another plugin.
  target_link_options(${target} PRIVATE LINKER:--version-script=${ASSAY_PLUGIN_SYMBOLS})
  set_property(TARGET ${target} APPEND PROPERTY LINK_DEPENDS ${ASSAY_PLUGIN_SYMBOLS})
  target_compile_features(${target} PRIVATE cxx_std_20)
  target_compile_definitions(${target} PRIVATE ${ARG_DEFINITIONS})
  if(CMAKE_CXX_COMPILER_ID MATCHES "Clang" AND ASSAY_CXX_ABI_VERSION)  # see assay/sdk/plugin.h
    target_compile_definitions(${target} PRIVATE ASSAY_CXX_ABI_VERSION=${ASSAY_CXX_ABI_VERSION})
  endif()
  if(ARG_OUTPUT_DIRECTORY)
    set(output ${ARG_OUTPUT_DIRECTORY})
  elseif(ASSAY_PLUGIN_OUTPUT_DIRECTORY)  # one of assay's own
    set(output ${ASSAY_PLUGIN_OUTPUT_DIRECTORY})
    add_dependencies(assay_plugins ${target})
    install(TARGETS ${target} LIBRARY DESTINATION lib/assay/plugins)
  else()
    set(output ${CMAKE_BINARY_DIR}/plugins)
    add_dependencies(assay_plugins ${target})
  endif()
  set_target_properties(${target} PROPERTIES
    PREFIX "" OUTPUT_NAME ${name} LIBRARY_OUTPUT_DIRECTORY "${output}"
    CXX_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON
    INSTALL_RPATH "$ORIGIN/../..")
endfunction()

# assay_plugin_test(name [EXPERIMENT file] [PARAMS json] [MODEL folder])
#
# Tests of a plugin made by assay_add_plugin: `assay plugin check` on it, with these parameters beside its defaults, and a run of
# the experiment where one is named. enable_testing() comes before it.
function(assay_plugin_test name)
  cmake_parse_arguments(ARG "" "EXPERIMENT;PARAMS;MODEL" "" ${ARGN})
  if(TARGET assay)
    set(program $<TARGET_FILE:assay>)
  else()
    set(program ${ASSAY_EXECUTABLE})
  endif()
  set(options)
  if(ARG_PARAMS)
    list(APPEND options --params ${ARG_PARAMS})
  endif()
  if(ARG_MODEL)
    list(APPEND options --model ${ARG_MODEL})
  endif()
  add_test(NAME ${name}_keeps_to_the_rules COMMAND ${program} plugin check $<TARGET_FILE:assay_plugin_${name}> ${options})
  if(ARG_EXPERIMENT)
    add_test(NAME ${name}_runs
      COMMAND ${program} run ${CMAKE_CURRENT_SOURCE_DIR}/${ARG_EXPERIMENT} --plain --plugin-dir $<TARGET_FILE_DIR:assay_plugin_${name}>
              --results ${CMAKE_CURRENT_BINARY_DIR}/results)
  endif()
endfunction()
