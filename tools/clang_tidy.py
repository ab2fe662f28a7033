#!/usr/bin/env python3
"""Runs clang-tidy-19 on every source of ours whose text, headers or configuration changed.

A file that passed is remembered in build/clang_tidy.json by a hash over .clang-tidy, its compile
command and the text of every header of ours. Exits 1 when a file has a finding.
"""

import concurrent.futures
import hashlib
import json
import os
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
CACHE = ROOT / "build/clang_tidy.json"
INCLUDE = re.compile(r'^\s*#\s*include\s*"([^"]+)"', re.M)


def reached_headers(source, known):
    """Headers of ours that `source` includes, directly or through others."""
    seen, waiting = set(), [source]
    while waiting:
        path = waiting.pop()
        if path not in known:
            known[path] = INCLUDE.findall(path.read_text()) if path.is_file() else []
        for target in known[path]:
            for root in (ROOT / "src", ROOT):
                header = root / target
                if header not in seen and header.is_file():
                    seen.add(header)
                    waiting.append(header)
    return sorted(seen)


def fingerprint(entry, known):
    source = pathlib.Path(entry["file"])
    digest = hashlib.sha256((ROOT / ".clang-tidy").read_bytes())
    digest.update(entry["command"].encode())
    for path in [source, *reached_headers(source, known)]:
        digest.update(path.read_bytes())
    return digest.hexdigest()


def run(source):
    done = subprocess.run(
        ["clang-tidy-19", "--quiet", "-p", str(ROOT / "build/release"), source],
        cwd=ROOT, capture_output=True, text=True)
    return source, done.returncode, done.stdout.strip() or done.stderr.strip()


def main():
    entries = json.loads((ROOT / "build/release/compile_commands.json").read_text())
    passed = json.loads(CACHE.read_text()) if CACHE.is_file() else {}
    known, marks = {}, {}
    for entry in entries:
        source = str(pathlib.Path(entry["file"]).relative_to(ROOT))
        # GoogleTest's macros are outside our say; the compiler's own warnings cover the tests.
        if not source.endswith("_test.cc"):
            marks[source] = fingerprint(entry, known)
    stale = [source for source, mark in marks.items() if passed.get(source) != mark]
    failed = 0
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for source, code, output in pool.map(run, stale):
            if code:
                failed += 1
                print(output)
            else:
                passed[source] = marks[source]
                CACHE.write_text(json.dumps({k: v for k, v in passed.items() if k in marks}))
    print(f"clang-tidy: {len(marks)} files, {len(stale)} looked at, {failed} with findings")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
