#include "pipeline/stream/field_sums.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "codetables/base/memory.h"

/* The sums of a kind, made when it first occurs. */
static inline uint64_t *sums_of(struct field_sums *sums, const struct kind *kind)
{
    void **place = plan_place(&sums->by_kind, kind->index);
    if (*place == NULL) {
        *place = cte_zalloc(kind->fields, sizeof(uint64_t));
        GROW(sums->kinds, sums->count, sums->room);
        sums->kinds[sums->count++] = kind;
    }
    return *place;
}

void field_sums_add_values(struct field_sums *sums, const struct kind *kind,
                           const struct slice *fields, size_t count)
{
    uint64_t *of_kind = sums_of(sums, kind);
    for (size_t i = 0; i < count && i < kind->fields; i++)
        of_kind[i] += sum_value(fields[i].at, fields[i].length);
}

void field_sums_add(struct field_sums *sums, const struct record *record)
{
    const struct kind *kind = record->kind;
    if (kind == NULL) {
        const struct slice whole = record_text(record);
        sums->unread += sum_value(whole.at, whole.length);
        return;
    }
    if (record->escaped) {
        struct slice fields[STREAM_MAX_FIELDS];
        record_values(record, kind->fields, fields, &sums->values);
        field_sums_add_values(sums, kind, fields, kind->fields);
        return;
    }
    uint64_t *restrict of_kind = sums_of(sums, kind);
    const char *text = record->text;
    const uint32_t *start = record->start;
    /* Behind the first field, which is the record type and not told. */
    size_t at = start[1];
    for (size_t i = 1, count = kind->fields; i < count; i++) {
        const size_t next = start[i + 1], length = next - at - 1;
        if (length != 0)
            of_kind[i] += XXH3_64bits(text + at, length);
        at = next;
    }
}

void field_sums_add_unconverted(struct field_sums *sums, const struct field_sums *of)
{
    for (size_t k = 0; k < of->count; k++) {
        const struct kind *kind = of->kinds[k];
        const uint64_t *added = plan_at(&of->by_kind, kind->index);
        if (kind->from != NULL)
            continue;
        uint64_t *of_kind = sums_of(sums, kind);
        for (size_t i = 0; i < kind->fields; i++)
            of_kind[i] += added[i];
    }
    sums->unread += of->unread;
}

void field_sums_free(struct field_sums *sums)
{
    for (size_t i = 0; i < sums->count; i++)
        free(plan_at(&sums->by_kind, sums->kinds[i]->index));
    free(sums->kinds);
    plans_free(&sums->by_kind);
    text_free(&sums->values);
    *sums = (struct field_sums){0};
}

void field_sums_each(const struct field_sums *sums, const char *point,
                     void (*tell)(void *context, const struct point_sum *sum), void *context)
{
    for (size_t k = 0; k < sums->count; k++) {
        const struct kind *kind = sums->kinds[k];
        const uint64_t *of_kind = plan_at(&sums->by_kind, kind->index);
        for (size_t i = 0; i < kind->fields; i++) {
            const struct field *field = &kind->record->fields[i];
            bool takes_other =
                kind->from != NULL && field->origin == ORIGIN_SAME && field->from != NULL;
            if (field->role != ROLE_RECORD_TYPE)
                tell(context, &(struct point_sum){point, kind_type(kind),
                                                  takes_other ? field->from : field->number,
                                                  of_kind[i], field->personal});
        }
    }
    if (sums->unread != 0)
        tell(context, &(struct point_sum){point, "", "", sums->unread, true});
}

static void put_line(void *context, const struct point_sum *sum)
{
    char hex[24];
    snprintf(hex, sizeof hex, "%016" PRIx64, sum->sum);
    stream_control(context, "fieldsum", sum->point, sum->type, sum->number, hex,
                   sum->is_personal ? "yes" : "", NULL);
}

void field_sums_put(const struct field_sums *sums, struct stream_out *out, const char *point)
{
    field_sums_each(sums, point, put_line, out);
}
