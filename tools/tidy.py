#!/usr/bin/env python3
"""Checks the house rules that no compiler knows: who may include whom, sizes, names, banned calls.

Prints one line per finding, `path:line: rule: what is wrong`, and exits 1; or prints `ok`.
Exceptions, each with a date and a reason, are in tidy_exceptions.txt beside this file.
"""

import datetime
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent

# Folder -> folders it may include besides itself. Closed over below: what a folder reaches through
# another it may include as well.
LADDER = {
    "base": [],
    "io": ["base"],
    "storage": ["base", "io"],
    "streams": ["storage"],
    "objects": ["storage"],
    "access": ["storage"],
    "telemetry": ["storage"],
    "catalog": ["storage"],
    "functions": ["storage"],
    "delivery": ["streams", "objects", "telemetry", "catalog", "functions"],
    "http": ["base"],
    "wire": ["base", "http"],
    "services": ["streams", "objects", "access", "telemetry", "catalog", "functions", "delivery",
                 "http", "wire"],
    "producer": ["base", "http", "wire"],
    "server": ["services", "io"],
    "cli": ["server", "producer"],
    "sim": ["base", "io"],
    "bench": ["cli", "sim"],
}
# Of `http`, these folders may know the values Request and Response only.
VALUES_ONLY = {"wire": ["http/message.h"]}
DOMAIN = {"storage", "streams", "objects", "delivery"}
# A heavy header, the folders whose sources may include it, the folders whose headers may.
HEAVY_INCLUDES = [
    (r"boost/asio\.hpp", set(), set()),
    (r"simdjson\.h", {"wire", "services"}, set()),
    (r"nghttp2/.*", {"http"}, {"http"}),
    (r"openssl/.*", {"base", "http", "wire", "streams", "objects", "access", "services"},
     {"http"}),
    (r"pugixml\.hpp", {"wire", "services"}, set()),
    (r"sqlite3\.h", {"storage", "sim"}, {"storage"}),
    (r"re2/.*", {"wire"}, set()),
    (r"isa-l/.*|isa-l\.h|libdeflate\.h", {"base", "storage", "objects", "delivery"}, set()),
    (r"CLI/.*", {"server", "cli"}, {"cli"}),
    (r"toml\+\+/.*", {"server", "cli", "producer"}, set()),
]
JUNK_NAMES = {"util", "utils", "common", "helper", "helpers", "misc", "manager", "types"}
HEADER_LINES, SOURCE_LINES, SOURCE_LINES_SOFT, FUNCTION_LINES, COLUMNS = 300, 1000, 600, 70, 100
MAIN_LINES = 80

CLOCK_AND_CHANCE = [
    (r"::now\s*\(", "the clock is an argument (base/clock.h)"),
    (r"(?<![\w.>])(?:std::|::)?time\s*\(\s*(?:nullptr|NULL|0|&)", "the clock is an argument"),
    (r"\b(?:gettimeofday|clock_gettime)\s*\(", "the clock is an argument (base/clock.h)"),
    (r"(?<![\w.>:])(?:std::|::)?s?rand\s*\(", "chance is an argument (base/random.h)"),
    (r"\brandom_device\b", "chance is an argument (base/random.h)"),
    (r"\bsleep_for\b|\bthis_thread::sleep_until\b|(?<![\w.>])u?sleep\s*\(",
     "waiting goes through base/clock.h"),
    (r"\b(?:steady|system|deadline|high_resolution|waitable)_timer\b",
     "waiting goes through base/clock.h"),
]
EXCEPTIONS_OF_OURS = [
    (r"\bthrow\b", "errors are Result<T>"),
    (r"\bcatch\s*\(\s*\.\.\.\s*\)", "catch what the library throws, by name"),
]
WIRE_WORDS = re.compile(
    r"(?i)(?<![a-z])(?:json|xml|cbor|http)(?![a-z])|status code|\b\w+Exception\b")
