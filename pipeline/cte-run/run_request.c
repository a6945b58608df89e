/* The command line: which options there are, in which order the help shows them, and what they may
 * be. */
#include "pipeline/cte-run/run_request.h"
#include "pipeline/cte-run/sources.h"

#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "codetables/base/memory.h"
#include "codetables/base/number.h"
#include "pipeline/cte-run/run.h"

enum { USUAL_PART_BYTES = 1 << 26 };
static const uint64_t MOST_PART_BYTES = UINT64_C(1) << 40;

static void add_rows(struct program *program, const struct program_option *rows, size_t count)
{
    memcpy(program->options + program->option_count, rows, count * sizeof *rows);
    program->option_count += count;
}

void list_options(struct program *program, struct request *request, struct policy *policy)
{
    const struct program_option origin[] = {
        {"job", 'J', OPTION_TEXT, &request->job, "FILE",
         "take sources and options from a job (XML); options given here win"},
        {"log", 0, OPTION_TEXT, &request->log_format, "text|json",
         "how to speak on standard error (default: text)"},
    };
    const struct program_option place[] = {
        {"run-id", 0, OPTION_TEXT, &request->run_id, "ID",
         "name of the run (default: its start and a hash)"},
        {"out", 'o', OPTION_TEXT, &request->out, "DIR", "the folder that keeps the runs"},
    };
    const struct program_option work[] = {
        {"jobs", 'j', OPTION_TEXT, &request->jobs_text, "N",
         "how many sources are converted side by side (default: processors)"},
        {"part-bytes", 0, OPTION_TEXT, &request->part_bytes_text, "N",
         "cut plain files into parts of about N bytes when cores are idle (default: 67108864)"},
        {"force", 0, OPTION_FLAG, &request->force, NULL,
         "run even when nothing has changed since the current run"},
        {"repeat", 0, OPTION_TEXT, &request->repeat, "RUNDIR",
         "make a run again, from the same sources by its own tables; options change it"},
        {"publish", 0, OPTION_FLAG, &request->publish, NULL,
         "with --repeat: let the run become current, unless its bytes differ or a newer one is"},
        {"verify", 0, OPTION_TEXT, &request->verify, "RUNDIR",
         "check every hash and sum of a run, and the chain of runs it is in; needs no source"},
        {"signers", 0, OPTION_TEXT, &request->signers, "FILE",
         "with --verify: who may have signed the run (allowed signers of ssh-keygen)"},
        {"list", 0, OPTION_TEXT, &request->list, "DIR",
         "show the runs of a folder, the newest first, the current one marked"},
        {"prune", 0, OPTION_TEXT, &request->prune, "DIR", "remove old runs, never the current one"},
        {"keep", 0, OPTION_TEXT, &request->keep, "N", "with --prune: keep the newest N"},
        {"keep-days", 0, OPTION_TEXT, &request->keep_days, "N",
         "with --prune: keep those younger than N days"},
        {"dry-run", 'n', OPTION_FLAG, &request->dry_run, NULL,
         "do everything but publish; print the manifest"},
        {"verbose", 'v', OPTION_FLAG, &request->verbose, NULL,
         "print the sums even when standard output is no terminal"},
        {"quiet", 'q', OPTION_FLAG, &request->quiet, NULL, "no progress line"},
    };
    enum {
        ORIGIN = sizeof origin / sizeof *origin,
        PLACE = sizeof place / sizeof *place,
        WORK = sizeof work / sizeof *work
    };
    const size_t most = ORIGIN + PLACE + WORK + policy_option_count;
    size_t next = 0;
    program->options = cte_zalloc(most, sizeof *program->options);
    program->option_count = 0;
    add_rows(program, origin, ORIGIN);
    program->option_count +=
        policy_list_rows(policy, &next, "show-small", program->options + program->option_count);
    add_rows(program, place, PLACE);
    program->option_count +=
        policy_list_rows(policy, &next, NULL, program->options + program->option_count);
    add_rows(program, work, WORK);
}

int check_tasks(const struct request *request, bool has_sources, struct cte_error *error)
{
    const int tasks =
        (request->verify != NULL) + (request->list != NULL) + (request->prune != NULL);
    if (tasks > 1 || (tasks == 1 && (has_sources || request->job != NULL ||
                                     request->repeat != NULL || request->out != NULL)))
        return cte_fail(error, CTE_USAGE,
                        "--verify, --list and --prune each stand alone: they convert nothing, and "
                        "take no source");
    if (request->signers != NULL && request->verify == NULL)
        return cte_fail(error, CTE_USAGE,
                        "--signers says who may have signed the run that --verify looks at");
    return CTE_OK;
}

/* A whole number from 1, and no larger than the most. */
static bool read_bounded(const char *text, size_t most, size_t *count)
{
    uint64_t number;
    if (!read_positive(text, &number))
        return false;
    *count = number < most ? (size_t)number : most;
    return true;
}

static bool is_number(const char *text)
{
    return text[0] != '\0' && strspn(text, "0123456789") == strlen(text);
}

int check_request(struct request *request, struct cte_error *error)
{
    if (request->out == NULL)
        return cte_fail(error, CTE_USAGE, "--out DIR says where the runs are kept");
    if ((request->keep != NULL || request->keep_days != NULL) && request->job == NULL)
        return cte_fail(
            error, CTE_USAGE,
            "--keep and --keep-days are for --prune, or for a job that is run again and again");
    if ((request->keep != NULL && !is_number(request->keep)) ||
        (request->keep_days != NULL && !is_number(request->keep_days)))
        return cte_fail(error, CTE_USAGE, "--keep and --keep-days take whole numbers");
    if (request->run_id != NULL &&
        (!is_plain_name(request->run_id) || strchr(request->run_id, ' ') != NULL))
        return cte_fail(error, CTE_USAGE, "--run-id '%s' cannot be the name of a folder",
                        request->run_id);
    const long processors = sysconf(_SC_NPROCESSORS_ONLN);
    request->jobs = processors > 0 ? (size_t)processors : 1;
    request->part_bytes = USUAL_PART_BYTES;
    if (request->jobs_text != NULL && !read_bounded(request->jobs_text, 1 << 16, &request->jobs))
        return cte_fail(error, CTE_USAGE, "--jobs takes a number from 1, not '%s'",
                        request->jobs_text);
    request->cores = request->jobs;
    request->jobs = request->jobs < REQUEST_MOST_JOBS ? request->jobs : REQUEST_MOST_JOBS;
    const uint64_t most = MOST_PART_BYTES < SIZE_MAX ? MOST_PART_BYTES : SIZE_MAX;
    if (request->part_bytes_text != NULL &&
        !read_bounded(request->part_bytes_text, (size_t)most, &request->part_bytes))
        return cte_fail(error, CTE_USAGE, "--part-bytes takes a number of bytes, not '%s'",
                        request->part_bytes_text);
    return CTE_OK;
}
