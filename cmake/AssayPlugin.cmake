# assay_add_plugin(name KIND strategy|metric SOURCES … [TORCH])
#
# Builds <name>.so with hidden symbols, linked to the SDK alone (and, with TORCH, to the training half): in assay's own tree
# as lib/assay/plugins/<name>.so, in another project as plugins/<name>.so of its build folder.
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
  target_compile_features(${target} PRIVATE cxx_std_20)
  target_compile_definitions(${target} PRIVATE ${ARG_DEFINITIONS})
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
