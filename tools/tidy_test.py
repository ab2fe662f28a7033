"""What tools/tidy.py must find, and what it must let pass."""

import pytest

import tidy

HEADER = "#pragma once\n"


def findings(path, text, existing=(), exceptions=None):
    checker = tidy.Checker(exceptions, set(existing))
    checker.check(path, text)
    return [finding.split(": ", 2)[1] for finding in checker.finish()]


@pytest.mark.parametrize("path,text,rule", [
    ("src/io/a.cc", '#include "storage/log.h"\n', "include"),
    ("src/streams/a.cc", '#include "objects/bucket.h"\n', "include"),
    ("src/delivery/a.cc", '#include "wire/shape.h"\n', "include"),
    ("src/wire/a.cc", '#include "http/server.h"\n', "include"),
    ("src/services/a.h", "#pragma once\n#include <boost/asio.hpp>\n", "include"),
    ("src/wire/a.h", "#pragma once\n#include <simdjson.h>\n", "include"),
    ("src/base/a.h", "int f();\n", "include"),
    ("src/streams/a.cc", "// The JSON name.\n", "domain"),
    ("src/storage/a.cc", "int ResourceNotFoundException;\n", "domain"),
    ("src/base/util.h", HEADER, "name"),
    ("src/base/helpers_test.cc", "", "name"),
    ("src/common/a.h", HEADER, "name"),
    ("src/base/MyFile.cc", "", "name"),
    ("src/base/a.cc", "x" * 101, "columns"),
    ("src/base/a.h", HEADER + "\n" * 300, "size"),
    ("src/base/a.cc", "\n" * 601, "size"),
    ("src/base/a.cc", "\n" * 1001, "size-hard"),
    ("src/cli/main.cc", "\n" * 81, "size"),
    ("src/base/a.cc", "int f() {\n" + "  g();\n" * 70 + "}\n", "function"),
    ("src/base/a.cc", "namespace x {\nvoid C::f(int a) const {\n" + "\n" * 70 + "}\n}\n",
     "function"),
    ("src/base/a.cc", "struct S {\n  S() : a_{1} {\n" + "\n" * 70 + "  }\n};\n", "function"),
    ("src/streams/a.cc", "auto t = std::chrono::steady_clock::now();\n", "clock"),
    ("src/streams/a.cc", "auto t = time(nullptr);\n", "clock"),
    ("src/streams/a.cc", "int r = rand();\n", "clock"),
    ("src/base/a.cc", "std::random_device d;\n", "clock"),
    ("src/server/a.cc", "std::this_thread::sleep_for(1s);\n", "clock"),
    ("src/services/a.cc", "asio::steady_timer timer(executor);\n", "clock"),
    ("src/streams/a.cc", "void f() { throw 1; }\n", "exception"),
    ("src/streams/a.cc", "void f() { try { g(); } catch (...) {} }\n", "exception"),
    ("src/services/a.cc", "auto f = [&](int x) -> asio::awaitable<void> { co_return; };\n",
     "coroutine"),
    ("src/base/a.cc", "// TODO: later\n", "todo"),
    ("src/base/a.cc", "// FIXME\n", "todo"),
    ("src/base/a.cc", "// A robust parser.\n", "words"),
    ("src/base/a.cc", "/** @brief Parses. */\n", "words"),
    ("src/streams/a.cc", "std::mutex m;\n", "mutex"),
])
def test_a_broken_rule_is_found(path, text, rule):
    assert rule in findings(path, text)


@pytest.mark.parametrize("path,text", [
    ("src/storage/a.cc", '#include "io/disk.h"\n#include "base/error.h"\n'),
    ("src/delivery/a.cc", '#include "storage/store.h"\n#include "streams/stream.h"\n'),
    ("src/wire/a.cc", '#include "http/message.h"\n#include <simdjson.h>\n'),
    ("src/storage/a_test.cc", '#include "sim/sim_disk.h"\n// JSON is only a word here.\n'),
    ("src/wire/a.cc", "// JSON, XML, SerializationException.\n"),
    ("src/io/a.cc", "auto t = std::chrono::steady_clock::now();\n"),
    ("src/streams/a.cc", "auto t = clock.wall_now(); auto u = record.time(0);\n"),
    ("src/streams/a.cc", 'auto s = "throw rand() ::now( TODO";\n'),
    ("src/streams/a.cc", "int operand(int x); int y = operand(1);\n"),
    ("src/http/a.cc", "void f() { try { g(); } catch (...) {} }\n"),
    ("src/base/a.cc", "// TODO(ana, 12): a better bound\n"),
    ("src/base/a.cc", "int million = 1'000'000; char c = '\"'; // throw\n"),
    ("src/base/a.cc", "const int table[] = {\n" + "  1,\n" * 90 + "};\n"),
    ("src/base/a.cc", "class C {\n" + "  int f() {\n  }\n" * 60 + "};\n"),
    ("src/base/a.cc", "int f() {\n" + "\n" * 60 + "}\nint g() {\n" + "\n" * 60 + "}\n"),
    ("src/services/a.cc", "auto f = [](int x) -> asio::awaitable<void> { co_return; };\n"),
    ("src/wire/shape.h", HEADER + "// https://" + "x" * 120 + "\n"),
])
def test_what_the_rules_allow_passes(path, text):
    assert findings(path, text) == []


def test_a_source_includes_its_own_header_first():
    text = '#include <vector>\n#include "io/a.h"\n'
    assert findings("src/io/a.cc", text, existing=["src/io/a.h"]) == ["include"]
    text = '#include "io/a.h"\n\n#include <vector>\n'
    assert findings("src/io/a.cc", text, existing=["src/io/a.h"]) == []


def test_an_exception_silences_its_rule_and_only_while_it_is_needed():
    exceptions = tidy.read_exceptions("# why\nsrc/base/a.cc | size | 2026-11-24 | one table\n")
    assert findings("src/base/a.cc", "\n" * 700, exceptions=exceptions) == []
    assert findings("src/base/a.cc", "", exceptions=exceptions) == ["exception"]


def test_an_exception_without_a_reason_is_refused():
    with pytest.raises(SystemExit):
        tidy.read_exceptions("src/base/a.cc | size | 2026-11-24 |\n")


def test_comments_and_literals_are_told_from_code():
    code, comments = tidy.split_comments('int a; // b "c"\nauto s = R"x(// no)x"; /* d */ int e;\n')
    assert code.split() == ["int", "a;", "auto", "s", "=", ";", "int", "e;"]
    assert comments.split() == ["//", "b", '"c"', "/*", "d", "*/"]
