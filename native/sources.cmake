# Reads native/sources.json: which files belong to which part.
set(SQUARED_EMD_ROOT ${CMAKE_CURRENT_LIST_DIR}/..)
cmake_path(NORMAL_PATH SQUARED_EMD_ROOT)
set(SOURCES_LIST ${CMAKE_CURRENT_LIST_DIR}/sources.json)
file(READ ${SOURCES_LIST} SOURCES_JSON)
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${SOURCES_LIST})

# Appends the sources of one group to SOURCES, with the given compiler options.
function(add_sources GROUP)
  string(JSON LAST LENGTH "${SOURCES_JSON}" ${GROUP})
  math(EXPR LAST "${LAST} - 1")
  foreach(INDEX RANGE ${LAST})
    string(JSON PATTERN GET "${SOURCES_JSON}" ${GROUP} ${INDEX})
    if(PATTERN MATCHES "/[*][*]/")
      string(REPLACE "/**/" "/" PATTERN ${PATTERN})
      file(GLOB_RECURSE FILES CONFIGURE_DEPENDS ${SQUARED_EMD_ROOT}/${PATTERN})
    else()
      file(GLOB FILES CONFIGURE_DEPENDS ${SQUARED_EMD_ROOT}/${PATTERN})
    endif()
    list(APPEND SOURCES ${FILES})
    set_source_files_properties(${FILES} PROPERTIES COMPILE_OPTIONS "${ARGN}")
  endforeach()
  set(SOURCES ${SOURCES} PARENT_SCOPE)
endfunction()

# The CUDA library exports only the function that returns its table, whichever runtime it is built against.
function(export_only_the_table TARGET)
  set(EXPORTS ${CMAKE_CURRENT_BINARY_DIR}/exports)
  file(WRITE ${EXPORTS} "{ global: semd_cuda_library; local: *; };\n")
  # Never unmapped, as streams and handlers outlive the worker that loaded it.
  target_link_options(${TARGET} PRIVATE -Wl,--version-script=${EXPORTS} -Wl,-z,nodelete -Wl,-z,defs)
endfunction()
