#include "pipeline/stream/field_sums.h"
#include "codetables/base/memory.h"

#include <inttypes.h>
#include <stdio.h>

/* The sums of a kind, made when it first occurs. */
static inline uint64_t *sums_of(struct conserve *conserve, struct kind *kind)
{
    if (kind->sums[conserve->set] == NULL) {
        kind->sums[conserve->set] = cte_zalloc(kind->fields, sizeof *kind->sums[conserve->set]);
        conserve->kinds =
            cte_realloc(conserve->kinds, (conserve->count + 1) * sizeof *conserve->kinds);
        conserve->kinds[conserve->count++] = kind;
    }
    return kind->sums[conserve->set];
}

void conserve_fields(struct conserve *conserve, struct kind *kind, const struct slice *fields,
                     size_t count)
{
    if (kind == NULL) {
        for (size_t i = 0; i < count; i++)
            conserve->unread += conserve_value(fields[i].at, fields[i].length);
        return;
    }
    uint64_t *sums = sums_of(conserve, kind);
    for (size_t i = 0; i < count && i < kind->fields; i++)
        sums[i] += conserve_value(fields[i].at, fields[i].length);
}

void conserve_record(struct conserve *conserve, const struct stream_record *record)
{
    /* Kinds are defined by the stream and live in its dictionary; only their sums are written here.
     */
    struct kind *kind = (struct kind *)(uintptr_t)record->kind;
    if (kind == NULL) {
        const char *at = record->text + record->start[0];
        conserve->unread += conserve_value(at, record->length - record->start[0]);
        return;
    }
    if (record->escaped) {
        static char room[STREAM_MAX_GROUP + SCAN_SLACK];
        struct slice fields[STREAM_MAX_FIELDS];
        for (size_t i = 0; i < kind->fields; i++)
            fields[i] = stream_field(record, i);
        stream_unescape_fields(fields, kind->fields, room);
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

void conserve_each(const struct conserve *conserve, const char *point,
                   void (*tell)(void *context, const struct conserve_sum *sum), void *context)
{
    for (size_t k = 0; k < conserve->count; k++) {
        const struct kind *kind = conserve->kinds[k];
        for (size_t i = 0; i < kind->fields; i++) {
            const struct field *field = &kind->record->fields[i];
            bool takes_other =
                kind->from != NULL && field->origin == ORIGIN_SAME && field->from != NULL;
            if (field->role != ROLE_RECORD_TYPE)
                tell(context, &(struct conserve_sum){
                                  point, kind_type(kind), takes_other ? field->from : field->number,
                                  kind->sums[conserve->set][i], field->personal});
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
