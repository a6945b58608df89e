/* program.h - what every program of this project does the same way: start, options, help, messages,
 * the folder of code tables.
 *
 * The option table is the one place that says what a program takes: the parser and --help are both
 * made from it. --help, --version and --codetables belong to every program and stand in no table.
 */
#ifndef CTE_PROGRAM_H
#define CTE_PROGRAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "codetables/base/error.h"

enum option_kind { OPTION_FLAG, OPTION_TEXT, OPTION_LIST };

/* Texts given to an option that may stand more than once, in order. */
struct option_list {
    const char **texts;
    size_t count;
};

/* The text is not copied; the list is to be freed. */
void option_list_add(struct option_list *list, const char *text);
void option_list_free(struct option_list *list);

struct program_option {
    const char *name; /* long name */
    char letter;      /* short name, or 0 */
    enum option_kind kind;
    void *target;      /* bool *, const char ** or struct option_list * */
    const char *value; /* what the value is called in the help; NULL for a flag */
    const char *help;
};

struct program {
    const char *name;
    const char *synopsis;    /* after the name */
    const char *description; /* a paragraph or two */
    const char *exits;       /* the exit statuses that are its own */
    struct program_option *options;
    size_t option_count;
    int usage_status;       /* of a wrong command line; 0: CTE_USAGE */
    const char *codetables; /* the folder to use, set by program_start() */
    bool codetables_given;  /* it was named on the command line */
    bool starts_others;     /* it starts programs, and may read what its user may */
    uint64_t memory;        /* bytes that it never needs more of; 0: no bound */
};

/* The folder of the tables that belong to the program. */
const char *default_codetables(void);

/* The environment for a program that this one starts and that is to end with it: this process's
 * own, and who started it. program_start() of that program heeds it. To be freed as one piece. */
char **program_environment(void);

/* The path of another program of the project, which lies beside the running one; to be freed. Not
 * searched for: another program of that name is not what was meant. */
char *program_beside(const char *name);

/* The umask of the user. program_start() sets one of 077, since most files hold records; this is
 * for those that hold none. */
mode_t program_umask(void);

/* Sets up the process (files born 0600, no core dumps, the C locale, descriptors 0 to 2 open),
 * reads the options and leaves the operands in argv[*first …]. Answers --help and --version itself
 * and exits; ends with CTE_USAGE on a wrong command line. */
void program_start(struct program *program, int argc, char **argv, int *first);

/* Gives up what the program does not need, before it reads what strangers wrote: lock_down.h says
 * what is left. `read` are the paths it still opens, beside the folder of code tables; `write` the
 * folders it makes files in, NULL for none. Both end with NULL; an empty path is passed over. Ends
 * the program with 74 where the system could do it and fails. */
void program_confine(const struct program *program, const char *const *read,
                     const char *const *write);

/* Prints "NAME: sentence" on standard error. */
void program_say(const struct program *program, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Prints the error and returns its status: return program_fail(&program, &error); */
int program_fail(const struct program *program, const struct cte_error *error);

/* Prints what is wrong with the command line and how to see the right one; returns CTE_USAGE. */
int program_usage(const struct program *program, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Writes out what was printed so far, and finds out whether it was. To be called before files are
 * put in place, so that none appears where the status will be CTE_IO. */
int program_flush_output(struct cte_error *error);

/* Closes standard output and finds out whether all of it was written. */
int program_close_output(struct cte_error *error);

#endif
