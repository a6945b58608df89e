#include "pipeline/stream/field_sums.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "codetables/base/memory.h"

/* The sums of a kind, made when it first occurs. */
static inline uint64_t *sums_of(struct conserve *conserve, const struct kind *kind)
{
    void **place = plan_place(&conserve->sums, kind->index);
    if (*place == NULL) {
        *place = cte_zalloc(kind->fields, sizeof(uint64_t));
        GROW(conserve->kinds, conserve->count, conserve->room);
        conserve->kinds[conserve->count++] = kind;
    }
    return *place;
}

void conserve_fields(struct conserve *conserve, const struct kind *kind, const struct slice *fields,
                     size_t count)
{
    uint64_t *sums = sums_of(conserve, kind);
    for (size_t i = 0; i < count && i < kind->fields; i++)
        sums[i] += conserve_value(fields[i].at, fields[i].length);
}

void conserve_record(struct conserve *conserve, const struct record *record)
{
    const struct kind *kind = record->kind;
    if (kind == NULL) {
        const struct slice whole = record_text(record);
        conserve->unread += conserve_value(whole.at, whole.length);
        return;
    }
    if (record->escaped) {
        struct slice fields[STREAM_MAX_FIELDS];
        record_values(record, kind->fields, fields, &conserve->values);
        conserve_fields(conserve, kind, fields, kind->fields);
        return;
    }
    uint64_t *restrict sums = sums_of(conserve, kind);
    const char *text = record->text;
    const uint32_t *start = record->start;
    for (size_t i = 0, count = kind->fields; i < count; i++) {
        size_t length = start[i + 1] - start[i] - 1;
        if (length != 0)
            sums[i] += XXH3_64bits(text + start[i], length);
    }
}

void conserve_free(struct conserve *conserve)
{
    for (size_t i = 0; i < conserve->count; i++)
        free(plan_at(&conserve->sums, conserve->kinds[i]->index));
    free(conserve->kinds);
    plans_free(&conserve->sums);
    text_free(&conserve->values);
    *conserve = (struct conserve){0};
}

void conserve_each(const struct conserve *conserve, const char *point,
                   void (*tell)(void *context, const struct conserve_sum *sum), void *context)
{
    for (size_t k = 0; k < conserve->count; k++) {
        const struct kind *kind = conserve->kinds[k];
        const uint64_t *sums = plan_at(&conserve->sums, kind->index);
        for (size_t i = 0; i < kind->fields; i++) {
            const struct field *field = &kind->record->fields[i];
            bool takes_other =
                kind->from != NULL && field->origin == ORIGIN_SAME && field->from != NULL;
            if (field->role != ROLE_RECORD_TYPE)
                tell(context, &(struct conserve_sum){point, kind_type(kind),
                                                     takes_other ? field->from : field->number,
                                                     sums[i], field->personal});
        }
    }
    if (conserve->unread != 0)
        tell(context, &(struct conserve_sum){point, "", "", conserve->unread, true});
}

static void put_line(void *context, const struct conserve_sum *sum)
{
    char hex[24];
    snprintf(hex, sizeof hex, "%016" PRIx64, sum->sum);
    stream_control(context, "fieldsum", sum->point, sum->type, sum->number, hex,
                   sum->is_personal ? "yes" : "", NULL);
}

void conserve_tell(const struct conserve *conserve, struct stream_out *out, const char *point)
{
    conserve_each(conserve, point, put_line, out);
}
