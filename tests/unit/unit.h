/* unit.h - what the unit tests share.
 *
 * Each test_*.c is the suite of one module and has one function that registers it. What a test
 * reads is made up: the tables of made_up_tables.c know record types and codes that no agency has,
 * and only the schemas are the project's own.
 *
 * The linker puts read(), write() and source_read() of the code under test through pieces.c
 * (--wrap), so that a test decides in which pieces bytes arrive and leave, and when a system call
 * fails.
 */
#ifndef CTE_UNIT_H
#define CTE_UNIT_H

#include <CUnit/CUnit.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "codetables/base/text.h"
#include "codetables/model/tables.h"

void add_base_suite(void);
void add_short_value_suite(void);
void add_scan_suite(void);
void add_reader_suite(void);
void add_stream_suite(void);
void add_source_suite(void);
void add_output_suite(void);
void add_lineage_suite(void);
void add_past_suite(void);
void add_table_suite(void);
void add_schema_suite(void);
void add_codeset_suite(void);
void add_crosswalk_suite(void);
void add_layout_suite(void);
void add_rules_suite(void);
void add_decisions_suite(void);
void add_suppression_suite(void);
void add_shown_suite(void);
void add_index_suite(void);
void add_xml_out_suite(void);
void add_fits_suite(void);
void add_cell_suite(void);
void add_account_suite(void);
void add_manifest_suite(void);
void add_policy_suite(void);
void add_group_counts_suite(void);
void add_facts_suite(void);
void add_line_rows_suite(void);
void add_csv_rows_suite(void);
void add_needed_file_suite(void);

/* Registers a suite; the list of tests ends with a name of NULL. */
void add_suite(const char *name, CU_InitializeFunc begin, CU_CleanupFunc end,
               const CU_TestInfo *tests);

/* Like CU_ASSERT, but says what was tried. The words are formatted only when the condition does not
 * hold. */
#define CHECK(condition, ...)                                                                      \
    ((condition) ? check_passed(__LINE__, __FILE__) : check_failed(__LINE__, __FILE__, __VA_ARGS__))
bool check_passed(int line, const char *file);
bool check_failed(int line, const char *file, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Two texts are the same; when not, both are printed with their control bytes visible. */
#define CHECK_TEXT(what, expected, got) check_text(__LINE__, __FILE__, what, expected, got)
bool check_text(int line, const char *file, const char *what, const char *expected,
                const char *got);

/* ---- pieces.c ---- */

/* How reads and writes are cut from now on: the first call moves at most `first` bytes, later ones
 * at most `rest`; 0 means as many as asked for. Of every `interrupt` calls, one fails with EINTR
 * (0: none). */
struct pieces {
    size_t first, rest;
    unsigned interrupt;
};
void cut_reads(struct pieces pieces);   /* read() */
void cut_sources(struct pieces pieces); /* source_read() */
void cut_writes(struct pieces pieces);  /* write() */

/* From now on, write() and read() fail with this errno once so many bytes have gone through; 0 puts
 * that right. */
void fail_writes(int why, size_t after);
void fail_reads(int why, size_t after);

void whole_again(void); /* none of the above */

/* ---- text and files (unit.c) ---- */

/* The path of a file in memory that holds these bytes, valid until the next call with the same
 * slot. */
enum { MEMORY_SLOTS = 4 };
const char *in_memory(unsigned slot, const void *bytes, size_t length);

/* A folder for the test run, removed with what is in it when the program ends. */
const char *test_folder(void);
char *test_path(const char *name); /* in that folder; to be freed */
char *test_file(const char *name, const void *bytes, size_t length);
/* with a NUL after it; NULL when it cannot be opened */
char *read_file(const char *path, size_t *length);

/* The same numbers on every machine. */
struct dice {
    uint64_t state;
};
uint32_t roll(struct dice *dice, uint32_t sides);

/* ---- made_up_tables.c ---- */

/* The folder of made-up code tables, with the project's schemas; and the same, opened. */
const char *made_up_folder(void);
struct tables *made_up_tables(void);
const char *schema_file(const char *kind);
extern const char *codetables_folder; /* of the project, for its schemas */

/* Writes a table into the test folder and returns its path, to be freed. */
char *write_table_file(const char *name, const char *xml);

/* The title and source that every table begins with. */
#define HEAD                                                                                       \
    "<title>Made up</title><source file=\"made-up.tsv\" title=\"nothing\" date=\"2001\" "          \
    "sha256=\"0000000000000000000000000000000000000000000000000000000000000000\"/>"

#endif
