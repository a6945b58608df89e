/* process.h - programs of this project as child processes: started, listened to, followed to their
 * end.
 *
 *     struct arguments arguments = {0};
 *     add_argument(&arguments, stage_names[STAGE_READ]);
 *     add_option(&arguments, "layout", "cfs-2019");         // --layout cfs-2019
 *     struct processes processes = {
 *         .said = {.fd = -1}, .messages = {.fd = pipe, .most = PROCESS_MOST_MESSAGES}};
 *     int failed = start_process(&arguments, &ends, &processes.each[0].pid);
 *     free_arguments(&arguments);
 *     follow_processes(&processes);
 *     int status = process_status(processes.each[0].end, false);
 *
 * Descriptors are this process's to close; all others of it have to be closed on exec. Several
 * threads may start and follow processes at once, each its own.
 *
 * A child ends with this process, even where that one is killed: it sees to it as the first thing
 * it does (program_start()), for posix_spawn() cannot.
 */
#ifndef CTE_RUN_PROCESS_H
#define CTE_RUN_PROCESS_H

#include <sys/types.h>

#include "codetables/base/memory.h"
#include "codetables/base/program.h"
#include "codetables/base/text.h"
#include "pipeline/run/stages.h"

/* The rest of what a program says on standard error is cut; what it says first is what matters. */
enum { PROCESS_MOST_MESSAGES = 1 << 18 };

/* A command line: the name of a program, its options, what else it takes. To be freed. The texts
 * that are added are not copied. */
struct arguments {
    struct option_list texts;
    struct arena options;
};

void add_argument(struct arguments *arguments, const char *text);
/* "--name" and the value; nothing where the value is NULL. */
void add_option(struct arguments *arguments, const char *name, const char *value);
void free_arguments(struct arguments *arguments);

/* What becomes standard input, output and error of a child. */
struct process_ends {
    int in, out, err;
};

/* What programs write to a pipe, kept up to a bound. `fd` is closed at the end of it, and -1 where
 * there is none. The text is to be freed. */
struct listened {
    int fd;
    size_t most;
    struct text text;
    int failed; /* errno, when it could not be read to its end */
};

struct process {
    pid_t pid;      /* 0: there is none, or it has ended */
    int end;        /* as wait4() tells it */
    double seconds; /* processor time */
};

struct processes {
    struct process each[STAGES];
    struct listened said, messages; /* standard output of the last, standard error of all */
    double told;                    /* when they were told to end; 0: they were not */
    int failed; /* errno, when one could not be waited for or heard to its end */
};

/* Where a program of the chain is: beside this one; when it was found otherwise, the path is
 * searched. NULL, with errno, when the system cannot say. Valid until the thread asks again. */
const char *program_path(const char *name);

/* Starts the program that the first argument names. 0, or errno: then there is no process. */
int start_process(struct arguments *arguments, const struct process_ends *ends, pid_t *pid);

/* Waits a moment for what they say, and takes it. False when they have closed all they write to. A
 * signal that ends this run is passed on, wherever they are. */
bool listen_to_processes(struct processes *processes);

/* Takes what they say to its end, and waits for theirs. */
void follow_processes(struct processes *processes);

/* What the end of a program of ours means. A status that none of them ends with is CTE_BUG: 99 and
 * 127 too, and CTE_SOME_LEFT where it may not leave records. So is a signal. */
int process_status(int end, bool may_leave_some);

#endif
