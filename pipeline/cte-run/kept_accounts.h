/* kept_accounts.h - the accounts of sources that are done, in a file without a name: of thousands
 * of them, memory keeps where each begins.
 *
 *     keep_account(run, source);                        // by the thread that finished the source
 *     ...
 *     gather_accounts(run);                             // when all are done
 *     for (size_t s = 0; s < run->source_count; s++) {
 *         const struct account *account = kept_account(run, s, KEPT(FACT_FILE));
 *         ...                                           // until the next one is asked for
 *     }
 *
 * What is asked of all sources together is added up once, in their order: run->accounts->joined.
 * The rest is read again by whoever needs it, the facts that are wanted alone. Of a source that was
 * refused the account is empty.
 *
 * Errors are kept, and told by accounts_status(): CTE_IO, CTE_CANNOT_CREATE, CTE_NO_PERMISSION.
 * After one, accounts are empty.
 */
#ifndef CTE_RUN_KEPT_ACCOUNTS_H
#define CTE_RUN_KEPT_ACCOUNTS_H

#include <pthread.h>
#include <stdio.h>

#include "pipeline/cte-run/run.h"

#define KEPT(fact) (1u << (fact))
#define KEPT_ALL (~0u)

struct kept_accounts {
    FILE *file;
    uint64_t end;
    pthread_mutex_t lock;
    struct cte_error error;
    struct account current; /* that was asked for last, and its bytes, where its texts are */
    char *bytes;
    size_t length;
    /* tables, maps, decisions, questions, codes that nobody was asked for; of kinds, those of
     * records as they came, of sources that have more than rejected ones */
    struct account joined;
    struct account_texts texts;
    struct map types; /* of all records */
    /* findings that wait for a decision, codes that no table answers for and their records, each
     * source's added up */
    uint64_t waiting, unmapped_codes, unmapped_records;
};

/* Puts the account of a source away. Any thread may. */
void keep_account(struct run *run, struct run_source *source);

/* Adds up what is asked of all sources together. */
void gather_accounts(struct run *run);

/* The account of a source, with the facts of these kinds. It lasts until the next call. */
const struct account *kept_account(const struct run *run, size_t source, unsigned facts);

/* CTE_OK, or the error that met, in `error`. */
int accounts_status(const struct run *run, struct cte_error *error);

/* Begins with an empty file, when the folder of the run is there; frees all of it. */
void open_accounts(struct run *run);
void free_accounts(struct kept_accounts *accounts);

#endif
