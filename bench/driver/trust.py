# SPDX-License-Identifier: MPL-2.0
"""A trust domain for one contender: whoever takes part is the service of that name, and may do everything."""

import os
import secrets
import subprocess

import programs

SERVICE = "bench"


def directory_for(stage, contender, programs_at):
    where = stage.path(contender, "trust")
    if not os.path.isdir(where):
        os.mkdir(where, mode=0o700)
        make(where, stage.domain_of(contender), os.path.join(programs_at, "..", "bin", "kith"))
    return where


def make(where, domain, kith):
    passphrase = secrets.token_hex(16)

    def run(command, *arguments):
        done = subprocess.run([kith, "trust", command, *arguments, "--dir", where], input=passphrase + "\n",
                              capture_output=True, text=True, timeout=60, check=False)
        if done.returncode:
            raise programs.Failed(f"kith trust {command}: {done.stderr.strip()}")

    from_input = ("--passphrase-file", "-")
    run("init", "--domain", domain, *from_input)
    run("request", SERVICE)
    run("sign", os.path.join(where, f"{SERVICE}.req"), "--provides", "*", "--calls", "*", "--publishes", "*",
        "--subscribes", "*", "--days", "1", *from_input)