EMPTY_WORDS = re.compile(
    r"(?i)\b(?:robust(?:ly)?|comprehensive(?:ly)?|seamless(?:ly)?|blazing(?:ly)?|cutting-edge|"
    r"state-of-the-art|leverag(?:e|es|ing)|utili[sz]e[sd]?|elegant(?:ly)?|production-ready|"
    r"enterprise-grade|world-class)\b|[\U0001F300-\U0001FAFF]")
DOXYGEN = re.compile(r"[@\\](?:brief|param|return|returns|throws|file|author)\b")
UNFINISHED = re.compile(r"\b(?:TODO|FIXME|XXX|HACK)\b")
TODO_FORM = re.compile(r"\bTODO\([^(),]+, [^()]+\):")
LAMBDA_COROUTINE = re.compile(
    r"\[[^\[\]]*[&=\w][^\[\]]*\]\s*\([^()]*\)\s*(?:mutable\s*|noexcept\s*)*->\s*"
    r"(?:boost::)?(?:asio::)?awaitable")
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]', re.M)


def closure(ladder):
    """Every folder with all that it reaches."""
    def reach(folder, seen):
        for below in ladder.get(folder, []):
            if below not in seen:
                seen.add(below)
                reach(below, seen)
        return seen
    return {folder: reach(folder, set()) for folder in ladder}


REACH = closure(LADDER)


def blank(text):
    """Spaces instead of `text`, its line ends kept."""
    return re.sub(r"[^\n]", " ", text)


TOKEN = re.compile(
    r'R"(?P<delimiter>[^\s()\\]{0,16})\((?s:.*?)\)(?P=delimiter)"'
    r'|//(?:[^\n\\]|\\.|\\\n)*|/\*(?s:.*?)\*/'
    r'|"(?:[^"\\\n]|\\.)*"'
    r"|(?<![0-9a-fA-F])'(?:[^'\\\n]|\\.)+'")


def split_comments(text):
    """(code without comments and literals, comments alone); positions and lines are kept."""
    code, comments, at = [], [], 0
    for token in TOKEN.finditer(text):
        between = text[at:token.start()]
        literal = token.group(0)
        is_comment = literal.startswith("/")
        code += [between, blank(literal)]
        comments += [blank(between), literal if is_comment else blank(literal)]
        at = token.end()
    return "".join(code) + text[at:], "".join(comments) + blank(text[at:])


def line_of(text, position):
    return text.count("\n", 0, position) + 1


def functions(code):
    """(first line, lines) of every outermost function body with its signature.

    A brace opens a function when the statement before it has a parameter list and is neither a
    namespace nor a type nor an initialiser.
    """
    code = re.sub(r"(?m)^[ \t]*#(?:[^\n\\]|\\[^\n]|\\\n)*", lambda m: blank(m.group(0)), code)
    stack, start = [], 0
    for match in re.finditer(r"[{};]", code):
        mark, position = match.group(0), match.start()
        if mark == "{":
            before = code[start:position]
            if re.search(r"\bnamespace\b[^()]*$|\bextern\s*$", before):
                kind = "namespace"
            elif re.search(r"\b(?:class|struct|union|enum)\b(?![^<>]*>\s*\S+\s*\()", before) and (
                    "(" not in re.sub(r"alignas\s*\([^()]*\)", "", before)):
                kind = "type"
            elif re.search(r"[\w>]$", before) and re.search(
                    r"\)\s*(?:noexcept\s*)?:[^:]", before):
                kind = "initialiser"
            elif "(" in before and not re.search(r"=\s*$|\breturn\s*$", before):
                kind = "function"
            else:
                kind = "initialiser"
            stack.append((kind, start + len(before) - len(before.lstrip())))
        elif mark == "}" and stack:
            kind, opened = stack.pop()
            inside = any(outer in ("function", "initialiser") for outer, _ in stack)
            if kind == "function" and not inside:
                first = line_of(code, opened)
                yield first, line_of(code, position) - first + 1
        at_scope = not stack or stack[-1][0] in ("namespace", "type")
        if at_scope and not (mark == "}" and kind == "initialiser"):
            start = position + 1


