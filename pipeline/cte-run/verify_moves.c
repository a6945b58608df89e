/* What changes.csv says was moved into fields and out of them, against the sums of the manifest. */
#include <string.h>

#include "codetables/base/number.h"
#include "pipeline/cte-run/verify.h"

bool verify_read_sum(const char *text, uint64_t *sum)
{
    *sum = 0;
    return strlen(text) == 16 && read_hex(text, sum);
}

/* What came into a field and left it, of all types that have it, must be what changes.csv says. */
static void compare_moved_field(const struct checking *checking, const char *name,
                                const struct moved *moved)
{
    const struct account *account = checking->source->account;
    uint64_t sum = 0;
    bool is_known = true, is_there = false;
    for (const struct fact_field *field = account_first(account, FACT_FIELD); field != NULL;
         field = account_next(account, FACT_FIELD, field)) {
        uint64_t read, written;
        if (strcmp(field->number, moved->number) != 0)
            continue;
        is_there = true;
        is_known = verify_read_sum(field->read, &read) &&
                   verify_read_sum(field->written, &written) && is_known;
        sum += is_known ? written - read : 0;
    }
    if (is_there && is_known && moved->is_untold)
        verify_open(checking->verifying, name,
                    "field %s: some values before are not shown, so its changes cannot be reckoned",
                    moved->number);
    else if (!is_there || (is_known && sum != moved->sum))
        verify_wrong(checking->verifying, name,
                     "field %s: its changes are not those that the checksums of the manifest show",
                     moved->number);
}

static void compare_moved(const struct checking *checking, const char *name)
{
    for (size_t i = 0; i < checking->moved_count; i++)
        compare_moved_field(checking, name, &checking->moved[i]);
}

/* Sums that change although no row says so. */
static void compare_unmoved(const struct checking *checking)
{
    const struct account *account = checking->source->account;
    for (const struct fact_field *field = account_first(account, FACT_FIELD); field != NULL;
         field = account_next(account, FACT_FIELD, field)) {
        uint64_t read, written;
        bool is_moved = !verify_read_sum(field->read, &read) ||
                        !verify_read_sum(field->written, &written) || read == written;
        for (size_t i = 0; i < checking->moved_count; i++)
            is_moved = is_moved || strcmp(checking->moved[i].number, field->number) == 0;
        if (!is_moved)
            verify_wrong(
                checking->verifying, "manifest.xml",
                "field %s of %s: its checksums differ, and changes.csv has no change of it",
                field->number, field->type);
    }
}

void verify_moves(const struct checking *checking, const char *name)
{
    compare_moved(checking, name);
    compare_unmoved(checking);
}
