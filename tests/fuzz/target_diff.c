/* cte-diff on any extracts, alone and with the folder of the run that made the second. */
#include "tests/fuzz/bundled_program.h"

static const char *lines[][PROGRAM_ARGS] = {
    {"--run", "run", "before.txt", "run/SCTE.txt", "--xml", "d.xml", "--csv", "d.csv", "--html",
     "d.html", NULL},
    {"--crosswalk", "clusters", "before.txt", "after.txt", "--csv", "d.csv", "--html", "d.html",
     "--public", NULL},
    {"before.csv", "after.xml", "--xml", "d.xml", NULL},
    {"--what-if", "clusters", "clusters@2026.1", "before.txt", NULL},
    {"--crosswalk", "parlour-walk", "before.txt", "after.txt", "--decisions", "decisions.csv",
     NULL},
    {"--crosswalk", "clusters", "--evidence", "CRSC.txt", "--evidence", "SCSC.txt", "before.txt",
     "after.txt", NULL},
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct program_lines program = {"cte-diff", program_main, 2, lines,
                                                 sizeof lines / sizeof *lines};
    program_run(&program, data, size);
    return 0;
}
