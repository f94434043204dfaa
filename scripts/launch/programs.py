# SPDX-License-Identifier: MPL-2.0
"""Where the programs of a launch file are, and how those of this repository are built."""

import os
import shutil
import subprocess

from launch_file import FileError, suggestion

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILT = os.path.join(ROOT, "build", "release", "bin")


def ours():
    """Programs that this repository builds, and so many can be started by their name alone."""
    found = []
    for top in ("services", "tools"):
        directory = os.path.join(ROOT, top)
        found += [name for name in sorted(os.listdir(directory))
                  if os.path.isfile(os.path.join(directory, name, "main.cpp"))]
    return found


class Programs:
    """`bin_directory` holds the programs with bare names, instead of this repository's build."""

    def __init__(self, launch_file, bin_directory=None):
        self.file = launch_file
        self.bin = bin_directory
        self.directory = os.path.dirname(launch_file.path)

    def path_of(self, service):
        """Absolute; it need not be built yet. FileError when nobody knows it."""
        program = service.program
        if "/" in program:
            return os.path.normpath(os.path.join(self.directory, program))
        if self.bin:
            return os.path.join(self.bin, program)
        if program in ours():
            return os.path.join(BUILT, program)
        on_path = shutil.which(program)
        if on_path:
            return os.path.abspath(on_path)
        raise FileError(
            f"{self._place(service)}: program \"{program}\" is neither of this repository "
            f"({', '.join(ours())}) nor on the PATH{suggestion(program, ours())}; a path has a "
            "slash, and is relative to this file")

    def known(self):
        """Those with bare names."""
        try:
            return sorted(os.listdir(self.bin)) if self.bin else ours()
        except OSError:
            return []

    def to_build(self, services):
        """Names of those that this repository builds."""
        return sorted({one.program for one in services
                       if "/" not in one.program and not self.bin and one.program in ours()})

    def check(self, service, built):
        """FileError when it cannot be run. Before the build, of what is to be built only the
        directory is looked at: a long build that leads to an error would be a waste."""
        directory = os.path.join(self.directory, service.directory)
        if not os.path.isdir(directory):
            raise FileError(f"{self.file.place('service', service.name, 'directory')}: there is no "
                            f"directory {directory}")
        if not built and self.to_build([service]):
            return
        path = self.path_of(service)
        if not os.path.exists(path):
            near = "" if "/" in service.program else suggestion(service.program, self.known())
            raise FileError(f"{self._place(service)}: there is no program {path}{near}")
        if os.path.isdir(path) or not os.access(path, os.X_OK):
            raise FileError(f"{self._place(service)}: {path} is no program, or not executable")

    def _place(self, service):
        keys = ("service", service.name, "program")
        return self.file.place(*(keys if keys in self.file.lines else keys[:2]))


def build(names, say):
    """Whether they are built now. What is up to date takes no time and no word."""
    if not names:
        return True
    script = ('source scripts/lib.sh; scripts/setup --for up && kith_build release "$@"')
    done = subprocess.run(["bash", "-c", script, os.path.join(ROOT, "scripts", "up"),
                           *(f"bin/{name}" for name in names)],
                          cwd=ROOT, stdin=subprocess.DEVNULL, check=False)
    if done.returncode:
        say(f"cannot build {' '.join(names)}: see above")
    return done.returncode == 0
