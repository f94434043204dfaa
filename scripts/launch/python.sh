# SPDX-License-Identifier: MPL-2.0
# Sets `python` to a Python that reads TOML (3.11, as Debian 12 has it), and installs it when there
# is none. Source it, with `here` set to the directory of the scripts.

find_python() {
  # Debian's own, without starting it only to ask.
  if compgen -G '/usr/lib/python3*/tomllib' >/dev/null && [[ -x /usr/bin/python3 ]]; then
    python=/usr/bin/python3
    return
  fi
  for python in python3 /usr/bin/python3 /usr/local/bin/python3; do
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
