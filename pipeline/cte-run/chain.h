/* chain.h - the stages of a chain as processes: started on pipes, followed until they end, and
 * judged.
 *
 *     struct chain chain = {
 *         .run = run, .source = source, .last = STAGE_WRITE, .in = fd, .out = -1};
 *     run_chain(&chain);                       // fills the lower part, whatever happens
 *     source->status = chain.status;
 *     report_chain(source, &chain);
 *     free_chain(&chain);
 *
 * Several chains may run at once, each in a thread of its own.
 */
#ifndef CTE_RUN_CHAIN_H
#define CTE_RUN_CHAIN_H

#include "pipeline/cte-run/process.h"
#include "pipeline/cte-run/run.h"

struct chain {
    const struct run *run;
    const struct run_source *source; /* NULL: a list of sources comes on `in` */
    const struct option_list *below; /* of a list: folders below which all of them lie */
    enum stage first, last;
    int in;           /* what the first stage reads */
    int out;          /* where the last stage writes; -1: it is collected in `said` */
    const char *part; /* what cte-read is told of the part it reads, or NULL */
    char *const *streams;
    size_t stream_count; /* the streams cte-write puts together; 0: what is on its standard input */

    struct processes processes;
    pid_t writer;               /* the cte-write of the chain, while it ran */
    struct text said, messages; /* on standard output and error */
    double seconds[STAGES];     /* processor time */
    int status;                 /* what the ends of the stages mean for the source */
};

/* A program with what every one has: its folder of code tables, and those options of the policy
 * that are for it. */
void add_program(struct arguments *arguments, enum stage stage, const struct run *run);

void run_chain(struct chain *chain);

/* The same in two steps: what the stages say in between is in chain->processes. */
void start_chain(struct chain *chain);
void end_chain(struct chain *chain);

/* Which of the stages ended as none should, and how; "" where none did. To be freed. */
char *describe_fault(const struct chain *chain);

/* Takes what a chain said on standard error, and its times, over into the source. */
void report_chain(struct run_source *source, const struct chain *chain);

void free_chain(struct chain *chain);

#endif
