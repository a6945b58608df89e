/* The records of a source as a stream, with what is found in them. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codetables/base/memory.h"
#include "stages/cte-read/reading.h"

/* Defines a finding on the whole record, or on one field of it. */
static struct stream_reference define_rule(struct reading *reading, const struct rule *rule,
                                           const struct field *field)
{
    char *message = cte_format("%s; %s", rule->message, rule->action);
    const struct stream_reference reference = stream_define_rule(
        &reading->out, &(struct stream_rule){.id = rule->id,
                                             .severity = rule_severity(rule, BASIS_NONE),
                                             .field = field != NULL ? field->number : NULL,
                                             .name = field != NULL ? field->name : NULL,
                                             .message = message});
    free(message);
    return reference;
}

static struct stream_reference define_check(struct reading *reading, const char *check)
{
    const struct rule *rule = rules_find(reading->rules, check, NULL);
    if (rule != NULL)
        return define_rule(reading, rule, NULL);
    /* an older rule table: the record is rejected all the same, and told by the name of the
     * check */
    return stream_define_rule(&reading->out,
                              &(struct stream_rule){.id = check,
                                                    .severity = SEVERITY_REFUSES,
                                                    .message = "the record cannot be read"});
}

/* The reference of a kind, which is defined when it first occurs. */
static struct stream_reference kind_reference(struct reading *reading, const struct kind *kind)
{
    if (kind == NULL)
        return (struct stream_reference){0, 0};
    void **place = plan_place(&reading->at.references, kind->index);
    if (*place == NULL) {
        struct stream_reference *reference = cte_alloc(sizeof *reference);
        *reference = stream_define_kind(&reading->out, kind);
        *place = reference;
    }
    return *(const struct stream_reference *)*place;
}

static void put_finding(struct reading *reading, struct stream_reference reference,
                        const struct reader_record *item)
{
    char more[240];
    const int length =
        snprintf(more, sizeof more, "%s%srecord %llu", item->detail,
                 item->detail[0] != '\0' ? ", " : "", (unsigned long long)item->record.number);
    if (item->offset != READER_NO_BYTE)
        snprintf(more + length, sizeof more - (size_t)length, ", byte %llu",
                 (unsigned long long)item->offset);
    stream_finding(&reading->out, reference, more);
}

/* Finds the characters of a record that nobody sees, each with its field. What is found is defined
 * here, before the record. */
static void find_hidden(struct reading *reading, const struct record *record)
{
    const struct kind *kind = record->kind;
    for (size_t i = 0; i < kind->fields; i++) {
        struct hidden_found *found = &reading->at.found[reading->at.found_count];
        const struct slice value = record_value(record, i);
        if (!name_hidden_character(value.at, value.length, found->words))
            continue;
        found->rule = define_rule(reading, reading->hidden, &kind->record->fields[i]);
        reading->at.found_count++;
    }
}

/* Defines what the record and its findings refer to, for its history follows it without a gap. */
static void define_found(struct reading *reading, const struct reader_record *item)
{
    if (item->defect != READER_SOUND && reading->at.defects[item->defect].program == 0)
        reading->at.defects[item->defect] =
            define_check(reading, reader_defect_checks[item->defect]);
    if (item->recoded_bytes && reading->at.recoded.program == 0)
        reading->at.recoded = define_check(reading, "recoded-bytes");
    reading->at.found_count = 0;
    if (!item->is_printed && item->record.kind != NULL && reading->hidden != NULL)
        find_hidden(reading, &item->record);
}

static void put_record(struct reading *reading, const struct reader_record *item)
{
    struct stream_out *out = &reading->out;
    const struct record *record = &item->record;
    const struct stream_reference reference = kind_reference(reading, record->kind);
    /* The fields are summed as the reader gives them, before any byte of them goes on. */
    field_sums_add(&reading->at.sums, record);
    define_found(reading, item);
    char *to = stream_space(out, record->length + 64);
    *to++ = stream_letter(record->state, record->escaped);
    to = put_number(to, reference.program);
    *to++ = '.';
    to = put_number(to, reference.number);
    *to++ = ' ';
    to = put_number(to, record->line);
    *to++ = '^';
    memcpy(to, record->text, record->length);
    to += record->length;
    *to++ = '\n';
    stream_take(out, to);
    out->records++;
    if (reading->is_part)
        reading->at.places += sum_place(record->text, record->length, record->number);
    if (item->defect != READER_SOUND) {
        reading->at.rejected++;
        put_finding(reading, reading->at.defects[item->defect], item);
    }
    if (item->recoded_bytes && item->defect == READER_SOUND)
        put_finding(reading, reading->at.recoded, item);
    for (size_t i = 0; i < reading->at.found_count; i++)
        stream_finding(out, reading->at.found[i].rule, reading->at.found[i].words);
}

/* What stands in the trailer: notes, counts, the content's size and hash. */
static void put_trailer(struct reading *reading)
{
    const struct reader_note *notes;
    size_t count = reader_notes(reading->at.reader, &notes);
    char number[32], records[48], rejected[48], repeated[48], hash[65];
    for (size_t i = 0; i < count; i++) {
        snprintf(number, sizeof number, "%llu", (unsigned long long)notes[i].line);
        stream_control(&reading->out, "note", number, notes[i].text, NULL);
        if (!reading->is_quiet)
            program_say(reading->program, "%s:%s: note: %s", source_name(reading->at.source),
                        number, notes[i].text);
    }
    snprintf(records, sizeof records, "records=%llu", (unsigned long long)reading->out.records);
    snprintf(rejected, sizeof rejected, "rejected=%llu", (unsigned long long)reading->at.rejected);
    bool kept;
    uint64_t lines = reader_repeated(reading->at.reader, &kept);
    snprintf(repeated, sizeof repeated, "repeated-lines=%llu", (unsigned long long)lines);
    stream_control(&reading->out, "counts", reading->program->name, records, rejected,
                   lines > 0 ? repeated : NULL, NULL);
    field_sums_put(&reading->at.sums, &reading->out, "read");
    if (reading->is_part) {
        snprintf(hash, sizeof hash, "%016llx", (unsigned long long)reading->at.places);
        stream_control(&reading->out, "part", hash, NULL);
        return;
    }
    snprintf(number, sizeof number, "%llu", (unsigned long long)source_bytes(reading->at.source));
    if (reading->hashes & SOURCE_QUICK_HASH) {
        source_quick_hash(reading->at.source, hash);
        stream_control(&reading->out, "quick-hash", hash, NULL);
    }
    source_sha256(reading->at.source, hash);
    stream_control(&reading->out, "content", number, hash, NULL);
}

int read_all(struct reading *reading)
{
    struct cte_error *error = &reading->error;
    struct reader_record item;
    for (;;) {
        int status = reader_next(reading->at.reader, &item, error);
        if (status != CTE_OK || reading->out.failed != 0)
            return status;
        if (item.end)
            break;
        put_record(reading, &item);
    }
    put_trailer(reading);
    return CTE_OK;
}
