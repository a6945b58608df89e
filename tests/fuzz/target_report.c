/* cte-report on any folders of runs: one in its place, several together, the shards of a job. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/fuzz/bundled_program.h"

static const char *lines[][PROGRAM_ARGS] = {
    {"--in-place", "a", NULL},
    {"--reckon", "a", NULL},
    {"a", NULL},
    {"--out", "drawn", "a", "b", NULL},
    {"--join", "--out", "drawn", "a", "b", NULL},
    {"--cells", "--out", "drawn", "a", NULL},
};

/* A run that keeps no tables has those that are given. */
static int run_main(int argc, char **argv)
{
    static const char *const kept[] = {"a/tables", "b/tables"};
    char *given = argc > 2 && strcmp(argv[1], "--codetables") == 0 ? realpath(argv[2], NULL) : NULL;
    for (size_t i = 0; i < 2 && given != NULL; i++) {
        if (symlink(given, kept[i]) != 0 && errno == ENOMEM)
            abort();
    }
    free(given);
    return program_main(argc, argv);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct program_lines program = {"cte-report", run_main, 0, lines,
                                                 sizeof lines / sizeof *lines};
    program_run(&program, data, size);
    return 0;
}
