# SPDX-License-Identifier: MPL-2.0
add_subdirectory(fuzz)
