# The front door. Each target first makes sure that what it needs is installed
# (scripts/install-deps does nothing when it is).

JOBS ?= $(shell nproc)
CRASH_ROUNDS ?= 50
TORTURE_ROUNDS ?= 1000
FUZZ_SECONDS ?= 60

.PHONY: help build release demo test test-clients unit conformance fault sanitize fuzz torture bench \
  lint fmt clean build-folder

help:
	@echo 'make build     build/release/headrace'
	@echo 'make demo      records in, gzip objects out, with a kill -9 between (under 30 s)'
	@echo 'make test      unit, conformance and fault tests'
	@echo 'make test-clients  the SDKs for Java and Go, the Kinesis Producer and Client Libraries'
	@echo 'make sanitize  the same code under address, undefined-behaviour and thread sanitizers'
	@echo 'make fuzz      each parser for $(FUZZ_SECONDS) s of random input'
	@echo 'make torture   $(TORTURE_ROUNDS) rounds of kill -9 under load'
	@echo 'make bench     throughput, as a table'
	@echo 'make lint      format, clang-tidy, the house rules'
	@echo 'make fmt       format the C++ in place'

build:
	@scripts/install-deps build
	@$(MAKE) --no-print-directory release

release: | build-folder
	@cmake --preset release >build/configure.log 2>&1 || { cat build/configure.log; exit 1; }
	@ninja -C build/release -j$(JOBS) headrace

demo:
	@scripts/install-deps build demo
	@$(MAKE) --no-print-directory release
	@scripts/demo

test:
	@scripts/install-deps build test
	@$(MAKE) --no-print-directory unit conformance fault

test-clients:
	@scripts/install-deps build test
	@$(MAKE) --no-print-directory release
	@scripts/client-tests

unit: | build-folder
	@cmake --preset release >build/configure.log 2>&1 || { cat build/configure.log; exit 1; }
	@ninja -C build/release -j$(JOBS)
	@ctest --preset release -j$(JOBS) --quiet --no-tests=error || \
	  ctest --preset release --rerun-failed --output-on-failure
	@scripts/python-tests tools

conformance:
	@scripts/python-tests tests/conformance

fault:
	@HEADRACE_CRASH_ROUNDS=$(CRASH_ROUNDS) scripts/python-tests tests/fault

sanitize:
	@scripts/install-deps build test
	@scripts/sanitize

fuzz: | build-folder
	@scripts/install-deps build test
	@FUZZ_SECONDS=$(FUZZ_SECONDS) scripts/fuzz

torture:
	@scripts/install-deps build test
	@$(MAKE) --no-print-directory release
	@HEADRACE_CRASH_ROUNDS=$(TORTURE_ROUNDS) scripts/python-tests tests/fault/test_crash.py

bench:
	@scripts/install-deps build bench
	@$(MAKE) --no-print-directory release
	@bench/run

lint:
	@scripts/install-deps build lint
	@scripts/lint

fmt:
	@scripts/install-deps lint
	@git ls-files '*.cc' '*.h' | xargs -r clang-format-19 -i

build-folder:
	@mkdir -p build

clean:
	rm -rf build
