/* cte-index on any sources. */
#include "tests/fuzz/bundled_program.h"

static const char *lines[][PROGRAM_ARGS] = {
    {"-o", "x.index", "SCTE.txt", "SCSC.txt", "CRSC.txt", NULL},
    {"--keep-going", "--cut", "100", "SCTE.txt", "SCSC.csv", "CRSC.xml", NULL},
    {"--keep-going", "a.txt", "b.txt", "c.txt.gz", NULL},
    {"--layout", "clusters-draft", "SCTE.txt", "SCSC.txt", "CRSC.txt", NULL},
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct program_lines program = {"cte-index", program_main, 0, lines,
                                                 sizeof lines / sizeof *lines};
    program_run(&program, data, size);
    return 0;
}
