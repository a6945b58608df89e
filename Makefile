# cte-pipeline - one Makefile for everything. `make help` lists what people ask for.

VERSION := 0.1.0
PREFIX  ?= /usr/local
BUILD   ?= build

CC       ?= cc
PKGS     := libxml-2.0 zlib libzip libcrypto libdeflate libxxhash libseccomp xlsxwriter
WARN     := -Wall -Wextra -Wconversion -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
            -Wformat=2 -Wvla
HARDEN   := -fstack-protector-strong -D_FORTIFY_SOURCE=2 -fPIE
OPTIMISE ?= -O2
CFLAGS   ?= -g
# libcsv has no pkg-config file; the compiler finds csv.h and libcsv by itself.
ALL_CPPFLAGS := -D_GNU_SOURCE -DCTE_VERSION='"$(VERSION)"' \
                -DCTE_TABLES_DIR='"$(PREFIX)/share/cte-pipeline/codetables"' -I. \
                $(shell pkg-config --cflags $(PKGS)) $(CPPFLAGS)
ALL_CFLAGS   := -std=c17 $(WARN) $(OPTIMISE) $(HARDEN) $(CFLAGS)
ALL_LDFLAGS  := -pie -Wl,--as-needed -Wl,-z,relro,-z,now $(LDFLAGS)
LIBS         := $(shell pkg-config --libs $(PKGS)) -lcsv -pthread

# A program is a folder of its own, named cte-*, in the room it belongs to. Rooms come from below:
# each uses those before it alone.
ROOMS    := codetables/base codetables/sheets codetables/model pipeline/stream pipeline/run \
            pipeline/report
FOLDERS  := $(wildcard codetables/cte-* pipeline/cte-* stages/cte-*)
PROGRAMS := $(notdir $(FOLDERS))
LIB_SRC  := $(wildcard $(ROOMS:%=%/*.c))
LIB_OBJ  := $(LIB_SRC:%.c=$(BUILD)/obj/%.o)
LIBRARY  := $(BUILD)/libcte.a

.PHONY: all clean help install uninstall dist bench bench-state check format FORCE
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
	@echo 'make dist         $(BUILD)/cte-pipeline-$(VERSION).tar.gz, of the last commit'
	@echo 'make bench        how fast, beside other tools, on BENCH_RECORDS records (5000000)'
	@echo 'make bench-state  how fast, and how large, with the many files of a whole state;'
	@echo '                  STATE has options, as "--sources 40000 --records-each 600"'
	@echo 'make format       where the C code departs from .clang-format; changes nothing'
	@echo 'make clean        remove $(BUILD)'
	@echo 'Of the tests alone: see tests/README.md.'
	@echo 'Variables: CC CFLAGS CPPFLAGS LDFLAGS OPTIMISE BUILD PREFIX DESTDIR STATE'

# Folders under PREFIX, and what goes there. What an analyst put beside the tables stays when the
# rest is removed.
SHARE  := $(DESTDIR)$(PREFIX)/share/cte-pipeline
MAN    := $(DESTDIR)$(PREFIX)/share/man/man1
DOC    := $(DESTDIR)$(PREFIX)/share/doc/cte-pipeline
TABLES := $(filter-out %.c %.h %.md,$(wildcard codetables/*/*.* codetables/SHA256SUMS \
          codetables/sources/SHA256SUMS codetables/sources/*/*))
UNITS  := $(DESTDIR)$(PREFIX)/lib/systemd/system
# Units go where systemd looks; the lines for cron and logrotate are examples to copy. PREFIX is put
# into all of them.
SCHEDULE := $(notdir $(wildcard pipeline/schedule/cte-*))
SCHEDULE_UNITS := $(filter %.service %.timer,$(SCHEDULE))
DOCS   := $(wildcard *.md LICENSE */README.md pipeline/stream/STREAM.md codetables/FORMAT.md \
          codetables/IMPORT.md pipeline/jobs/*.xml)

install: all
	install -d $(DESTDIR)$(PREFIX)/bin $(MAN)
	install -m 755 $(PROGRAMS:%=$(BUILD)/bin/%) $(DESTDIR)$(PREFIX)/bin
	@for t in $(TABLES); do install -D -m 644 $$t $(SHARE)/$$t || exit; done
	@for d in $(DOCS); do install -D -m 644 $$d $(DOC)/$$d || exit; done
	install -d $(UNITS) $(DOC)/pipeline/schedule
	@for s in $(SCHEDULE); do \
	    case $$s in *.service | *.timer) to=$(UNITS) ;; *) to=$(DOC)/pipeline/schedule ;; esac; \
	    sed 's|@PREFIX@|$(PREFIX)|g' pipeline/schedule/$$s > $(BUILD)/$$s && \
	    install -m 644 $(BUILD)/$$s $$to || exit; done
	@for p in $(PROGRAMS); do \
	    scripts/man $(BUILD)/bin/$$p > $(BUILD)/$$p.1 && \
	    install -m 644 $(BUILD)/$$p.1 $(MAN) || exit; done

uninstall:
	rm -f $(PROGRAMS:%=$(DESTDIR)$(PREFIX)/bin/%) $(PROGRAMS:%=$(MAN)/%.1)
	@rm -f $(TABLES:%=$(SHARE)/%) $(DOCS:%=$(DOC)/%) $(SCHEDULE_UNITS:%=$(UNITS)/%) \
	    $(SCHEDULE:%=$(DOC)/pipeline/schedule/%)
	@for d in $(SHARE) $(DOC); do test ! -d $$d || find $$d -depth -type d -empty -delete; done

dist:
	@mkdir -p $(BUILD)
	git archive --format=tar.gz --prefix=cte-pipeline-$(VERSION)/ \
	    -o $(BUILD)/cte-pipeline-$(VERSION).tar.gz HEAD

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
