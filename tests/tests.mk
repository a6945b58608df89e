# Tests, included by the Makefile; tests/README.md says what each target proves.
# Every target that counts ends with a line `N passed, N failed`.

.PHONY: deb-test cross quick unit golden example-stage runs faults faults-long faults-every \
        soak slurm no-knowledge locked replay asan asan-clang asan-suites valgrind clang coverage \
        fuzz fuzz-fast fuzz-all fuzz-cover fuzz-programs test-programs

# What one runs before each commit.
quick: all
	$(MAKE) unit no-knowledge golden

FUZZ_SECONDS ?= 60

# ---- unit ----
# The linker puts read(), write() and source_read() of the library through tests/unit/pieces.c.
# Of cte-index those modules are tested that stand by themselves.
INDEX_UNITS := $(addprefix stages/cte-index/,fact_blocks.c facts.c hash_filter.c key_set.c \
                 repeated_keys.c source_facts.c spool.c stored_source.c)
UNIT_OBJ  := $(patsubst %.c,$(BUILD)/obj/%.o,$(wildcard tests/unit/*.c) $(INDEX_UNITS))
WRAPPED   := -Wl,--wrap=read,--wrap=write,--wrap=source_read
TEST_LIBS := $(LIBS) -lcunit -lm

$(BUILD)/tests/unit: $(UNIT_OBJ) $(LIBRARY)
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) $(WRAPPED) $^ $(TEST_LIBS) -o $@

unit: $(BUILD)/tests/unit
	$(BUILD)/tests/unit codetables

# ---- golden ----
golden: all
	tests/golden --bin $(BUILD)/bin

no-knowledge:
	tests/no-knowledge

# ---- a stage of one's own ----
$(BUILD)/tests/example-stage: $(BUILD)/obj/tests/example-stage/example-stage.o $(LIBRARY)
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) $^ $(LIBS) -o $@

example-stage: all $(BUILD)/tests/example-stage
	tests/example-stage/check --bin $(BUILD)/bin

# ---- faults ----
$(BUILD)/tests/peak: $(BUILD)/obj/tests/faults/peak.o
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) $^ -o $@

$(BUILD)/tests/locked: $(BUILD)/obj/tests/faults/locked.o $(LIBRARY)
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) $^ $(LIBS) -o $@

locked: $(BUILD)/tests/locked
	rm -rf $(BUILD)/tests/locked-folder && mkdir $(BUILD)/tests/locked-folder
	$(BUILD)/tests/locked $(BUILD)/tests/locked-folder

$(BUILD)/tests/break.so: tests/faults/break.c
	@mkdir -p $(@D)
	$(CC) -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 $(WARN) -O2 -fPIC -shared $< -ldl -o $@

# It changes registers, so it knows one machine; elsewhere tests/faults/every says that it leaves
# all out.
INJECT := $(if $(filter x86_64,$(shell uname -m)),$(BUILD)/tests/inject)
$(BUILD)/tests/inject: $(BUILD)/obj/tests/faults/inject.o $(BUILD)/obj/tests/faults/called.o
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) $^ -lseccomp -o $@

faults: all $(BUILD)/tests/peak $(BUILD)/tests/break.so $(INJECT)
	tests/faults/faults --bin $(BUILD)/bin --peak $(BUILD)/tests/peak
	tests/faults/moments --bin $(BUILD)/bin --preload $(BUILD)/tests/break.so
	tests/faults/processes --bin $(BUILD)/bin --preload $(BUILD)/tests/break.so
	tests/faults/every --bin $(BUILD)/bin --inject $(BUILD)/tests/inject --sample 110

# Each system call of a run failed by itself, and kills at random moments; the last results stand in
# tests/README.md. FAULT_SKIP goes on behind so many that an earlier pass has tried.
FAULT_SECONDS ?= 7200
FAULT_SKIP ?= 0
faults-every: all $(INJECT)
	tests/faults/every --bin $(BUILD)/bin --inject $(BUILD)/tests/inject \
	    --seconds $(FAULT_SECONDS) --skip $(FAULT_SKIP)

SOAK_SECONDS ?= 3600
soak: all
	tests/faults/moments --bin $(BUILD)/bin --soak 2000 --seconds $(SOAK_SECONDS)

# 200 kills and the rest in proportion, and a run of 2,000 sources: some minutes.
faults-long: all $(BUILD)/tests/break.so
	tests/faults/moments --bin $(BUILD)/bin --preload $(BUILD)/tests/break.so --long
	tests/runs --bin $(BUILD)/bin --sources 2000

runs: all
	tests/runs --bin $(BUILD)/bin
	tests/given --bin $(BUILD)/bin
	tests/policy --bin $(BUILD)/bin
	tests/verify --bin $(BUILD)/bin
	tests/folders --bin $(BUILD)/bin
	tests/sequence --bin $(BUILD)/bin
	tests/shards --bin $(BUILD)/bin
	tests/joined --bin $(BUILD)/bin
	tests/many --bin $(BUILD)/bin
	tests/across --bin $(BUILD)/bin
	tests/sheets --bin $(BUILD)/bin
	tests/worklist --bin $(BUILD)/bin
	tests/credentials --bin $(BUILD)/bin
	tests/perkins/perkins --bin $(BUILD)/bin
	tests/perkins/companions --bin $(BUILD)/bin
	tests/rows --bin $(BUILD)/bin

# A job in shards on a Slurm of this machine, where there can be one, and by a loop.
slurm: all
	tests/slurm --bin $(BUILD)/bin

# ---- packages ----
# In systems of their own, made by debootstrap: some minutes the first time. As root.
deb-test:
	tests/packages

# The same bytes on other machines, by cross compilers and qemu. As root; half an hour.
cross:
	tests/cross

# ---- fuzz ----
# Each target is built twice: with replay.c, to run the seeds without libFuzzer, and with libFuzzer.
# A target of a whole program has its objects too; its main() has another name there, and what it
# would do to the process goes through tests/fuzz/bundled_program.c.
FUZZ_TARGETS := $(patsubst tests/fuzz/target_%.c,%,$(wildcard tests/fuzz/target_*.c))
.SECONDARY: $(FUZZ_TARGETS:%=$(BUILD)/obj/tests/fuzz/target_%.o) $(BUILD)/obj/tests/fuzz/replay.o
FUZZ_SHARED  := $(patsubst %,$(BUILD)/obj/tests/%.o,fuzz/fuzz unit/unit)
MADE_UP      := $(BUILD)/obj/tests/unit/made_up_tables.o

FUZZ_OF_read     := stages/cte-read
FUZZ_OF_recode   := stages/cte-recode
FUZZ_OF_validate := stages/cte-validate
FUZZ_OF_write    := stages/cte-write
FUZZ_OF_index    := stages/cte-index
FUZZ_OF_diff     := pipeline/cte-diff
FUZZ_OF_import   := codetables/cte-table
FUZZ_OF_tables   := codetables/cte-table
FUZZ_OF_report   := pipeline/cte-report
FUZZ_OF_run      := pipeline/cte-run
FUZZ_OF_verify   := pipeline/cte-run
FUZZ_OF_job      := pipeline/cte-run
FUZZ_OF_summary  := pipeline/cte-run
FUZZ_WRAPPED := -Wl,--wrap=lock_down \
                $(foreach t,codeset crosswalk layout rules,-Wl,--wrap=$(t)_load,--wrap=$(t)_free)

# The objects of a folder with another name for main().
fuzz_sources = $(filter-out $(1)/$(notdir $(1)).c,$(wildcard $(1)/*.c))
fuzz_objects = $(patsubst %.c,$(BUILD)/obj/%.o,$(fuzz_sources)) \
               $(BUILD)/obj/tests/fuzz/main-$(notdir $(1)).o \
               $(BUILD)/obj/tests/fuzz/bundled_program.o \
               $(BUILD)/obj/tests/fuzz/bundle.o $(BUILD)/obj/tests/fuzz/break.o

# Without what makes an inline function of open(): it takes the place of the library's.
$(BUILD)/obj/tests/fuzz/break.o: tests/faults/break.c
	@mkdir -p $(@D)
	$(CC) -D_GNU_SOURCE $(WARN) -O2 -fPIE -c $< -o $@

define fuzz_main_rule
$(BUILD)/obj/tests/fuzz/main-$(notdir $(1)).o: $(1)/$(notdir $(1)).c Makefile
	@mkdir -p $$(@D)
	$$(CC) $$(ALL_CPPFLAGS) $$(ALL_CFLAGS) -Dmain=program_main -Wno-missing-prototypes -MMD -MP \
	    -c $$< -o $$@
endef
$(foreach f,$(FOLDERS),$(eval $(call fuzz_main_rule,$(f))))

define fuzz_rule
$(BUILD)/tests/replay-$(1) $(BUILD)/tests/fuzz-$(1): \
    $(if $(FUZZ_OF_$(1)),$(call fuzz_objects,$(FUZZ_OF_$(1))),$(MADE_UP))
$(BUILD)/tests/replay-$(1) $(BUILD)/tests/fuzz-$(1): \
    TEST_LIBS += $(if $(FUZZ_OF_$(1)),$(FUZZ_WRAPPED))
endef
$(foreach t,$(FUZZ_TARGETS),$(eval $(call fuzz_rule,$(t))))

# cte-run starts the programs that lie beside it.
$(BUILD)/tests/cte-%: $(BUILD)/bin/cte-%
	@mkdir -p $(@D)
	@ln -sfn ../bin/$(@F) $@
FUZZ_STARTED := $(patsubst %,$(BUILD)/tests/%,$(notdir $(wildcard stages/cte-*)) cte-report)
$(foreach t,run verify,$(BUILD)/tests/replay-$(t) $(BUILD)/tests/fuzz-$(t)): | $(FUZZ_STARTED)

$(BUILD)/tests/replay-%: $(BUILD)/obj/tests/fuzz/target_%.o $(BUILD)/obj/tests/fuzz/replay.o \
    $(FUZZ_SHARED) $(LIBRARY)
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) $(filter %.o,$^) $(LIBRARY) $(TEST_LIBS) -o $@

$(BUILD)/tests/fuzz-%: $(BUILD)/obj/tests/fuzz/target_%.o $(FUZZ_SHARED) $(LIBRARY)
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -fsanitize=fuzzer $(filter %.o,$^) $(LIBRARY) \
	    $(TEST_LIBS) -o $@

test-programs: $(BUILD)/tests/unit $(INJECT) $(BUILD)/tests/peak $(BUILD)/tests/locked \
               $(BUILD)/tests/break.so $(BUILD)/tests/example-stage \
               $(FUZZ_TARGETS:%=$(BUILD)/tests/replay-%)
fuzz-programs: $(FUZZ_TARGETS:%=$(BUILD)/tests/fuzz-%)

replay: $(FUZZ_TARGETS:%=$(BUILD)/tests/replay-%)
	@for t in $(FUZZ_TARGETS); do \
	    echo "replay $$t"; \
	    $(BUILD)/tests/replay-$$t tests/fuzz/seeds/$$t/* 2> $(BUILD)/tests/replay.log || \
	        { tail -n 20 $(BUILD)/tests/replay.log; exit 1; }; done

# Other builds of the same tree. They have the shape of a build tree (X/build/bin beside
# X/codetables), so that the programs find the tables; and they lie under build/, so that `make
# clean` and .gitignore know them.
SANITIZE := -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
# What they find ends a program with 98, which no program of ours ends with; their own 1 would mean
# that some records were left. Leaks are looked for when a program ends, also in one that is
# confined (lock_down.c). That one cannot start the symbolizer, so its addresses stay numbers:
# addr2line tells what they are.
SANE     := ASAN_OPTIONS=detect_leaks=1:quarantine_size_mb=16:exitcode=98 \
            UBSAN_OPTIONS=print_stacktrace=1:exitcode=98
BARE     := ASAN_OPTIONS=detect_leaks=1:quarantine_size_mb=16:exitcode=98:symbolize=0 \
            UBSAN_OPTIONS=print_stacktrace=1:exitcode=98:symbolize=0

ASAN = BUILD=build/asan/build OPTIMISE=-O1 HARDEN=-fPIE CFLAGS='-g $(SANITIZE)'
asan:
	@mkdir -p build/asan && ln -sfn ../../codetables build/asan/codetables
	$(MAKE) $(ASAN) all test-programs
	status=0; $(SANE) $(MAKE) -k $(ASAN) unit replay || status=1; \
	    $(BARE) $(MAKE) $(ASAN) golden || status=1; exit $$status

# The same with clang, whose UBSan knows more: arithmetic on NULL, and NULL where memcpy() and the
# like take none. It is what check runs, and warnings of clang end it.
ASAN_CLANG = BUILD=build/asan-clang/build CC=clang OPTIMISE=-O1 HARDEN=-fPIE \
             CFLAGS='-g -Werror $(SANITIZE)'
asan-clang:
	@mkdir -p build/asan-clang && ln -sfn ../../codetables build/asan-clang/codetables
	$(MAKE) $(ASAN_CLANG) all test-programs
	status=0; $(SANE) $(MAKE) -k $(ASAN_CLANG) unit replay || status=1; \
	    $(BARE) $(MAKE) $(ASAN_CLANG) golden || status=1; \
	    $(BARE) tests/table-import/check-import --bin build/asan-clang/build/bin || status=1; \
	    $(BARE) tests/table-import/shapes --bin build/asan-clang/build/bin || status=1; \
	    $(BARE) tests/exports --bin build/asan-clang/build/bin || status=1; \
	    exit $$status

# The suites of whole programs under the same, which leave by other ways than the golden cases do;
# some ten minutes, not part of check.
ASAN_SUITES := table-check/check-tables diff/diff diff/runs report/report runs given verify \
               folders sequence shards joined many sheets worklist credentials audit \
               rules/check-rules reckoning/reckoning perkins/perkins perkins/companions
asan-suites: asan-clang
	status=0; for s in $(ASAN_SUITES); do \
	    $(BARE) tests/$$s --bin build/asan-clang/build/bin || status=1; done; exit $$status

# The unit tests, and one golden case of each sort; the stages are started by cte-run and have to be
# followed there. What a program still reaches when it ends is no leak: its state is one static
# struct. The last tests are of the suite itself: with an error planted into one stage, and with a
# leak, it must fail, and name the stage. valgrind makes no pipes for a debugger, for a confined
# program may not, and what it says does not come between the words of a program.
VALGRIND       := valgrind -q --vgdb=no --log-file=$(CURDIR)/$(BUILD)/valgrind/%p.log \
                --error-exitcode=98 --leak-check=full --show-leak-kinds=definite,indirect,possible \
                --errors-for-leak-kinds=definite,indirect,possible
VALGRIND_CASES := made-up-tables bad-utf8 several-findings utf8-names ods-form-rejected-and-held

# The programs, with one of them linked with an error.
PLANTED  := $(BUILD)/tests/planted
PLANTS   := unset leak
.SECONDARY: $(PLANTS:%=$(BUILD)/obj/tests/faults/planted_%.o)

$(PLANTED)-%/build/bin/cte-validate: all $(BUILD)/obj/tests/faults/planted_%.o
	@mkdir -p $(PLANTED)-$*/build && ln -sfn $(CURDIR)/codetables $(PLANTED)-$*/codetables && \
	    cp -r $(BUILD)/bin $(PLANTED)-$*/build
	$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) $(BUILD)/obj/tests/faults/planted_$*.o \
	    $(patsubst %.c,$(BUILD)/obj/%.o,$(wildcard stages/cte-validate/*.c)) $(LIBRARY) $(LIBS) \
	        -o $@

valgrind: all test-programs $(PLANTS:%=$(PLANTED)-%/build/bin/cte-validate)
	rm -rf $(BUILD)/valgrind && mkdir -p $(BUILD)/valgrind
	status=0; $(VALGRIND) $(BUILD)/tests/unit codetables || status=1; \
	    tests/golden --bin $(BUILD)/bin --wrap '$(VALGRIND) --trace-children=yes' \
	        $(VALGRIND_CASES) || status=1; \
	    for plant in $(PLANTS); do \
	        tests/golden --bin $(PLANTED)-$$plant/build/bin \
	            --wrap '$(VALGRIND) --trace-children=yes' bad-utf8 > $(PLANTED)-$$plant/log 2>&1; \
	        if grep -q 'cte-validate: ended with status 98' $(PLANTED)-$$plant/log; then \
	            echo '1 passed, 0 failed'; \
	        else echo "FAIL the planted error is not found: $$plant"; \
	            echo '0 passed, 1 failed'; status=1; \
	        fi; done; exit $$status

clang:
	$(MAKE) BUILD=build/clang/build CC=clang CFLAGS='-g -Werror' all test-programs
	$(MAKE) BUILD=build/clang/build CC=clang CFLAGS='-g -Werror' unit

# Which lines of C the tests reach: what check runs, on programs that count. The counters of all
# processes are one file in shared memory, so that they count when confined, killed or at _exit().
COUNTERS = $(CURDIR)/build/coverage/counters
COUNTED  = BUILD=build/coverage/build CC=clang OPTIMISE=-O0 HARDEN=-fPIE \
           CFLAGS='-g -fprofile-instr-generate -fcoverage-mapping -mllvm \
                   -runtime-counter-relocation' \
           LDFLAGS=-Wl,--wrap=lock_down \
           LIBS='build/coverage/build/counted.a build/coverage/build/libcte.a $(LIBS)'
$(BUILD)/counted.a: $(BUILD)/obj/tests/coverage/counted.o
	$(AR) rcs $@ $^

counted-%:
	$(MAKE) $(COUNTED) $*

coverage: export LLVM_PROFILE_FILE = $(COUNTERS)/%c%m.profraw
coverage: export CTE_COUNTERS = $(COUNTERS)
coverage:
	@mkdir -p build/coverage && ln -sfn ../../codetables build/coverage/codetables
	rm -rf $(COUNTERS) && mkdir -m 777 $(COUNTERS)
	$(MAKE) $(COUNTED) build/coverage/build/counted.a
	$(MAKE) $(COUNTED) all test-programs
	scripts/check --coverage || true
	scripts/coverage build/coverage

# FUZZ_SECONDS for each target. What libFuzzer finds stays in build/fuzz: inputs worth keeping in
# corpus/, and in found/ those that broke a target; `build/tests/replay-TARGET FILE` runs one again.
# The corpora of a target that broke are kept, and it fails. build/fuzz/executions.txt has a line
# for each run of a target: build, target, seconds, executions. The tables that a program finds when
# it is given none are those of the tree.
FUZZ_PREFIX := $(CURDIR)/build/fuzz/prefix
fuzz-prefix:
	@mkdir -p $(FUZZ_PREFIX)/share/cte-pipeline
	@ln -sfn $(CURDIR)/codetables $(FUZZ_PREFIX)/share/cte-pipeline/codetables

fuzz: fuzz-prefix
	$(MAKE) BUILD=build/fuzz/build PREFIX=$(FUZZ_PREFIX) CC=clang OPTIMISE=-O1 HARDEN=-fPIE \
	    CFLAGS='-g $(SANITIZE) -fsanitize=fuzzer-no-link' fuzz-programs
	@$(SANE) tests/fuzz/run asan build/fuzz/build/tests $(FUZZ_SECONDS) 60000 $(FUZZ_TARGETS)

# The mass of executions: the targets that need no process for an input, without AddressSanitizer,
# on short inputs. What UBSan finds ends the program without a word; the build of `fuzz` tells why.
# Both grow the same corpora.
FAST_TARGETS := $(foreach t,$(FUZZ_TARGETS),$(if $(FUZZ_OF_$(t)),,$(t)))
fuzz-fast:
	$(MAKE) BUILD=build/fuzz/fast CC=clang HARDEN=-fPIE \
	    CFLAGS='-g -fsanitize=undefined -fsanitize-trap=undefined -fsanitize=fuzzer-no-link' \
	        $(FAST_TARGETS:%=build/fuzz/fast/tests/fuzz-%)
	@tests/fuzz/run fast build/fuzz/fast/tests $(SECONDS) 2000 $(FAST_TARGETS)

# All targets for SECONDS each, and then how many lines of each file their inputs reach, in a build
# that counts them: the seeds and what was found beside them, or with `FUZZ_INPUTS=tests/fuzz/seeds`
# the seeds alone.
SECONDS ?= 60
COVER   := build/cover
FUZZ_INPUTS := tests/fuzz/seeds build/fuzz/corpus
fuzz-all:
	$(MAKE) fuzz FUZZ_SECONDS=$(SECONDS)
	$(MAKE) fuzz-cover

fuzz-cover: fuzz-prefix
	@mkdir -p $(COVER) && rm -f $(COVER)/*.profraw $(COVER)/*.profdata
	$(MAKE) BUILD=$(COVER)/build PREFIX=$(FUZZ_PREFIX) CC=clang OPTIMISE=-O0 HARDEN=-fPIE \
	    CFLAGS='-g -fprofile-instr-generate -fcoverage-mapping' \
	    $(FUZZ_TARGETS:%=$(COVER)/build/tests/replay-%)
	@for t in $(FUZZ_TARGETS); do \
	    find $(FUZZ_INPUTS:%=%/$$t) -type f -print0 2>/dev/null | \
	        LLVM_PROFILE_FILE=$(CURDIR)/$(COVER)/$$t-%m.profraw xargs -0 -n 2000 \
	        $(COVER)/build/tests/replay-$$t > $(COVER)/$$t.log 2>&1 \
	        || { tail -n 20 $(COVER)/$$t.log; exit 1; }; done
	llvm-profdata merge -o $(COVER)/all.profdata $(COVER)/*.profraw
	llvm-cov report -instr-profile=$(COVER)/all.profdata -show-region-summary=0 \
	    -show-branch-summary=0 -show-instantiation-summary=0 \
	    -ignore-filename-regex=/tests/ $(COVER)/build/tests/replay-$(firstword $(FUZZ_TARGETS)) \
	    $(FUZZ_TARGETS:%=-object $(COVER)/build/tests/replay-%) | tee $(COVER)/lines.txt
