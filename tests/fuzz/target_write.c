/* cte-write on any stream, and on parts of one. */
#include "tests/fuzz/bundled_program.h"

static const char *lines[][PROGRAM_ARGS] = {
    {"--out", "out", "--index", "f.index", NULL},
    {"--out", "out", "--format", "xml", NULL},
    {"--out", "out", "--format", "csv", "--gzip", NULL},
    {"--out", "out", "a.stream", "b.stream", NULL},
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct program_lines program = {"cte-write", program_main, 0, lines,
                                                 sizeof lines / sizeof *lines};
    program_run(&program, data, size);
    return 0;
}
