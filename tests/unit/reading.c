#include "tests/unit/reading.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void add_record(struct text *events, const struct reader_record *record)
{
    text_format(events, "%llu@%llu ", (unsigned long long)record->line,
                (unsigned long long)record->offset);
    if (record->kind != NULL) {
        char *type = kind_written_type(record->kind);
        text_format(events, "%s:%s/%zu", record->kind->record->layout->identity.id, type,
                    record->kind->fields);
        free(type);
    } else {
        text_format(events, "!%s",
                    record->defect < READER_DEFECTS ? reader_defect_checks[record->defect] : "?");
    }
    text_format(events, "%s%s ", record->escaped ? "~" : "", record->recoded_bytes ? "*" : "");
    text_put(events, record->text, record->length);
    text_put(events, "\n", 1);
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
    struct reader_record record = {0};
    text_put(events, "", 0);
    int status = source_open(path, "/source", &source, &error);
    if (status == CTE_OK)
        status = reader_open(source, made_up_tables(), options, &reader, &error);
    while (status == CTE_OK) {
        status = reader_next(reader, &record, &error);
        if (status != CTE_OK || record.end)
            break;
        CHECK((record.kind == NULL) == (record.defect != READER_SOUND),
              "a record has a kind exactly when it has no defect");
        if (record.record >= tail)
            add_record(events, &record);
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
