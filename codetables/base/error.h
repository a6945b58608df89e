/* error.h - how a failure travels from where it happens to main.
 *
 * Every function that can fail returns an int: 0, or the exit status the program should end with
 * (the names below, from sysexits.h and the project's contract). It fills one struct cte_error with
 * the whole sentence for a person: what was tried, on what, why it failed, what to do. Nothing
 * below main prints or exits; out of memory and broken invariants alone end the program at once,
 * through cte_die().
 */
#ifndef CTE_ERROR_H
#define CTE_ERROR_H

#include <stdbool.h>

enum {
    CTE_OK = 0,
    CTE_SOME_LEFT = 1,      /* done, but some records were rejected or held */
    CTE_USAGE = 64,         /* wrong command line */
    CTE_BAD_INPUT = 65,     /* the input is not what it is declared to be */
    CTE_NO_INPUT = 66,      /* no such file, or nothing in it */
    CTE_BUG = 70,           /* a promise of this program does not hold */
    CTE_CANNOT_CREATE = 73, /* an output cannot be made */
    CTE_IO = 74,            /* reading or writing failed */
    CTE_BUSY = 75,          /* another run holds the lock; try later */
    CTE_NO_PERMISSION = 77, /* the operating system says no */
    CTE_BAD_TABLE = 78,     /* a code table, job or decisions file is not sound */
    CTE_NOTHING_TO_DO = 99  /* inputs and tables are unchanged */
};

struct cte_error {
    int status;
    char text[2048]; /* cut, never overrun, when a sentence is longer */
    /* Called for each thing that is wrong, where all is wanted and not the first alone;
     * NULL for nobody. The loaders of tables go on after a problem where they can. */
    void (*on_problem)(void *context, const char *sentence);
    void *context;
};

/* Fills the error and returns its status, so that a caller can write: return cte_fail(error,
 * CTE_IO, "…"). A first error is not overwritten by a later one. */
int cte_fail(struct cte_error *error, int status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Whether a number is an exit status of a program of this project that failed. */
bool cte_is_failure(unsigned long long status);

/* Ends the program with status CTE_BUG. For exhausted memory and for states that cannot be. */
_Noreturn void cte_die(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
