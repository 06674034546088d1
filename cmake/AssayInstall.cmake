# `cmake --install` leaves a prefix that can be moved: the binary finds plugins, the training backend and schemas from where
# it stands itself. Other projects build plugins against it by find_package(assay).
include(CMakePackageConfigHelpers)
set(ASSAY_CMAKE_DIR ${CMAKE_INSTALL_LIBDIR}/cmake/assay)

install(TARGETS assay assay_torch assay_sentencepiece RUNTIME DESTINATION bin LIBRARY DESTINATION lib)
install(DIRECTORY schemas experiments/prompts experiments/pretrain/words engine/cli/plugin_templates DESTINATION share/assay)
install(FILES experiments/quickstart.yaml experiments/families.yaml DESTINATION share/assay/experiments)
install(DIRECTORY experiments/data experiments/models DESTINATION share/assay/experiments)

install(DIRECTORY engine/sdk/include/ DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(TARGETS assay_sdk EXPORT assayTargets ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(EXPORT assayTargets NAMESPACE assay:: DESTINATION ${ASSAY_CMAKE_DIR})
execute_process(COMMAND ${CMAKE_CXX_COMPILER} -dM -E -x c++ /dev/null OUTPUT_VARIABLE compiler_macros COMMAND_ERROR_IS_FATAL ANY)
string(REGEX MATCH "__GXX_ABI_VERSION ([0-9]+)" unused "${compiler_macros}")
set(ASSAY_CXX_ABI_VERSION ${CMAKE_MATCH_1})
configure_package_config_file(cmake/assayConfig.cmake.in ${PROJECT_BINARY_DIR}/assayConfig.cmake INSTALL_DESTINATION ${ASSAY_CMAKE_DIR}
                              PATH_VARS CMAKE_INSTALL_BINDIR)
# Sources of plugins compile unchanged within a major version of the SDK.
write_basic_package_version_file(${PROJECT_BINARY_DIR}/assayConfigVersion.cmake COMPATIBILITY SameMajorVersion)
install(FILES ${PROJECT_BINARY_DIR}/assayConfig.cmake ${PROJECT_BINARY_DIR}/assayConfigVersion.cmake cmake/AssayPlugin.cmake cmake/AssayPlugin.map
        DESTINATION ${ASSAY_CMAKE_DIR})
