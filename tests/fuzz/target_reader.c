/* The reader on any bytes. The first byte chooses: its value modulo 3 the format, bit 2 the
 * encoding, bit 3 a layout by name. Caret and CSV in ASCII are read a second time, slowly and by
 * another hand: every record must have the same fields, and between two records nothing may
 * stand that is data. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "pipeline/stream/reader.h"
#include "pipeline/stream/stream.h"
#include "tests/fuzz/fuzz.h"
#include "tests/unit/unit.h"
#include "codetables/base/memory.h"

static void check_record(const struct reader_record *item)
{
    const struct record *record = &item->record;
    must_hold((record->kind == NULL) == (item->defect != READER_SOUND),
              "a record has a kind exactly when it is sound");
    must_hold(item->defect < READER_DEFECTS, "a defect has a name");
    must_hold(memchr(record->text, '\n', record->length) == NULL,
              "the text of a record is one line of a stream");
    must_hold(record->escaped || memchr(record->text, '\r', record->length) == NULL,
              "a return is escaped");
    must_hold(record->length < STREAM_BUFFER - 64, "a record fits the stream's buffer");
    size_t carets = 0;
    for (size_t i = 0; i < record->length; i++)
        carets += record->text[i] == '^';
    must_hold(record->kind == NULL || carets + 1 == record->kind->all_fields,
              "a record has the fields of its kind");
    must_hold(carets + 1 <= STREAM_MAX_FIELDS,
              "a record has no more fields than the stream allows");
}

/* ---- The slow reader ---- */

struct slow {
    const char *bytes;
    size_t length, at; /* `at` is the end of the last record */
    char delimiter;
    bool compares; /* the bytes are such that it knows what to expect */
};

/* Only printable ASCII and line ends; no line that a spreadsheet adds; no form whose records may
 * repeat. */
static struct slow slow_begin(const uint8_t *data, size_t size,
                              const struct reader_options *options)
{
    struct slow slow = {(const char *)data, size, 0,
                        strcmp(options->format, "csv") == 0 ? ',' : '^', true};
    if (options->windows_1252 || strcmp(options->format, "xml") == 0)
        slow.compares = false;
    for (size_t i = 0; i < size && slow.compares; i++) {
        char c = slow.bytes[i];
        bool is_return = c == '\r' && i + 1 < size && slow.bytes[i + 1] == '\n';
        slow.compares = (c >= ' ' && c <= '~') || c == '\n' || is_return;
    }
    for (size_t i = 0; i + 4 <= size && slow.compares; i++)
        slow.compares = strncasecmp(slow.bytes + i, "sep=", 4) != 0;
    return slow;
}

static char slow_byte(const struct slow *slow, size_t at)
{
    return at < slow->length ? slow->bytes[at] : '\n';
}

static bool slow_ends(const struct slow *slow, size_t at)
{
    char c = slow_byte(slow, at);
    return c == '\n' || (c == '\r' && slow_byte(slow, at + 1) == '\n');
}

/* A field from slow->at on, which moves behind it. False where a quote stands where none may. */
static bool slow_field(struct slow *slow, struct text *field)
{
    text_clear(field);
    text_put(field, "", 0);
    bool good = true;
    if (slow_byte(slow, slow->at) == '"') {
        slow->at++;
        while (slow->at < slow->length) {
            if (slow_byte(slow, slow->at) == '"' && slow_byte(slow, slow->at + 1) != '"')
                break;
            slow->at += slow_byte(slow, slow->at) == '"';
            text_put(field, &slow->bytes[slow->at++], 1);
        }
        slow->at++;
        good = slow_ends(slow, slow->at) || slow_byte(slow, slow->at) == slow->delimiter;
    }
    while (!slow_ends(slow, slow->at) && slow_byte(slow, slow->at) != slow->delimiter) {
        good = good && slow_byte(slow, slow->at) != '"';
        text_put(field, &slow->bytes[slow->at++], 1);
    }
    return good;
}

static void compare_slowly(struct slow *slow, const struct reader_record *item)
{
    const struct record *record = &item->record;
    /* Rows of blanks and separators, also those of other formats, are no records. */
    for (; slow->at < item->offset; slow->at++)
        must_hold(strchr("\r\n \",;|^", slow_byte(slow, slow->at)) != NULL,
                  "no data stands between records");
    must_hold(slow->at == item->offset, "no record begins in another");
    struct text field = {0};
    char *value = cte_alloc(record->length + SCAN_SLACK);
    bool sound = true;
    for (size_t i = 0;; i++) {
        sound = slow_field(slow, &field) && sound;
        if (record->kind != NULL) {
            struct slice found = record_value_at(record, (int)i);
            memcpy(value, found.at, found.length);
            size_t length = record->escaped
                                ? (size_t)(stream_unescape(value, value, found.length) - value)
                                : found.length;
            must_hold(length == field.length && memcmp(value, field.bytes, length) == 0,
                      "both readers find the same field");
        }
        if (slow_ends(slow, slow->at))
            break;
        slow->at++;
    }
    must_hold(sound || item->defect != READER_SOUND, "a quote in a wrong place is a defect");
    must_hold(!sound || (item->defect != READER_STRAY_QUOTE && item->defect != READER_AFTER_QUOTE),
              "no defect of a quote is made up");
    /* After a defect, where the next record begins is the reader's own affair. */
    slow->compares = record->kind != NULL;
    free(value);
    text_free(&field);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const formats[] = {"caret", "csv", "xml"};
    if (size == 0)
        return 0;
    struct reader_options options = {.format = formats[data[0] % 3],
                                     .windows_1252 = (data[0] & 4) != 0};
    struct tables *tables = made_up_tables();
    if (data[0] & 8)
        options.layout = tables_layout(tables, "beta", NULL);
    struct slow slow = slow_begin(data + 1, size - 1, &options);
    struct source *source = NULL;
    struct reader *reader = NULL;
    struct cte_error error = {0};
    struct reader_record item = {0};
    const struct record *record = &item.record;
    uint64_t line = 0, records = 0;
    int status = source_open(in_memory(0, data + 1, size - 1), NULL, &source, &error);
    if (status == CTE_OK)
        status = reader_open(source, tables, &options, &reader, &error);
    while (status == CTE_OK) {
        status = reader_next(reader, &item, &error);
        if (status != CTE_OK || item.end)
            break;
        check_record(&item);
        uint64_t repeated = reader_repeated(reader, &(bool){false});
        slow.compares =
            slow.compares && repeated == 0 && strcmp(source_packing(source), "none") == 0;
        if (slow.compares)
            compare_slowly(&slow, &item);
        must_hold(record->line >= line && record->number == ++records &&
                      item.offset <= source_bytes(source),
                  "records come in order");
        line = record->line;
    }
    must_hold(status == error.status, "the status is that of the error");
    reader_close(reader);
    source_close(source);
    return 0;
}
