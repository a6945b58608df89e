/* run_request.h - what a run was asked for beside its policy: where it goes, how it works and
 * speaks, and tasks that look at runs that are done.
 *
 * Nothing here decides what the files of a run hold. The texts live as long as the program.
 */
#ifndef CTE_RUN_REQUEST_H
#define CTE_RUN_REQUEST_H

#include "pipeline/run/policy.h"

enum { REQUEST_MOST_JOBS = 64 };

struct request {
    const char *job, *log_format;
    const char *run_id, *out; /* NULL: made up; of a repeat, where the run lies */
    const char *repeat, *verify, *signers, *list, *prune, *keep, *keep_days;
    const char *jobs_text, *part_bytes_text;
    const char *shards; /* how many the job is cut into; NULL: it does not say */
    bool publish;       /* a repeat may become current */
    bool force, dry_run, verbose, quiet;

    /* Set by read_request(): */
    bool log_json;
    size_t jobs;  /* how many sources are converted side by side */
    size_t cores; /* how many there are for all of them */
    /* a plain source is cut into parts of about this size, when cores are idle */
    size_t part_bytes;
};

/* Gives the program its command line, which sets the request and the policy. */
void list_options(struct program *program, struct request *request, struct policy *policy);

/* CTE_USAGE where options stand together that cannot, before anything is done. */
int check_tasks(const struct request *request, bool has_sources, struct cte_error *error);

/* Takes what is text apart. CTE_USAGE where it is not what the option takes. */
int check_request(struct request *request, struct cte_error *error);

#endif
