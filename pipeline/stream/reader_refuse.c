/* The sentences with which a source is refused. */
#include <string.h>

#include "pipeline/stream/reader_internal.h"

enum { UNREAD_BOUND = 1 << 20 };

/* What each record of a source has that cannot be read at all. */
static const char *const defect_words[READER_DEFECTS] = {
    [READER_FIELD_COUNT] = "another number of fields than its layout",
    [READER_STRAY_QUOTE] = "a quote inside a field",
    [READER_AFTER_QUOTE] = "text after a closing quote",
    [READER_RECORD_TYPE] = "a record type that no layout here knows",
    [READER_BYTES] = "bytes that are not UTF-8",
    [READER_ELEMENT] = "elements that are not those of its layout",
    [READER_ELEMENT_TYPE] = "an element of another name than its record type",
};

struct look reader_look(const struct reader *reader)
{
    if (reader->readable > 0 || reader->options.takes_any)
        return (struct look){NULL, NULL};
    return look_at(reader->sample, reader->sample_length, reader->options.format);
}

/* ", byte 17", or nothing where a record stands in no bytes of its own. */
static const char *byte_words(uint64_t offset, char words[32])
{
    words[0] = '\0';
    if (offset != READER_NO_BYTE)
        snprintf(words, 32, ", byte %llu", (unsigned long long)offset);
    return words;
}

int reader_refuse(struct reader *reader, uint64_t line, uint64_t offset, struct cte_error *error,
                  const char *what)
{
    struct look look = reader_look(reader);
    if (look.what != NULL)
        return cte_fail(error, CTE_BAD_INPUT, "%s: looks like %s, not like an extract; %s",
                        reader->name, look.what, look.advice);
    char byte[32];
    return cte_fail(error, CTE_BAD_INPUT, "%s:%llu: record %llu%s: %s", reader->name,
                    (unsigned long long)line, (unsigned long long)reader->records + 1,
                    byte_words(offset, byte), what);
}

/* The record types that the layouts know, for a message. */
static void list_types(const struct reader *reader, char *list, size_t room)
{
    list[0] = '\0';
    for (size_t l = 0; l < reader->tables->layout_count; l++) {
        const struct layout *layout = &reader->tables->layouts[l];
        for (size_t i = 0; i < layout->record_count; i++) {
            for (size_t t = 0; t < layout->records[i].type_count; t++) {
                const char *type = layout->records[i].types[t];
                size_t used = strlen(list);
                if (strstr(list, type) == NULL && used + strlen(type) + 3 < room)
                    snprintf(list + used, room - used, "%s%s", used > 0 ? ", " : "", type);
            }
        }
    }
}

/* No record of the source could be read: it is not what it should be, and half of nothing is not to
 * be published. */
int reader_refuse_unreadable(struct reader *reader, struct cte_error *error)
{
    const unsigned long long records = reader->records;
    const enum reader_defect defect = reader->first_defect;
    const char *detail = reader->first_detail, *colon = detail[0] != '\0' ? ": " : "";
    struct look look = reader_look(reader);
    if (look.what != NULL)
        return cte_fail(error, CTE_BAD_INPUT,
                        "%s: looks like %s, and none of its %llu records can be read as %s; %s",
                        reader->name, look.what, records, reader->options.format, look.advice);
    if (reader->defects[defect] != records)
        return cte_fail(
            error, CTE_BAD_INPUT,
            "%s: none of its %llu records can be read; the first has %s%s%s; export the file again",
            reader->name, records, defect_words[defect], colon, detail);
    if (defect == READER_RECORD_TYPE) {
        char types[200];
        list_types(reader, types, sizeof types);
        return cte_fail(error, CTE_BAD_INPUT,
                        "%s: looks like records of another file: none of its %llu records has a "
                        "record type that a layout here "
                        "knows (%s)%s%s; give a file of these",
                        reader->name, records, types, colon, detail);
    }
    const char *advice = defect == READER_BYTES
                             ? "export it as UTF-8, or name its encoding with --encoding"
                             : "export the file again in the layout of its academic year";
    return cte_fail(error, CTE_BAD_INPUT,
                    "%s: none of its %llu records can be read, each has %s%s%s; %s", reader->name,
                    records, defect_words[defect], colon, detail, advice);
}

/* Counts what the record was. A title or row of names above sound records is no record. */
int reader_judge(struct reader *reader, const struct reader_record *item, struct cte_error *error)
{
    /* A record whose element and type differ was read; which of the two is wrong, nobody knows. */
    if (item->defect == READER_SOUND || item->defect == READER_ELEMENT_TYPE) {
        char byte[32];
        if (reader->readable++ == 0 && reader->has_heading)
            return cte_fail(error, CTE_BAD_INPUT,
                            "%s:%llu: record 1%s: a title or a row of names stands before "
                            "the records; if it is "
                            "no record, take it off",
                            reader->name, (unsigned long long)reader->heading_line,
                            byte_words(reader->heading_offset, byte));
        return CTE_OK;
    }
    if (reader->records == reader->options.records_before) {
        reader->first_defect = item->defect;
        memcpy(reader->first_detail, item->detail, sizeof reader->first_detail);
    }
    reader->defects[item->defect]++;
    /* A little file may unpack to records without end that nobody can read, each of them far longer
     * where it is written. */
    const uint64_t unread = reader->records - reader->options.records_before + 1 - reader->readable;
    if (unread > UNREAD_BOUND && unread / 10 > reader->readable && !reader->options.takes_any &&
        reader->options.max_unpacked == 0 && strcmp(source_packing(reader->source), "none") != 0)
        return cte_fail(error, CTE_BAD_INPUT,
                        "%s:%llu: unpacks to more than %d records that cannot be read, and to %llu "
                        "that can; the last has %s; not "
                        "read further; look at what is in it, and if it is meant so, set a bound "
                        "with --max-unpacked",
                        reader->name, (unsigned long long)item->record.line, UNREAD_BOUND,
                        (unsigned long long)reader->readable, defect_words[item->defect]);
    return CTE_OK;
}