class Checker:
    """Collects findings over files given as (path, text)."""

    def __init__(self, exceptions=None, existing=None):
        self.findings = []
        self.exceptions = dict(exceptions or {})
        self.used = set()
        self.existing = existing or set()

    def report(self, path, line, rule, what):
        if (path, rule) in self.exceptions:
            self.used.add((path, rule))
            return
        self.findings.append(f"{path}:{line}: {rule}: {what}")

    def matches(self, path, text, rules, rule):
        for pattern, what in rules:
            for match in re.finditer(pattern, text):
                found = match.group(0).strip()
                self.report(path, line_of(text, match.start()), rule, f"`{found}`: {what}")

    def check(self, path, text):
        parts = pathlib.PurePosixPath(path)
        self.check_name(parts)
        self.check_lines(path, text)
        if parts.suffix in (".cc", ".h"):
            self.check_cpp(parts, text)

    def check_name(self, parts):
        for part in parts.parts[:-1] + (parts.stem,):
            words = part.lower()
            if words in JUNK_NAMES or words.removesuffix("_test") in JUNK_NAMES:
                self.report(str(parts), 1, "name", f"`{part}` says nothing about what is inside")
        if parts.suffix in (".cc", ".h") and not re.fullmatch(r"[a-z0-9_]+", parts.stem):
            self.report(str(parts), 1, "name", "files are snake_case")

    def check_lines(self, path, text):
        for number, line in enumerate(text.split("\n"), 1):
            if len(line) > COLUMNS and "://" not in line:
                self.report(path, number, "columns", f"{len(line)} columns, at most {COLUMNS}")

    def check_cpp(self, parts, text):
        path = str(parts)
        folder = parts.parts[1] if parts.parts[0] == "src" else parts.parts[0]
        is_test = parts.stem.endswith(("_test", "_fuzz"))
        code, comments = split_comments(text)
        self.check_size(parts, text, code)
        self.check_includes(parts, folder, is_test, text, code)
        self.check_words(path, folder, is_test, code, comments)
        self.check_calls(path, folder, is_test, code)

    def check_size(self, parts, text, code):
        path, lines = str(parts), text.count("\n")
        if parts.suffix == ".h" and lines > HEADER_LINES:
            self.report(path, 1, "size", f"{lines} lines, a header has at most {HEADER_LINES}")
        if parts.suffix == ".cc" and lines > SOURCE_LINES:
            self.report(path, 1, "size-hard", f"{lines} lines, a source at most {SOURCE_LINES}")
        elif parts.suffix == ".cc" and lines > SOURCE_LINES_SOFT:
            self.report(path, 1, "size",
                        f"{lines} lines, past {SOURCE_LINES_SOFT} needs a written reason")
        if parts.name == "main.cc" and lines > MAIN_LINES:
            self.report(path, 1, "size", f"{lines} lines, main is a table of contents")
        for first, length in functions(code):
            if length > FUNCTION_LINES:
                self.report(path, first, "function",
                            f"{length} lines, a function has at most {FUNCTION_LINES}")

    def check_includes(self, parts, folder, is_test, text, code):
        path = str(parts)
        guard = re.search(r"^\s*#\s*(?:pragma once|ifndef \w+)", code, re.M)
        if parts.suffix == ".h" and not guard:
            self.report(path, 1, "include", "a header guards itself")
        allowed = REACH.get(folder, set()) | {folder}
        if is_test:
            allowed = allowed | {"sim"} | REACH["sim"]
        includes = [m for m in INCLUDE.finditer(text) if code[m.start():m.end()].strip()]
        for include in includes:
            quote, target = include.groups()
            line = line_of(text, include.start(1))
            top = target.split("/")[0]
            if quote == '"' and top in LADDER and top not in allowed:
                self.report(path, line, "include", f"{folder} may not include {target}")
            values = VALUES_ONLY.get(folder)
            if quote == '"' and values and top == "http" and target not in values:
                self.report(path, line, "include", f"{folder} may only know {values[0]} of http")
            for pattern, sources, headers in HEAVY_INCLUDES:
                if not re.fullmatch(pattern, target) or (is_test and sources):
                    continue
                if folder not in (headers if parts.suffix == ".h" else sources):
                    self.report(path, line, "include", f"{target} stays inside what wraps it")
        own = str(parts.with_suffix(".h"))
        if parts.suffix == ".cc" and own in self.existing and includes:
            first = includes[0].group(2)
            if first not in (own.removeprefix("src/"), parts.stem + ".h"):
                self.report(path, line_of(text, includes[0].start(1)), "include",
                            f"{parts.stem}.h comes first, which proves that it stands alone")

    def check_words(self, path, folder, is_test, code, comments):
        if folder in DOMAIN and not is_test:
            for text in (INCLUDE.sub("", code), comments):
                for match in WIRE_WORDS.finditer(text):
                    self.report(path, line_of(text, match.start()), "domain",
                                f"`{match.group(0)}`: the domain does not know the wire")
        for match in UNFINISHED.finditer(comments):
            if not TODO_FORM.match(comments, match.start()):
                self.report(path, line_of(comments, match.start()), "todo",
                            "the form is TODO(name, issue): what")
        for pattern, what in ((EMPTY_WORDS, "a fact or a number instead"),
                              (DOXYGEN, "comments are sentences")):
            for match in pattern.finditer(comments):
                self.report(path, line_of(comments, match.start()), "words",
                            f"`{match.group(0)}`: {what}")

    def check_calls(self, path, folder, is_test, code):
        if folder not in ("io", "http", "bench"):  # measuring is what bench/ is for
            self.matches(path, code, CLOCK_AND_CHANCE, "clock")
        if folder not in ("http", "server"):
            self.matches(path, code, EXCEPTIONS_OF_OURS, "exception")
        for match in LAMBDA_COROUTINE.finditer(code):
            self.report(path, line_of(code, match.start()), "coroutine",
                        "a capturing lambda must not be a coroutine: its captures die first")
        if folder != "base" and re.search(r"\bstd::(?:recursive_|shared_)?mutex\b", code):
            found = re.search(r"\bstd::(?:recursive_|shared_)?mutex\b", code)
            self.report(path, line_of(code, found.start()), "mutex", "use base/mutex.h")

    def finish(self):
        for path, rule in sorted(set(self.exceptions) - self.used):
            self.findings.append(
                f"tools/tidy_exceptions.txt:1: exception: {path} {rule} is unused")
        return self.findings


def read_exceptions(text):
    """{(path, rule): reason} from lines `path | rule | YYYY-MM-DD | reason`."""
    exceptions = {}
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        fields = [field.strip() for field in line.split("|")]
        if len(fields) != 4 or not all(fields):
            raise SystemExit(f"tidy_exceptions.txt:{number}: path | rule | date | reason")
        datetime.date.fromisoformat(fields[2])
        exceptions[(fields[0], fields[1])] = fields[3]
    return exceptions


def main():
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.cc", "*.h", "*.py"],
        cwd=ROOT, check=True, capture_output=True, text=True).stdout.split("\n")
    paths = [path for path in listed if path and (ROOT / path).is_file()]
    exceptions = read_exceptions((ROOT / "tools/tidy_exceptions.txt").read_text())
    checker = Checker(exceptions, set(paths))
    for path in paths:
        checker.check(path, (ROOT / path).read_text())
    findings = checker.finish()
    print("\n".join(findings) if findings else "ok")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
