/* cte-read on any extract. */
#include "tests/fuzz/bundled_program.h"

static const char *lines[][PROGRAM_ARGS] = {
    {"SCTE.txt", NULL},
    {"--format", "csv", "SCTE.csv", NULL},
    {"--format", "xml", "SCTE.xml", NULL},
    {"SCTE.xlsx", NULL},
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct program_lines program = {"cte-read", program_main, 0, lines,
                                                 sizeof lines / sizeof *lines};
    program_run(&program, data, size);
    return 0;
}
