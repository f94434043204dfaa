# SPDX-License-Identifier: MPL-2.0
# cmake -D PAGE=DIRECTORY -D OUTPUT=FILE.cpp -P embed_page.cmake: the files there as page_files().

set(type_html "text/html; charset=utf-8")
set(type_css "text/css; charset=utf-8")
set(type_js "text/javascript; charset=utf-8")
set(type_svg "image/svg+xml")

set(text "// Made by tools/embed_page.cmake from tools/kith/web/page.\n\
#include \"kith/web/page_files.hpp\"\n\nnamespace kith::tool {\nnamespace {\n\n\
constexpr page_file embedded[] = {\n")
file(GLOB names RELATIVE ${PAGE} ${PAGE}/*.html ${PAGE}/*.css ${PAGE}/*.js ${PAGE}/*.svg)
foreach(name IN LISTS names)
  file(READ ${PAGE}/${name} content)
  string(REGEX REPLACE ".*\\." "" kind ${name})
  string(APPEND text "    {\"${name}\", \"${type_${kind}}\",\n     R\"~~page~~(${content})~~page~~\"},\n")
endforeach()
string(APPEND text "};\n\n}  // namespace\n\nstd::span<const page_file> page_files() noexcept {\n\
  return embedded;\n}\n\n}  // namespace kith::tool\n")
file(WRITE ${OUTPUT} "${text}")
