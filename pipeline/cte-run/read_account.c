#include "pipeline/cte-run/run.h"

#include "pipeline/run/lines.h"

/* What is known of a source that was read in parts: each record must have been where the index
 * found it. The content was hashed as a whole by the index, and by no part. */
static int check_parts(struct run_source *source, const struct fact_part *parts,
                       struct cte_error *error)
{
    const struct source_cut *end = &source->cuts[source->cut_count - 1];
    if (parts->sum != end->sum)
        return cte_fail(error, CTE_BUSY,
                        "%s: was not the same when it was read again; nothing is published; run "
                        "again when it is complete",
                        source->shown);
    account_add(source->account, FACT_CONTENT, &(struct fact_content){end->offset, end->sha256});
    account_settle(source->account);
    return CTE_OK;
}

int read_account(struct run_source *source, struct slice text, struct cte_error *error)
{
    struct account *account = source->account;
    if (account_read(account, source->shown, text, error) != CTE_OK)
        return error->status;
    const struct fact_part *parts = account_first(account, FACT_PART);
    if (parts != NULL && source->cut_count > 0 && check_parts(source, parts, error) != CTE_OK)
        return error->status;
    const struct fact_sums *sums = account_first(account, FACT_SUMS);
    if (sums == NULL)
        return cte_fail(error, CTE_BUG, "%s: cte-write ended well but did not give the sums",
                        source->shown);
    source->read = sums->read;
    source->written = sums->written;
    source->merged = sums->merged;
    source->rejected = sums->rejected;
    source->held = sums->held;
    source->incomplete = source->written < source->read;
    return CTE_OK;
}
