# cte-pipeline - one Makefile for everything. `make help` lists what people ask for.

VERSION := 0.1.0
PREFIX  ?= /usr/local
BUILD   ?= build

CC       ?= cc
PKGS     := libxml-2.0 zlib libzip libcrypto libdeflate
WARN     := -Wall -Wextra -Wconversion -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wformat=2 -Wvla
HARDEN   := -fstack-protector-strong -D_FORTIFY_SOURCE=2 -fPIE
OPTIMISE ?= -O2
CFLAGS   ?= -g
# libcsv has no pkg-config file; the compiler finds csv.h and libcsv by itself.
ALL_CPPFLAGS := -D_GNU_SOURCE -DCTE_VERSION='"$(VERSION)"' -DCTE_TABLES_DIR='"$(PREFIX)/share/cte-pipeline/codetables"' -I. \
                $(shell pkg-config --cflags $(PKGS)) $(CPPFLAGS)
ALL_CFLAGS   := -std=c17 $(WARN) $(OPTIMISE) $(HARDEN) $(CFLAGS)
ALL_LDFLAGS  := -pie -Wl,-z,relro,-z,now $(LDFLAGS)
LIBS         := $(shell pkg-config --libs $(PKGS)) -lcsv

# A program is a folder of its own: the stages, and the driver, which belongs to the pipeline.
FOLDERS  := $(wildcard stages/cte-*) pipeline/cte-run
PROGRAMS := $(notdir $(FOLDERS))
LIB_SRC  := $(wildcard codetables/*.c pipeline/*.c)
LIB_OBJ  := $(LIB_SRC:%.c=$(BUILD)/obj/%.o)
LIBRARY  := $(BUILD)/libcte.a

.PHONY: all clean
all: $(PROGRAMS:%=$(BUILD)/bin/%)

$(BUILD)/obj/%.o: %.c Makefile
	@mkdir -p $(@D)
	$(CC) $(ALL_CPPFLAGS) $(ALL_CFLAGS) -MMD -MP -c $< -o $@

$(LIBRARY): $(LIB_OBJ)
	@rm -f $@
	$(AR) rcs $@ $^

# A program is all C files of its folder and the library.
define program_rule
$(BUILD)/bin/$(notdir $(1)): $(patsubst %.c,$(BUILD)/obj/%.o,$(wildcard $(1)/*.c)) $(LIBRARY)
	@mkdir -p $$(@D)
	$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) $$^ $(LIBS) -o $$@
endef
$(foreach f,$(FOLDERS),$(eval $(call program_rule,$(f))))

clean:
	rm -rf $(BUILD)

-include $(shell find $(BUILD)/obj -name '*.d' 2>/dev/null)
