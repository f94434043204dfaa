# SPDX-License-Identifier: MPL-2.0
# Sets `python` to a Python that reads TOML (3.11, as Debian 12 has it), and installs it when there
# is none. Source it, with `here` set to the directory of the scripts.

find_python() {
  for python in /usr/bin/python3 python3; do
    "$python" -c 'import tomllib' 2>/dev/null && return
  done
  return 1
}

find_python || {
  "$here/setup" --for up && find_python
} || {
  echo "${0##*/}: Python 3.11 or newer is needed" >&2
  exit 1
}
