# SPDX-License-Identifier: MPL-2.0
"""A trust domain for one contender: whoever takes part is the service of that name, and may do everything."""

import os
import secrets

import programs
from processes import run as run_process

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
        done = run_process([kith, "trust", command, *arguments, "--dir", where], 60, input=passphrase + "\n")
        if done.returncode:
            raise programs.Failed(f"kith trust {command}: {done.stderr.strip()}")

    from_input = ("--passphrase-file", "-")
    run("init", "--domain", domain, *from_input)
    run("request", SERVICE)
    run("sign", os.path.join(where, f"{SERVICE}.req"), "--provides", "*", "--calls", "*,kith.", "--publishes", "*",
        "--subscribes", "*", "--days", "1", *from_input)
