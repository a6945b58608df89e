/* loading.h - tables of table files: each is loaded and must be sound or be refused with words that
 * hold a text. */
#ifndef CTE_LOADING_H
#define CTE_LOADING_H

#include "tests/unit/unit.h"

/* Loads the table at path into something the caller keeps; returns the status. */
typedef int (*loader)(const char *path, struct cte_error *error);

struct loading_case {
    const char *name;
    const char *xml; /* after the XML declaration */
    int status;
    const char *words; /* that the message holds; NULL: any */
};

void check_loading(loader load, const struct loading_case *cases, size_t count);

/* Status and message are those of a table that is not sound, and the message names the file. */
bool check_bad_table(const char *name, const char *path, int status, const struct cte_error *error,
                     const char *words);

#endif
