#include "tests/unit/reading.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void add_record(struct text *events, const struct reader_record *item)
{
    const struct record *record = &item->record;
    text_format(events, "%llu@%llu ", (unsigned long long)record->line,
                (unsigned long long)item->offset);
    if (record->kind != NULL)
        text_format(events, "%s:%s%s/%zu", record->kind->record->layout->identity.id,
                    kind_type(record->kind), record->kind->form->suffix, record->kind->fields);
    else
        text_format(events, "!%s",
                    item->defect < READER_DEFECTS ? reader_defect_checks[item->defect] : "?");
    text_format(events, "%s%s ", record->escaped ? "~" : "", item->recoded_bytes ? "*" : "");
    text_put(events, record->text, record->length);
    text_put(events, "\n", 1);
}

/* Whether the fields of a record are its text, parted at its carets. */
static bool is_parted(const struct record *record)
{
    const char *at = record->text, *end = record->text + record->length;
    for (uint32_t i = 0; i < record->field_count; i++) {
        const char *caret = memchr(at, '^', (size_t)(end - at));
        const struct slice field = record_value(record, i);
        if (field.at != at || field.length != (size_t)((caret != NULL ? caret : end) - at) ||
            (caret == NULL) != (i + 1 == record->field_count))
            return false;
        at = caret != NULL ? caret + 1 : end;
    }
    return true;
}

static void add_notes(struct text *events, const struct reader *reader)
{
    static const struct {
        const char *word, *shown;
    } words[] = {{"Ctrl-Z, which", "ctrl-z"}, {"zeros", "zeros"},         {"sep=", "sep"},
                 {"joined", "joined"},        {"byte order mark", "bom"}, {"LF alone", "lf"},
                 {"blank", "blank"},          {"no line end", "open"}};
    const struct reader_note *notes;
    size_t count = reader_notes(reader, &notes);
    for (size_t i = 0; i < count; i++) {
        const char *shown = strstr(notes[i].text, "lines repeat") != NULL ? "" : notes[i].text;
        for (size_t w = 0; w < sizeof words / sizeof *words; w++) {
            if (strstr(notes[i].text, words[w].word) != NULL)
                shown = words[w].shown;
        }
        text_format(events, "note %llu %s", (unsigned long long)notes[i].line, shown);
        unsigned long long repeated;
        if (sscanf(notes[i].text, "%llu lines repeat", &repeated) == 1)
            text_format(events, "repeated %llu", repeated);
        text_put(events, "\n", 1);
    }
}

static void add_refusal(struct text *events, const struct cte_error *error)
{
    unsigned long long line, record, byte;
    /* the name of the source comes first and is a path */
    const char *place = strrchr(error->text, '/');
    place = place != NULL ? strchr(place, ':') : NULL;
    if (place != NULL &&
        sscanf(place, ":%llu: record %llu, byte %llu:", &line, &record, &byte) == 3)
        text_format(events, "refused %d %llu %llu %llu\n", error->status, line, record, byte);
    else
        text_format(events, "refused %d\n", error->status);
}

void read_events(const char *path, const struct reader_options *options, uint64_t tail,
                 struct text *events)
{
    struct source *source = NULL;
    struct reader *reader = NULL;
    struct cte_error error = {0};
    struct reader_record item = {0};
    const struct record *record = &item.record;
    text_put(events, "", 0);
    int status = source_open(path, "/source", &source, &error);
    if (status == CTE_OK)
        status = reader_open(source, made_up_tables(), options, &reader, &error);
    while (status == CTE_OK) {
        status = reader_next(reader, &item, &error);
        if (status != CTE_OK || item.end)
            break;
        CHECK((record->kind == NULL) == (item.defect != READER_SOUND),
              "a record has a kind exactly when it has no defect");
        CHECK(record->state == (record->kind != NULL ? STATE_RECEIVED : STATE_REJECTED),
              "a record goes on exactly when it has a kind");
        CHECK(is_parted(record), "record %llu: its fields are not those between its carets",
              (unsigned long long)record->number);
        if (record->number >= tail)
            add_record(events, &item);
    }
    if (status == CTE_OK) {
        add_notes(events, reader);
        text_put(events, "end\n", 4);
    } else {
        CHECK(status == error.status, "the status %d is not that of the error, %d", status,
              error.status);
        add_refusal(events, &error);
    }
    reader_close(reader);
    source_close(source);
}
