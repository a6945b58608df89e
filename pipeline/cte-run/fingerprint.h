/* fingerprint.h - whether there is anything to do: what the last run was made of, noted beside the
 * runs.
 */
#ifndef CTE_RUN_FINGERPRINT_H
#define CTE_RUN_FINGERPRINT_H

#include "codetables/base/digest.h"
#include "pipeline/cte-run/run.h"

/* A hash of all that decides what a run makes: program, options, tables, decisions and the sources
 * as the file system describes them. */
void fingerprint(const struct run *run, char hex[DIGEST_HEX]);

/* Whether the current run was made of just that, and is whole; or the last one of a shard that is
 * empty. */
bool is_unchanged(const struct run *run, const char *hex);

/* Notes it for the next time. */
int save_fingerprint(const struct run *run, const char *hex, struct cte_error *error);

#endif
