#!/usr/bin/python3
"""Runs clang-tidy over the sources of services/, tests left out, as .clang-tidy says.

    tests/tidy/clang_tidy.py BUILD     BUILD is a folder the suite was built in

A source takes seconds, so one that passed is not looked at again until it, a header it includes,
its compiler flags or .clang-tidy change.
"""

import concurrent.futures
import hashlib
import json
import os
import re
import subprocess
import sys

ROOT = os.path.normpath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))


def read(path):
    with open(path, "rb") as file:
        return file.read()


def headers_by_object(build):
    """What each object was compiled from, as ninja noted it; system headers are left out."""
    listing = subprocess.run(["ninja", "-C", build, "-t", "deps"], capture_output=True, text=True, check=True).stdout
    headers, current = {}, None
    for line in listing.splitlines():
        if line.startswith("    "):
            path = os.path.normpath(os.path.join(build, line.strip()))
            if path.startswith((ROOT + os.sep, build + os.sep)):
                headers[current].append(path)
        elif ": #deps" in line:
            current = line.split(":")[0]
            headers[current] = []
    return headers


def sources(build):
    """Yields (source, what its verdict depends on)."""
    headers = headers_by_object(build)
    for command in json.loads(read(os.path.join(build, "compile_commands.json"))):
        path = os.path.relpath(command["file"], ROOT)
        if not path.startswith("services" + os.sep) or path.endswith("_test.cc"):
            continue
        target = re.search(r" -o (\S+)", command["command"]).group(1)
        digest = hashlib.sha256(read(os.path.join(ROOT, ".clang-tidy")) + command["command"].encode())
        for file in sorted({command["file"], *headers.get(target, [])}):
            digest.update(hashlib.sha256(read(file)).digest())
        yield path, digest.hexdigest()


def check(build, path, stamp):
    if os.path.exists(stamp):
        return ""
    run = subprocess.run(["clang-tidy", "-p", build, "--quiet", path], cwd=ROOT, capture_output=True, text=True)
    if run.returncode == 0:
        open(stamp, "w").close()
        return ""
    return run.stdout or run.stderr


def main():
    build = os.path.abspath(sys.argv[1])
    stamps = os.path.join(build, "clang-tidy")
    os.makedirs(stamps, exist_ok=True)
    work = sorted(sources(build))
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        outputs = list(pool.map(lambda each: check(build, each[0], os.path.join(stamps, each[1])), work))
    failed = [output for output in outputs if output]
    faults = [fault for output in failed for fault in re.split(r"\n(?=\S+:\d+:\d+: )", output.strip())]
    # A header's fault is found once for each source that includes it.
    for fault in dict.fromkeys(faults):
        print(fault.replace(ROOT + os.sep, ""))
    print(f"{len(work)} sources, {len(failed)} with faults")
    return 1 if failed or not work else 0


if __name__ == "__main__":
    sys.exit(main())
