#include <stdlib.h>
#include <string.h>

#include "pipeline/cte-diff/second_pass.h"
#include "codetables/base/memory.h"

void request_record(struct second_pass *pass, uint32_t number)
{
    GROW(pass->kept, pass->count, pass->room);
    pass->kept[pass->count++] = (struct kept){.number = number};
}

static int compare_kept(const void *x, const void *y)
{
    const struct kept *a = x, *b = y;
    return (a->number > b->number) - (a->number < b->number);
}

/* Keeps the fields of a record one after the other, each with a NUL behind it: no source holds one.
 */
static void keep(struct second_pass *pass, struct kept *kept, const struct record *record)
{
    struct slice fields[STREAM_MAX_FIELDS];
    const size_t count = split_fields(record, fields);
    kept->line = record->line;
    kept->kind = record->kind;
    kept->at = pass->texts.length;
    for (size_t i = 0; i < count; i++) {
        text_put(&pass->texts, fields[i].at, fields[i].length);
        text_add_byte(&pass->texts, '\0');
    }
}

size_t requested_fields(const struct second_pass *pass, const struct kept *kept,
                        struct slice *fields)
{
    const char *at = pass->texts.bytes + kept->at;
    for (size_t i = 0; i < kept->kind->fields; i++) {
        fields[i] = (struct slice){at, strlen(at)};
        at += fields[i].length + 1;
    }
    return kept->kind->fields;
}

int read_requested(struct diff *diff, int side, struct cte_error *error, void *both)
{
    struct second_pass *pass = &((struct second_pass *)both)[side];
    if (pass->count == 0)
        return CTE_OK;
    qsort(pass->kept, pass->count, sizeof *pass->kept, compare_kept);
    /* What lies behind goes on from where it stopped; files in one order are read again once,
     * however many batches there are. */
    if (pass->file.reader != NULL && pass->kept[0].number <= pass->at)
        close_records(&pass->file);
    int status = CTE_OK;
    if (pass->file.reader == NULL) {
        pass->at = 0;
        status = open_records(diff, diff->paths[side], &diff->options[side], &pass->file, error);
    }
    for (size_t i = 0; status == CTE_OK && i < pass->count;) {
        struct reader_record item;
        const struct record *record = &item.record;
        status = reader_next(pass->file.reader, &item, error);
        if (status == CTE_OK)
            pass->at = record->number;
        if (status == CTE_OK &&
            (item.end || (pass->kept[i].number == record->number && record->kind == NULL)))
            status = cte_fail(error, CTE_BAD_INPUT,
                              "%s: changed while it was read; compare again when it is complete",
                              diff->paths[side]);
        for (; status == CTE_OK && i < pass->count && pass->kept[i].number == record->number; i++)
            keep(pass, &pass->kept[i], record);
    }
    return status;
}

const struct kept *find_requested(const struct second_pass *pass, uint32_t number)
{
    const struct kept wanted = {.number = number};
    return number == NOBODY
               ? NULL
               : bsearch(&wanted, pass->kept, pass->count, sizeof *pass->kept, compare_kept);
}

void forget_requests(struct second_pass *pass)
{
    pass->count = 0;
    text_clear(&pass->texts);
}

void end_second_pass(struct second_pass *pass)
{
    close_records(&pass->file);
    free(pass->kept);
    text_free(&pass->texts);
    *pass = (struct second_pass){.kept = NULL};
}
