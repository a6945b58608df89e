/* The job of a run, as cte-run takes it: its sources, found in the folder of the bundle, its
 * options, and its crosswalks. */
#include "pipeline/cte-run/run.h"
#include "pipeline/cte-run/job.h"
#include "pipeline/cte-run/sources.h"
#include "pipeline/cte-run/unused.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/bundled_program.h"

/* argv: the program, --codetables, the folder. */
static int take_jobs(int argc, char **argv)
{
    static struct program program = {.name = "cte-run"};
    static struct run run = {.program = &program, .request.job = "job.xml"};
    struct job_sources sources = {0};
    program.codetables = argv[argc - 1];
    int status = read_job(&run, false, &sources);
    must_hold(status == run.error.status, "the status is that of the error");
    must_hold(sources.paths.count == sources.names.count &&
                  sources.paths.count == sources.formats.count &&
                  sources.paths.count == sources.leas.count &&
                  sources.paths.count == sources.said.count,
              "each source has its place in all lists");
    if (status == CTE_OK)
        status = set_sources(&run, &sources);
    if (status == CTE_OK)
        status = check_crosswalks(&run);
    return status;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *lines[][PROGRAM_ARGS] = {{NULL}};
    static const struct program_lines program = {"cte-run", take_jobs, 0, lines, 1};
    program_run(&program, data, size);
    return 0;
}
