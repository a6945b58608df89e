/* cte-run on any folder of runs: verify, list, prune, and repeat with the stages that it starts. */
#include "codetables/base/error.h"
#include "tests/fuzz/bundled_program.h"

static const char *lines[][PROGRAM_ARGS] = {
    {"--verify", "out/runs/R", NULL},
    {"--list", "out", NULL},
    {"--prune", "out", "--keep", "1", NULL},
    {"--repeat", "out/runs/R", "--out", "again", NULL},
    {"--prune", "out", "--keep-days", "1", NULL},
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct program_lines program = {"cte-run", program_main, 0, lines,
                                                 sizeof lines / sizeof *lines};
    program_run(&program, data, size);
    return 0;
}
