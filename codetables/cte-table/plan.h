/* plan.h - what an analyst says about a sheet: which column holds what, and what the table is
 * called.
 *
 * A plan is settings, `name = value`, one a line in the file that --plan names; a line that begins
 * with # is a remark. --set name=value on the command line says one more, and wins over the file. A
 * setting that nobody asked for is an error: a misspelt name must never pass in silence. Where a
 * table has maps, `MAP.name = value` says it for that map alone, and wins over `name`.
 *
 * Errors: CTE_USAGE for a setting that is missing, unknown or not understood; CTE_NO_INPUT for a
 * file that is not there.
 */
#ifndef CTE_TABLE_PLAN_H
#define CTE_TABLE_PLAN_H

#include <stdbool.h>
#include <stddef.h>

#include "codetables/base/error.h"
#include "codetables/base/memory.h"
#include "codetables/cte-table/commands.h"

struct setting {
    char *name, *value;
    char *where; /* FILE:LINE, or --set */
    bool used;
};

struct plan {
    struct arena memory; /* of the settings' texts */
    struct setting *list;
    size_t count, room;
    const char *map; /* the map that is asked for now, or NULL */
};

int plan_read(const struct request *request, struct plan *plan, struct cte_error *error);
void plan_free(struct plan *plan);

/* The value of a setting, or NULL. */
const char *plan_get(struct plan *plan, const char *name);
int plan_need(struct plan *plan, const char *name, const char **value, struct cte_error *error);

/* A setting that has one of two values. */
struct plan_choice {
    const char *name, *yes, *no;
};

/* *chosen is true when the setting has the value `yes`, false with `no` or nothing; anything else
 * is an error. */
int plan_choose(struct plan *plan, struct plan_choice choice, bool *chosen,
                struct cte_error *error);

/* The next setting whose name begins with the prefix, from *at on, which moves; NULL after the
 * last. Each name once, in the order in which the plan first names it, with the value that wins.
 * *rest is what follows the prefix. */
struct setting *plan_next(struct plan *plan, const char *prefix, size_t *at, const char **rest);

/* CTE_USAGE when some setting was never asked for. */
int plan_all_used(const struct plan *plan, struct cte_error *error);

#endif
