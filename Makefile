# cte-pipeline - one Makefile for everything. `make help` lists what people ask for.

VERSION := 0.1.0
PREFIX  ?= /usr/local
BUILD   ?= build

CC       ?= cc
PKGS     := libxml-2.0 zlib libzip libcrypto libdeflate libxxhash libseccomp
WARN     := -Wall -Wextra -Wconversion -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
            -Wformat=2 -Wvla
HARDEN   := -fstack-protector-strong -D_FORTIFY_SOURCE=2 -fPIE
OPTIMISE ?= -O2
CFLAGS   ?= -g
# libcsv has no pkg-config file. That of libxlsxwriter in Debian 13 asks for minizip, whose zip.h
# stands in the way of libzip's. The compiler finds both libraries by itself.
# Files of any size, where long has 32 bits too.
ALL_CPPFLAGS := -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 -DCTE_VERSION='"$(VERSION)"' \
                -DCTE_TABLES_DIR='"$(PREFIX)/share/cte-pipeline/codetables"' -I. \
                $(shell pkg-config --cflags $(PKGS)) $(CPPFLAGS)
ALL_CFLAGS   := -std=c17 $(WARN) $(OPTIMISE) $(HARDEN) $(CFLAGS)
ALL_LDFLAGS  := -pie -Wl,--as-needed -Wl,-z,relro,-z,now $(LDFLAGS)
LIBS         := $(shell pkg-config --libs $(PKGS)) -lcsv -lxlsxwriter -pthread

# A program is a folder of its own, named cte-*, in the room it belongs to. Rooms come from below:
# each uses those before it alone.
ROOMS    := codetables/base codetables/sheets codetables/model pipeline/stream pipeline/run \
            pipeline/report
FOLDERS  := $(wildcard codetables/cte-* pipeline/cte-* stages/cte-*)
PROGRAMS := $(notdir $(FOLDERS))
LIB_SRC  := $(wildcard $(ROOMS:%=%/*.c))
LIB_OBJ  := $(LIB_SRC:%.c=$(BUILD)/obj/%.o)
LIBRARY  := $(BUILD)/libcte.a

.PHONY: all clean help install uninstall deb dist bench bench-state check format \
        FORCE
all: $(PROGRAMS:%=$(BUILD)/bin/%)

$(BUILD)/obj/%.o: %.c Makefile
	@mkdir -p $(@D)
	$(CC) $(ALL_CPPFLAGS) $(ALL_CFLAGS) -MMD -MP -c $< -o $@

# The one object that knows PREFIX is made again when PREFIX is another.
$(BUILD)/obj/codetables/base/program.o: $(BUILD)/prefix
$(BUILD)/prefix: FORCE
	@mkdir -p $(@D)
	@echo '$(PREFIX)' | cmp -s - $@ || echo '$(PREFIX)' > $@

# The one object that knows the commit it was built from; elsewhere than in a clone nothing is
# known.
COMMIT := $(shell test -e .git && git describe --always --dirty --abbrev=40 --match= 2>/dev/null)
$(BUILD)/obj/pipeline/cte-run/made.o: ALL_CPPFLAGS += -DCTE_COMMIT='"$(COMMIT)"'
$(BUILD)/obj/pipeline/cte-run/made.o: $(BUILD)/commit
$(BUILD)/commit: FORCE
	@mkdir -p $(@D)
	@echo '$(COMMIT)' | cmp -s - $@ || echo '$(COMMIT)' > $@

$(LIBRARY): $(LIB_OBJ)
	@rm -f $@
	$(AR) rcs $@ $^

# A program is all C files of its folder and the library.
define program_rule
$(BUILD)/bin/$(notdir $(1)): $(patsubst %.c,$(BUILD)/obj/%.o,$(wildcard $(1)/*.c)) $(LIBRARY)
	@mkdir -p $$(@D)
	$(CC) $(ALL_CFLAGS) $$(ALL_LDFLAGS) $$^ $(LIBS) -o $$@
endef
$(foreach f,$(FOLDERS),$(eval $(call program_rule,$(f))))

# Whoever runs the stages says with which libraries they ran, so it is linked with all of them.
$(BUILD)/bin/cte-run: ALL_LDFLAGS += -Wl,--no-as-needed

clean:
	rm -rf $(BUILD)

help:
	@echo 'make              all programs, into $(BUILD)/bin'
	@echo 'make quick        the tests to run before each commit'
	@echo 'make check        every test; scripts/check also installs what it needs'
	@echo 'make coverage     which lines of C the tests reach'
	@echo 'make install      programs, code tables, manual pages, units and documents, under PREFIX'
	@echo '                  ($(PREFIX)); DESTDIR is put before it'
	@echo 'make uninstall    remove what install put there, and nothing else'
	@echo 'make deb          Debian packages for this machine, into build/deb'
	@echo 'make deb-test     build them in Debian 12 and 13, install, upgrade and purge them there'
	@echo 'make cross        the programs on other machines: built by cross compilers, run by qemu'
	@echo 'make dist         $(BUILD)/cte-pipeline-$(VERSION).tar.gz, of the last commit'
	@echo 'make bench        how fast, beside other tools, on BENCH_RECORDS records (5000000)'
	@echo 'make bench-state  how fast, and how large, with the many files of a whole state;'
	@echo '                  STATE has options, as "--sources 40000 --records-each 600"'
	@echo 'make format       where the C code departs from .clang-format; changes nothing'
	@echo 'make clean        remove $(BUILD)'
	@echo 'Of the tests alone: see tests/README.md.'
	@echo 'Variables: CC CFLAGS CPPFLAGS LDFLAGS OPTIMISE BUILD PREFIX DESTDIR STATE'

# scripts/install says what goes where, and quotes: folders may have blanks in their names.
install uninstall: export PREFIX := $(PREFIX)
install uninstall: export DESTDIR := $(DESTDIR)
install uninstall: export BUILD := $(BUILD)
install: all
	@scripts/install

uninstall:
	@scripts/install --remove

dist:
	@mkdir -p $(BUILD)
	git archive --format=tar.gz --prefix=cte-pipeline-$(VERSION)/ \
	    -o $(BUILD)/cte-pipeline-$(VERSION).tar.gz HEAD

deb:
	scripts/deb/build

bench: all
	scripts/bench

bench-state: all
	scripts/bench-state $(STATE)

check:
	scripts/check --no-setup

format:
	clang-format --dry-run -Werror $(foreach f,$(ROOMS) $(FOLDERS) tests/unit tests/faults \
	    tests/fuzz tests/example-stage,$(wildcard $(f)/*.[ch]))

-include tests/tests.mk
-include $(shell find $(BUILD)/obj -name '*.d' 2>/dev/null)
