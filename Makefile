# Two commands: `make bench` and `make test`. Each installs what is missing and says what it does.
PREFIX ?= /usr/local
SWIFT ?= swift
# Seconds of measuring for each row: `make bench` has 32 on two CPUs.
SECONDS ?= 3

# Where `make peers` and `make load` keep their records: results/local is this clone's alone.
RECORD ?= results/local

BENCH = Benchmarks/.build/release/jot-bench

# Where test processes record which kernels they run: an empty name for none.
WATCH ?= $(CURDIR)/.build/kernels

.PHONY: test servers stand-ins key-campaign ec-campaign sanitize fuzz fuzz-corpus fuzz-planted constant-time emulate docs bench discern record peers load load-server install lint tools jot-bench

# Everything in debug, and live with FastAPI Users where Python's packages can be had; once more on the
# portable kernels; in release the allocator's calls, what keys and forged tokens leave in memory, and what
# depends on secrets; the core on stand-ins for its kernels' instructions. A table at the end says where
# each kernel has run.
test: tools
	$(SWIFT) build --build-tests --traits CommandLine
	rm -f "$(WATCH)"
	JOT_WATCH="$(WATCH)" JOT_PYTHON="$$(./.ci/python)" $(SWIFT) test --skip-build --traits CommandLine
	JOT_WATCH="$(WATCH)" JOT_KERNELS=portable $(SWIFT) test --skip-build --traits CommandLine --skip 'PackageTests|PromiseTests|LiveTests'
	$(SWIFT) test -c release --traits CommandLine --filter 'AllocationTests|ForgeryTests|MemoryTests|ConstantTimeTests|DisassemblyTests' -Xswiftc -enable-testing
	JOT_KERNELS=avx2 $(SWIFT) test -c release --skip-build --traits CommandLine --filter StackTests -Xswiftc -enable-testing
	JOT_AKLOMP="$$(./.ci/aklomp)" $(SWIFT) test --package-path Benchmarks
	$(MAKE) servers
	$(MAKE) stand-ins
	$(if $(WATCH),./.ci/kernels "$(WATCH)")
	@echo "jot: every test passed"

# Tests of JotRemoteKeys and JotHummingbird, over connections to loopback: a package of its own, because they
# have dependencies. Half a minute, and seven minutes for the first build.
servers: tools
	$(SWIFT) test --no-parallel --package-path Tests/Servers

# The core's tests with plain C in place of the instructions of every kernel (Tests/StandIns), with the
# address sanitizer and traps where C is undefined; and the stand-ins against the real instructions.
# Once more without SHA-NI: AVX-512's lanes leave it a few messages.
STAND_INS = $(SWIFT) test --package-path Tests/StandIns --scratch-path .build/stand-ins \
  --sanitize address --disable-xctest
stand-ins: tools
	SWIFT_BACKTRACE=enable=no JOT_WATCH="$(WATCH)" $(STAND_INS) --skip JSONScannerTests
	SWIFT_BACKTRACE=enable=no JOT_KERNELS=avx2,ifma $(STAND_INS) --skip-build \
	  --filter 'SHA2BatchTests|KernelMemoryTests'

# All tests with the address and the thread sanitizer; the kernels' C with traps where it is undefined.
sanitize: tools
	SWIFT="$(SWIFT)" ./.ci/sanitize

# Every fuzzing target for MINUTES, or TARGET alone, JOBS at once (by default one per CPU).
MINUTES ?= 1
fuzz:
	SWIFT="$(SWIFT)" MINUTES=$(MINUTES) TARGET="$(TARGET)" JOBS="$(JOBS)" ./.ci/fuzz

# Keeps of what `make fuzz` has found the inputs that reach code which no seed reaches.
fuzz-corpus:
	SWIFT="$(SWIFT)" TARGET="$(TARGET)" ./.ci/fuzz corpus

# Whether each target finds a planted mistake within a minute: some ten minutes, mostly the builds.
fuzz-planted:
	SWIFT="$(SWIFT)" TARGET="$(TARGET)" ./.ci/fuzz planted

# Ten thousand damaged texts of each key format and a million random secrets, in release: some minutes, mostly the build.
key-campaign: tools
	JOT_CAMPAIGN=yes $(SWIFT) test -c release --traits CommandLine \
	  --filter 'KeyMutationTests|WorldTests' -Xswiftc -enable-testing

# Signatures on each curve by every kernel and by OpenSSL: 10 million for ES256 and for EdDSA, a million for
# each other curve, some hours in all. An interrupted run continues.
ec-campaign: tools
	JOT_EC_CAMPAIGN="$(CURDIR)/.build/ec-campaign" JOT_MINUTES=$(MINUTES) $(SWIFT) test -c release \
	  --traits CommandLine --filter ECCampaignTests -Xswiftc -enable-testing

# Whether time depends on a secret: a million measurements of each operation, three times.
constant-time: tools
	./.ci/constant-time

# The kernels' tests as on other CPUs, some without what a kernel is compiled for.
emulate: tools
	./.ci/emulate

# The documentation of the libraries below .build/docs; a warning, or a public symbol without a
# doc comment, fails.
docs: tools
	SWIFT="$(SWIFT)" ./.ci/docs

bench: jot-bench
	$(BENCH) run --seconds $(SECONDS) --record results/local
	@$(BENCH) report results/local

# Whether `jot-bench ab` finds slow-downs of 5, 2 and 1 % and no others: seventy pairs, some 80 minutes;
# an interrupted run continues. MODE=disturbed: beside two spinning processes.
MODE ?= quiet
discern: jot-bench
	./.ci/discern $(MODE)

# Measures everything, keeps a tracked record and writes its rows into the article Benchmarks.
record: jot-bench
	JOT_AKLOMP="$$(./.ci/aklomp)" $(BENCH) run --scenario '*' --seconds $(SECONDS) --record results
	./.ci/numbers
	./.ci/summary

# Competitors: installs and builds as many other JWT libraries as it can, then measures for three minutes.
peers: jot-bench
	./.ci/peers
	$(BENCH) peers --folder .build/peers --record $(RECORD)

# What verifying a token costs a server, with Hummingbird and wrk: some ten minutes, after a first build
# of fifteen. It needs two CPUs that do nothing else. SLICES=2 SLICE=0.2 shows in half a minute that it works.
SLICES ?= 20
SLICE ?= 1
load: jot-bench load-server
	$(BENCH) load --slices $(SLICES) --seconds $(SLICE) --record $(RECORD)

load-server: tools
	@./.ci/tools wrk
	$(SWIFT) build --package-path Benchmarks/Load -c release --product load-server

jot-bench: tools
	$(SWIFT) build --package-path Benchmarks -c release --product jot-bench

install: tools
	$(SWIFT) build -c release --traits CommandLine --product jot --static-swift-stdlib
	install -d "$(DESTDIR)$(PREFIX)/bin"
	install -m 755 .build/release/jot "$(DESTDIR)$(PREFIX)/bin/jot"

lint: tools
	$(SWIFT) format lint --strict --recursive Package.swift Sources Tests Benchmarks

tools:
	@./.ci/tools libssl-dev libb2-dev pkg-config libargon2-1 gnuplot-nox
