/* cte-recode on any stream, with an index and decisions. */
#include "tests/fuzz/bundled_program.h"

static const char *lines[][PROGRAM_ARGS] = {
    {"--crosswalk", "clusters", "--target", "clusters-draft", "--decisions", "decisions.csv",
     "--index", "f.index", NULL},
    {"--crosswalk", "clusters", "--duplicates", "merge", "--index", "f.index", NULL},
    {"--crosswalk", "clusters", "--duplicates", "keep-latest", NULL},
    {"--crosswalk", "parlour-walk", "--decisions", "decisions.csv", NULL},
    {NULL},
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct program_lines program = {"cte-recode", program_main, 0, lines,
                                                 sizeof lines / sizeof *lines};
    program_run(&program, data, size);
    return 0;
}
