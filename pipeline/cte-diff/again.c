#include <stdlib.h>
#include <string.h>

#include "pipeline/cte-diff/diff.h"
#include "codetables/base/memory.h"

void want(struct again *again, uint32_t number)
{
    if (again->count == again->room) {
        again->room = again->room == 0 ? 1024 : again->room * 2;
        again->kept = cte_realloc(again->kept, again->room * sizeof *again->kept);
    }
    again->kept[again->count++] = (struct kept){.number = number};
}

static int compare_kept(const void *x, const void *y)
{
    const struct kept *a = x, *b = y;
    return (a->number > b->number) - (a->number < b->number);
}

/* Keeps the fields of a record one after the other, each with a NUL behind it: no source holds one.
 */
static void keep(struct again *again, struct kept *kept, const struct record *record)
{
    struct slice fields[STREAM_MAX_FIELDS];
    size_t count = fields_of(record, fields), most = count;
    for (size_t i = 0; i < count; i++)
        most += fields[i].length;
    if (again->used + most > again->text_room) {
        again->text_room = (again->used + most) * 2;
        again->texts = cte_realloc(again->texts, again->text_room);
    }
    kept->line = record->line;
    kept->kind = record->kind;
    kept->at = again->used;
    char *to = again->texts + again->used;
    for (size_t i = 0; i < count; i++) {
        to = mempcpy(to, fields[i].at, fields[i].length);
        *to++ = '\0';
    }
    again->used = (size_t)(to - again->texts);
}

size_t kept_fields(const struct again *again, const struct kept *kept, struct slice *fields)
{
    const char *at = again->texts + kept->at;
    for (size_t i = 0; i < kept->kind->fields; i++) {
        fields[i] = (struct slice){at, strlen(at)};
        at += fields[i].length + 1;
    }
    return kept->kind->fields;
}

static void close_reader(struct again *again)
{
    close_records(again->source, again->reader);
    again->reader = NULL;
    again->source = NULL;
}

int read_again(struct diff *diff, int side, struct cte_error *error, void *both)
{
    struct again *again = &((struct again *)both)[side];
    if (again->count == 0)
        return CTE_OK;
    qsort(again->kept, again->count, sizeof *again->kept, compare_kept);
    /* What lies behind goes on from where it stopped; files in one order are read again once,
     * however many batches there are. */
    if (again->reader != NULL && again->kept[0].number <= again->at)
        close_reader(again);
    int status = CTE_OK;
    if (again->reader == NULL) {
        again->at = 0;
        status = open_records(diff, diff->paths[side], &diff->options[side], &again->source,
                              &again->reader, error);
    }
    for (size_t i = 0; status == CTE_OK && i < again->count;) {
        struct reader_record item;
        const struct record *record = &item.record;
        status = reader_next(again->reader, &item, error);
        if (status == CTE_OK)
            again->at = record->number;
        if (status == CTE_OK &&
            (item.end || (again->kept[i].number == record->number && record->kind == NULL)))
            status = cte_fail(error, CTE_BAD_INPUT,
                              "%s: changed while it was read; compare again when it is complete",
                              diff->paths[side]);
        for (; status == CTE_OK && i < again->count && again->kept[i].number == record->number; i++)
            keep(again, &again->kept[i], record);
    }
    return status;
}

const struct kept *find_kept(const struct again *again, uint32_t number)
{
    const struct kept wanted = {.number = number};
    return number == NOBODY
               ? NULL
               : bsearch(&wanted, again->kept, again->count, sizeof *again->kept, compare_kept);
}

void forget_batch(struct again *again)
{
    again->count = again->used = 0;
}

void end_again(struct again *again)
{
    close_reader(again);
    free(again->kept);
    free(again->texts);
    *again = (struct again){.reader = NULL};
}
