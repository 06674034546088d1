# `cmake --install` leaves a prefix that can be moved: the binary finds its library folder and schemas beside itself.
if(TARGET assay)
  install(TARGETS assay RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
endif()
