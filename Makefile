# Two commands: `make bench` and `make test`. Each installs what is missing and says what it does.
PREFIX ?= /usr/local
SWIFT ?= swift

.PHONY: test bench record install lint tools

test: tools
	$(SWIFT) test
	JOT_KERNELS=portable $(SWIFT) test

lint: tools
	$(SWIFT) format lint --strict --recursive Package.swift Sources Tests

tools:
	@./.ci/tools libssl-dev pkg-config
