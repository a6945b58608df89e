#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codetables/base/memory.h"
#include "codetables/base/shown.h"
#include "pipeline/cte-diff/diff.h"

void add_complaint(struct run_account *account, const char *format, ...)
{
    char text[600];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    account->complaints = cte_realloc(account->complaints,
                                      (account->complaint_count + 1) * sizeof *account->complaints);
    account->complaints[account->complaint_count++] = text_shown(text, strlen(text));
}

int compare_numbers(const void *x, const void *y)
{
    const uint64_t *a = x, *b = y;
    return (*a > *b) - (*a < *b);
}

bool has_content(const struct contents *contents, uint64_t hash)
{
    return contents->count > 0 && bsearch(&hash, contents->hashes, contents->count,
                                          sizeof *contents->hashes, compare_numbers) != NULL;
}

bool is_named_merged(const struct run_account *account, uint64_t line)
{
    return account->merged_count > 0 && bsearch(&line, account->merged, account->merged_count,
                                                sizeof *account->merged, compare_numbers) != NULL;
}
