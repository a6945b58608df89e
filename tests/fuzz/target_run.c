/* cte-run on any sources, with the stages that it starts: the whole of a run, and, by a section
 * `then`, what a second run, --repeat or --verify makes of it. */
#include "codetables/base/error.h"
#include "tests/fuzz/bundled_program.h"

static const char *lines[][PROGRAM_ARGS] = {
    {"--out", "out", "SCTE.txt", NULL},
    {"--out", "out", "--crosswalk", "clusters", "SCTE.txt", "SCSC.txt", "CRSC.txt", NULL},
    {"--job", "job.xml", "--out", "out", NULL},
    {"--repeat", "out/current", NULL},
    {"--verify", "out/current", NULL},
};

/* "Nothing to do" is an end as good as another here; a sanitizer ends with the same status, past
 * this. */
static int run_main(int argc, char **argv)
{
    const int status = program_main(argc, argv);
    return status == CTE_NOTHING_TO_DO ? CTE_OK : status;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct program_lines program = {"cte-run", run_main, 0, lines,
                                                 sizeof lines / sizeof *lines};
    program_run(&program, data, size);
    return 0;
}
