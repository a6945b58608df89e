/* cte-table on any sheet and plan: import, the way back of what export wrote, propose, and check
 * of a table. */
#include "tests/fuzz/bundled_program.h"

static const char *lines[][PROGRAM_ARGS] = {
    {"import", "--plan", "plan", "--out", "out", "sheet.csv", NULL},
    {"import", "--plan", "plan", "--out", "out", "book.xlsx", NULL},
    {"import", "--out", "out", "sheet.csv", NULL},
    {"import", "--plan", "plan", "--out", "out", "one.csv", "two.csv", NULL},
    {"check", "table.xml", NULL},
    {"propose", "--plan", "plan", "--out", "out", "clusters", NULL},
    {"import", "--out", "out", "raw.xlsx", NULL},
    {"diff", "old.xml", "table.xml", NULL},
    {"export", "table.xml", NULL},
    {"show", "table.xml", NULL},
    {"new-version", "table.xml", "2030.1", "--out", "out", NULL},
    {"check", NULL},
    {"list", "--csv", "list.csv", NULL},
    {"show", "flavour", NULL},
    {"show", "parlour-walk", "V", "--year", "1905-1906", NULL},
    {"show", "parlour-next", "--all-versions", NULL},
    {"export", "parlour-walk", NULL},
    {"diff", "tables/crosswalks/parlour-walk-1.xml", "tables/crosswalks/parlour-walk-2.xml",
     "--csv", "diff.csv", NULL},
    {"new-version", "parlour-walk", "2030.1", "--out", "out", NULL},
    {"propose", "--plan", "plan", "--out", "out", "pathway-cip", NULL},
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct program_lines program = {"cte-table", program_main, 0, lines,
                                                 sizeof lines / sizeof *lines};
    program_run(&program, data, size);
    return 0;
}
