# Two commands: `make bench` and `make test`. Each installs what is missing and says what it does.
PREFIX ?= /usr/local
SWIFT ?= swift
# Seconds of measuring for each row of `make bench`: sixteen rows by default.
SECONDS ?= 5

BENCH = Benchmarks/.build/release/jot-bench

.PHONY: test bench record install lint tools jot-bench

# Everything in debug; once more on the portable kernels; the allocator's calls in release too.
test: tools
	$(SWIFT) build --build-tests --traits CommandLine
	$(SWIFT) test --skip-build --traits CommandLine
	JOT_KERNELS=portable $(SWIFT) test --skip-build --traits CommandLine --skip PackageTests
	$(SWIFT) test -c release --traits CommandLine --filter AllocationTests -Xswiftc -enable-testing
	$(SWIFT) test --package-path Benchmarks
	@echo "jot: every test passed"

bench: jot-bench
	$(BENCH) run --seconds $(SECONDS) --record results/local

# Keeps a tracked record and writes its rows into the README.
record: jot-bench
	$(BENCH) run --seconds $(SECONDS) --record results
	./.ci/readme

jot-bench: tools
	$(SWIFT) build --package-path Benchmarks -c release --product jot-bench

install: tools
	$(SWIFT) build -c release --traits CommandLine --product jot --static-swift-stdlib
	install -d "$(DESTDIR)$(PREFIX)/bin"
	install -m 755 .build/release/jot "$(DESTDIR)$(PREFIX)/bin/jot"

lint: tools
	$(SWIFT) format lint --strict --recursive Package.swift Sources Tests Benchmarks

tools:
	@./.ci/tools libssl-dev pkg-config libargon2-1
