/* How many records of real extracts each change of a crosswalk or code set touches. */
#include <stdlib.h>
#include <string.h>

#include "pipeline/stream/reader.h"
#include "codetables/cte-table/table_diff.h"
#include "codetables/base/memory.h"

enum { MOST_KINDS = 64 };

/* A field of a kind of record whose codes the table is asked about, and the changes of its group.
 */
struct asked {
    size_t position;
    const struct change *from, *end; /* sorted by code */
};

struct asking {
    const struct kind *kind;
    struct asked *list;
    size_t count;
};

struct impact_run {
    struct tables *tables;
    const char *id; /* of a code set; NULL: of a crosswalk */
    struct changes *changes;
    struct impact *impact;
    struct asking kinds[MOST_KINDS];
    size_t kind_count;
};

/* True when some layout fills a field from the field of this number by the map. */
static bool is_recoded(const struct tables *tables, const char *number, const char *map)
{
    for (size_t l = 0; l < tables->layout_count; l++) {
        for (size_t r = 0; r < tables->layouts[l].record_count; r++) {
            const struct record_layout *record = &tables->layouts[l].records[r];
            for (size_t f = 0; f < record->field_count; f++) {
                if (record->fields[f].origin == ORIGIN_RECODE &&
                    strcmp(record->fields[f].map, map) == 0 &&
                    strcmp(record->fields[f].from, number) == 0)
                    return true;
            }
        }
    }
    return false;
}

static bool holds_codes_of(const struct field *field, const char *id)
{
    for (size_t i = 0; i < field->code_set_count; i++) {
        if (strcmp(field->code_sets[i], id) == 0)
            return true;
    }
    return false;
}

static const struct asking *asking_of(struct impact_run *run, const struct kind *kind)
{
    for (size_t k = 0; k < run->kind_count; k++) {
        if (run->kinds[k].kind == kind)
            return &run->kinds[k];
    }
    if (run->kind_count == MOST_KINDS)
        return NULL;
    struct asking *asking = &run->kinds[run->kind_count++];
    *asking = (struct asking){.kind = kind};
    if (run->changes->count == 0)
        return asking;
    const struct change *end = run->changes->list + run->changes->count;
    for (const struct change *from = run->changes->list, *next; from != end; from = next) {
        for (next = from + 1; next < end && strcmp(next->group, from->group) == 0;)
            next++;
        for (size_t f = 0; f < kind->record->field_count && f < kind->fields; f++) {
            const struct field *field = &kind->record->fields[f];
            if (run->id != NULL ? !holds_codes_of(field, run->id)
                                : !is_recoded(run->tables, field->number, from->group))
                continue;
            asking->list = cte_realloc(asking->list, (asking->count + 1) * sizeof *asking->list);
            asking->list[asking->count++] = (struct asked){f, from, next};
        }
    }
    return asking;
}

static int compare_code(struct slice value, const char *code)
{
    int order = strncmp(value.at, code, value.length);
    return order != 0 ? order : code[value.length] != '\0' ? -1 : 0;
}

static void count_record(struct impact_run *run, const struct asking *asking,
                         const struct record *record)
{
    bool touched = false, no_year = false;
    for (size_t i = 0; i < asking->count; i++) {
        const struct asked *asked = &asking->list[i];
        struct slice value = record_value(record, asked->position);
        const struct change *low = asked->from, *high = asked->end;
        if (value.length == 0)
            continue;
        while (low < high) {
            const struct change *middle = low + (high - low) / 2;
            if (compare_code(value, middle->code) > 0)
                low = middle + 1;
            else
                high = middle;
        }
        if (low == asked->end || compare_code(value, low->code) != 0)
            continue;
        int year = record_year(record, &record->kind->record->fields[asked->position]);
        no_year = no_year || year == YEAR_NONE;
        for (struct change *change = run->changes->list + (low - run->changes->list);
             change < asked->end && compare_code(value, change->code) == 0; change++) {
            if (change->first <= year && year <= change->last) {
                change->records++;
                touched = true;
            }
        }
    }
    run->impact->touched += touched;
    run->impact->without_year += no_year;
}

static int read_source(struct impact_run *run, const char *path, struct cte_error *error)
{
    struct reader_options options = {0};
    struct source *source = NULL;
    struct reader *reader = NULL;
    int status = source_open(path, NULL, &source, error);
    if (status == CTE_OK)
        status = reader_open(source, run->tables, &options, &reader, error);
    while (status == CTE_OK) {
        struct reader_record item;
        const struct record *record = &item.record;
        status = reader_next(reader, &item, error);
        if (status != CTE_OK || item.end)
            break;
        run->impact->read++;
        run->impact->unreadable += record->kind == NULL;
        const struct asking *asking = record->kind != NULL ? asking_of(run, record->kind) : NULL;
        if (record->kind != NULL && asking == NULL)
            status = cte_fail(error, CTE_BAD_INPUT, "%s: more than %d kinds of record", path,
                              MOST_KINDS);
        else if (asking != NULL)
            count_record(run, asking, record);
    }
    reader_close(reader);
    source_close(source);
    return status;
}

int impact_count(struct tables *tables, const char *kind, const char *id,
                 const char *const *sources, size_t source_count, struct changes *changes,
                 struct impact *impact, struct cte_error *error)
{
    memset(impact, 0, sizeof *impact);
    bool is_set = strcmp(kind, "codeset") == 0;
    if (!is_set && strcmp(kind, "crosswalk") != 0)
        return cte_fail(error, CTE_USAGE,
                        "--impact counts records by their codes: give two crosswalks or code sets");
    for (size_t i = 0; i < source_count && error->status == CTE_OK; i++) {
        /* A kind belongs to its source. */
        struct impact_run run = {
            .tables = tables, .id = is_set ? id : NULL, .changes = changes, .impact = impact};
        read_source(&run, sources[i], error);
        for (size_t k = 0; k < run.kind_count; k++)
            free(run.kinds[k].list);
    }
    return error->status;
}
