/* A source that is a workbook, made of its parts and packed here, so that sums and sizes are right.
 * The parts stand one after another with a byte of 1 between: what is inside the root of the
 * worksheet, of the shared texts, of the styles, and of the workbook, where a blank one has one
 * sheet. */
#include <stdlib.h>
#include <string.h>
#include <zip.h>

#include "codetables/base/text.h"
#include "pipeline/stream/reader.h"
#include "pipeline/stream/stream.h"
#include "tests/fuzz/fuzz.h"
#include "tests/unit/unit.h"

#define MAIN_NAMESPACE "\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\""
#define OFFICE "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
#define PACKAGE_NAMESPACE "\"http://schemas.openxmlformats.org/package/2006/relationships\""
#define RELATION(id, type, target)                                                                 \
    "<Relationship Id=\"" id "\" Type=\"" OFFICE "/" type "\" Target=\"" target "\"/>"

enum { PARTS = 4, BETWEEN = 1, LAST_ROW = 1 << 20 };

static const struct {
    const char *name, *root, *attributes, *otherwise;
} parts[PARTS] = {
    {"xl/sheet.xml", "worksheet", "", ""},
    {"xl/texts.xml", "sst", "", ""},
    {"xl/styles.xml", "styleSheet", "", ""},
    {"xl/book.xml", "workbook", " xmlns:r=\"" OFFICE "\"",
     "<sheets><sheet name=\"A\" sheetId=\"1\" r:id=\"s\"/></sheets>"},
};

/* The parts that say where these are. */
static const char root_relations[] =
    "<Relationships xmlns=" PACKAGE_NAMESPACE
    ">" RELATION("b", "officeDocument", "xl/book.xml") "</"
                                                       "Relationships>",
                  book_relations[] =
                      "<Relationships xmlns=" PACKAGE_NAMESPACE
                      ">" RELATION("s", "worksheet", "sheet.xml")
                          RELATION("t", "sharedStrings", "texts.xml")
                              RELATION("y", "styles", "styles.xml") "</Relationships>";

static void add_part(zip_t *archive, const char *name, const void *bytes, size_t length)
{
    zip_source_t *content = zip_source_buffer(archive, bytes, length, 0);
    const zip_int64_t index = zip_file_add(archive, name, content, ZIP_FL_ENC_UTF_8);
    if (index < 0 || zip_set_file_compression(archive, (zip_uint64_t)index, ZIP_CM_STORE, 0) != 0)
        abort();
}

/* The archive of the parts; to be freed. */
static char *pack_parts(const struct text contents[PARTS], size_t *length)
{
    zip_source_t *memory = zip_source_buffer_create(NULL, 0, 0, NULL);
    zip_t *archive = zip_open_from_source(memory, ZIP_TRUNCATE, NULL);
    if (archive == NULL)
        abort();
    zip_source_keep(memory);
    add_part(archive, "_rels/.rels", root_relations, sizeof root_relations - 1);
    add_part(archive, "xl/_rels/book.xml.rels", book_relations, sizeof book_relations - 1);
    for (size_t i = 0; i < PARTS; i++)
        add_part(archive, parts[i].name, contents[i].bytes, contents[i].length);
    zip_stat_t about;
    if (zip_close(archive) != 0 || zip_source_open(memory) != 0 ||
        zip_source_stat(memory, &about) != 0)
        abort();
    char *bytes = malloc((size_t)about.size);
    if (bytes == NULL || zip_source_read(memory, bytes, about.size) != (zip_int64_t)about.size)
        abort();
    *length = (size_t)about.size;
    zip_source_close(memory);
    zip_source_free(memory);
    return bytes;
}

static void take_parts(const char *data, size_t size, struct text contents[PARTS])
{
    const char *end = data + size;
    for (size_t i = 0; i < PARTS; i++) {
        const char *stop = memchr(data, BETWEEN, (size_t)(end - data));
        const char *here = stop != NULL && i + 1 < PARTS ? stop : end;
        text_format(&contents[i], "<%s xmlns=" MAIN_NAMESPACE "%s>", parts[i].root,
                    parts[i].attributes);
        if (here == data)
            text_add(&contents[i], parts[i].otherwise);
        text_put(&contents[i], data, (size_t)(here - data));
        text_format(&contents[i], "</%s>", parts[i].root);
        data = here < end ? here + 1 : end;
    }
}

static void check_record(const struct reader_record *item)
{
    const struct record *record = &item->record;
    must_hold((record->kind == NULL) == (item->defect != READER_SOUND),
              "a record has a kind exactly when it is sound");
    must_hold(memchr(record->text, '\n', record->length) == NULL,
              "the text of a record is one line of a stream");
    must_hold(record->length < STREAM_BUFFER - 64, "a record fits the stream's buffer");
    must_hold(record->kind == NULL || record->field_count == record->kind->all_fields,
              "a record has the fields of its kind");
    must_hold(record->field_count <= STREAM_MAX_FIELDS, "and no more than a stream allows");
    must_hold(item->offset == READER_NO_BYTE, "it stands in no bytes of its own");
}

static void read_book(const char *bytes, size_t length)
{
    const struct reader_options options = {.format = "xlsx"};
    struct source *source = NULL;
    struct reader *reader = NULL;
    struct cte_error error = {0};
    struct reader_record item = {0};
    uint64_t line = 0, records = 0;
    int status = source_open(in_memory(0, bytes, length), NULL, &source, &error);
    if (status == CTE_OK)
        status = reader_open(source, made_up_tables(), &options, &reader, &error);
    while (status == CTE_OK) {
        status = reader_next(reader, &item, &error);
        if (status != CTE_OK || item.end)
            break;
        check_record(&item);
        must_hold(item.record.line > line && item.record.line <= LAST_ROW &&
                      item.record.number == ++records,
                  "records come in order");
        line = item.record.line;
    }
    must_hold(status == error.status, "the status is that of the error");
    must_hold(status == CTE_OK || status == CTE_BAD_INPUT || status == CTE_NO_INPUT,
              "a source is good, bad or empty");
    reader_close(reader);
    source_close(source);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct text contents[PARTS] = {{0}};
    size_t length;
    take_parts((const char *)data, size, contents);
    char *bytes = pack_parts(contents, &length);
    read_book(bytes, length);
    free(bytes);
    for (size_t i = 0; i < PARTS; i++)
        text_free(&contents[i]);
    return 0;
}
