/* The record stream: what is written is read again; what was cut off, changed or made up is
 * refused. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <libdeflate.h>
#include <zlib.h>

#include "pipeline/stream/checksum.h"
#include "pipeline/stream/stream.h"
#include "tests/unit/unit.h"
#include "codetables/base/memory.h"

/* ---- reading, written down ---- */

static void add_reference(struct text *events, struct stream_reference reference)
{
    text_format(events, "%u.%u", reference.program, reference.number);
}

static void add_record(struct text *events, struct stream_in *in)
{
    const struct record *record = &in->record;
    text_format(events, "%c%s %llu %s", record->state, record->escaped ? "~" : "",
                (unsigned long long)record->line,
                record->kind != NULL ? kind_type(record->kind) : "-");
    for (uint32_t i = 0; i < record->field_count; i++) {
        struct slice field = record_value(record, i);
        text_put(events, "|", 1);
        text_put(events, field.at, field.length);
    }
    text_put(events, "\n", 1);
    const struct stream_past *past = stream_past(in, record);
    for (size_t i = 0; i < past->count; i++) {
        const struct stream_history *entry = &past->lines[i];
        text_format(events, " %c%s ", entry->letter, entry->escaped ? "~" : "");
        add_reference(events, entry->reference);
        text_format(events, " %s ",
                    entry->row != NULL    ? entry->row->field
                    : entry->rule != NULL ? entry->rule->id
                                          : "?");
        text_put(events, entry->value.at, entry->value.length);
        text_put(events, "\n", 1);
    }
}

static int read_stream(const char *path, struct text *events)
{
    struct stream_in in = {0};
    struct cte_error error = {0};
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    int status = stream_in_open(&in, fd, made_up_tables(), &error);
    for (bool more = true; status == CTE_OK && more;) {
        enum stream_item item;
        status = stream_next(&in, &item, &error);
        if (status != CTE_OK)
            break;
        if (item == STREAM_RECORD)
            add_record(events, &in);
        else if (item == STREAM_REFUSED)
            text_format(events, "refused %d\n", in.refused_status);
        else if (item == STREAM_END)
            text_format(events, "end %llu\n", (unsigned long long)in.records);
        if (item == STREAM_END || item == STREAM_REFUSED)
            status = stream_in_next(&in, &more, &error);
    }
    close(fd);
    stream_in_close(&in);
    CHECK(status == error.status, "status %d, but the error says %d", status, error.status);
    return status;
}

/* ---- writing ---- */

static struct kind kind_in(const char *layout_id, size_t fields, const struct kind *from)
{
    const struct layout *layout = tables_layout(made_up_tables(), layout_id, NULL);
    struct kind kind = {.form = layout_form(layout, "upload"), .fields = fields, .from = from};
    kind.record = layout_record(layout, "ABCD", 4, &kind.type_index);
    return kind;
}

static void put_record(struct stream_out *out, char letter, struct stream_reference kind,
                       unsigned line, const char *fields)
{
    char *text = cte_format("%c%u.%u %u^%s\n", letter, kind.program, kind.number, line, fields);
    stream_put(out, text, strlen(text));
    free(text);
    out->records++;
}

static void put_change(struct stream_out *out, struct stream_reference row, const char *before)
{
    char *text = cte_format("C%u.%u^%s\n", row.program, row.number, before);
    stream_put(out, text, strlen(text));
    free(text);
}

static struct stream_reference define_row(struct stream_out *out)
{
    return stream_define_row(out, &(struct stream_row){.field = "1.03",
                                                       .name = "Hue^Code",
                                                       .after = "100",
                                                       .crosswalk = "paint",
                                                       .version = "1",
                                                       .row = "1",
                                                       .reason = "renamed\n\\"});
}

static char *stream_bytes(int fd, size_t *length)
{
    char *path = cte_format("/proc/self/fd/%d", fd);
    char *bytes = read_file(path, length);
    free(path);
    return bytes;
}

/* A small stream with one of everything. The caller frees the bytes. */
static char *small_stream(size_t *length)
{
    char *path = test_path("stream");
    int fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    struct stream_out out;
    struct cte_error error = {0};
    stream_out_open(&out, fd);
    stream_out_begin(&out);
    stream_control(&out, "source", "S", "a/S.txt", "caret", "none", "utf-8", NULL);
    stream_introduce(&out, 0, "first");
    const struct stream_reference none = {0, 0};
    struct kind received = kind_in("alpha", 4, NULL), converted = kind_in("gamma", 6, &received);
    const struct stream_reference alpha = received.reference = stream_define_kind(&out, &received),
                                  gamma = stream_define_kind(&out, &converted);
    struct stream_reference row = define_row(&out), again = define_row(&out);
    struct stream_reference rule =
        stream_define_rule(&out, &(struct stream_rule){.id = "RULE1",
                                                       .severity = SEVERITY_WARNS,
                                                       .field = "1.03",
                                                       .name = "Hue",
                                                       .message = "a^b",
                                                       .choices = ""});
    CHECK(row.program == again.program && row.number == again.number,
          "a row that is defined twice is two rows");
    put_record(&out, 'R', alpha, 1, "ABCD^2001-2002^r^x\\c");
    put_record(&out, 'r', alpha, 2, "ABCD^2001-2002^\\c\\n^");
    put_record(&out, 'R', gamma, 3, "ABCD^2001-2002^1^100^2001-2002^K");
    put_change(&out, row, "r");
    stream_finding(&out, rule, "");
    stream_finding(&out, rule, "two\nlines^");
    put_record(&out, 'X', none, 4, "what^ever");
    put_record(&out, 'H', alpha, 5, "ABCD^2001-2002^b^");
    stream_finding(&out, rule, "");
    stream_control(&out, "counts", "first", "records=5", NULL);
    CHECK(stream_out_finish(&out, &error) == CTE_OK, "%s", error.text);
    stream_out_close(&out);
    char *bytes = stream_bytes(fd, length);
    close(fd);
    free(path);
    return bytes;
}

static const char small_events[] =
    "R 1 ABCD|ABCD|2001-2002|r|x\\c\nR~ 2 ABCD|ABCD|2001-2002|\\c\\n|\n"
    "R 3 ABCD|ABCD|2001-2002|1|100|2001-2002|K\n C 1.1 1.03 r\n F 1.1 RULE1 \n F~ "
    "1.1 RULE1 two\\nlines\\c\n"
    "X 4 -|what|ever\nH 5 ABCD|ABCD|2001-2002|b|\n F 1.1 RULE1 \nend 5\n";

static void what_is_written_is_read(void)
{
    size_t length;
    char *bytes = small_stream(&length);
    struct text events = {0};
    for (size_t split = 0; split < length + 20; split++) {
        struct pieces pieces = split < length
                                   ? (struct pieces){split, 0, 0}
                                   : (struct pieces){split - length + 1, split - length + 1, 3};
        const char *path = in_memory(1, bytes, length);
        text_clear(&events);
        cut_reads(pieces);
        int status = read_stream(path, &events);
        whole_again();
        if (!CHECK(status == CTE_OK, "split at %zu: status %d", split, status) ||
            !CHECK_TEXT("stream", small_events, text_string(&events)))
            break;
    }
    text_free(&events);
    free(bytes);
}

static void every_truncation_is_refused(void)
{
    size_t length;
    char *bytes = small_stream(&length);
    struct text events = {0};
    for (size_t kept = 0; kept < length; kept++) {
        text_clear(&events);
        int status = read_stream(in_memory(1, bytes, kept), &events);
        CHECK(status == CTE_BAD_INPUT, "%zu bytes of %zu: status %d", kept, length, status);
    }
    text_free(&events);
    free(bytes);
}

/* Three streams on one descriptor: two that define the same references anew, and one between them
 * that was refused. To be freed. */
static char *small_sequence(size_t *length)
{
    struct text text = {0};
    size_t one_length;
    char *one = small_stream(&one_length);
    const char *const first_line = "%cte-stream^1\n";
    const size_t head = strlen(first_line), tail = strlen("%end^5^00000000\n");
    for (int number = 1; number <= 3; number++) {
        struct text stream = {0};
        text_format(&stream, "%s%%sequence^%d\n", first_line, number);
        if (number == 2) {
            text_add(&stream, "%refused^66^cte-read: x: there is none\n");
        } else {
            text_put(&stream, one + head, one_length - head - tail);
            const uint32_t crc = libdeflate_crc32(0, stream.bytes, stream.length);
            text_format(&stream, "%%end^5^%08x\n", crc);
        }
        text_put(&text, stream.bytes, stream.length);
        text_free(&stream);
    }
    text_add(&text, "%streams^3\n");
    free(one);
    *length = text.length;
    return text_take(&text);
}

static void sequences_are_read_whole(void)
{
    size_t length, one_length;
    char *one = small_stream(&one_length), *bytes = small_sequence(&length);
    struct text events = {0}, wanted = {0};
    CHECK(read_stream(in_memory(1, one, one_length), &wanted) == CTE_OK, "one stream");
    char *once = cte_strdup(text_string(&wanted));
    text_format(&wanted, "refused 66\n%s", once);
    CHECK(read_stream(in_memory(1, bytes, length), &events) == CTE_OK &&
              strcmp(text_string(&events), text_string(&wanted)) == 0,
          "three streams");
    for (size_t kept = 0; kept < length; kept++) {
        text_clear(&events);
        CHECK(read_stream(in_memory(1, bytes, kept), &events) == CTE_BAD_INPUT, "%zu bytes of %zu",
              kept, length);
    }
    free(once);
    free(one);
    free(bytes);
    text_free(&wanted);
    text_free(&events);
}

/* Eight flips of each byte. Only the trailer does not stand under its own sum. */
static void every_changed_byte_is_refused(void)
{
    size_t length;
    char *bytes = small_stream(&length);
    struct text events = {0};
    const char *trailer = bytes + length - strlen("%end^5^00000000\n");
    for (size_t at = 0; at < length; at++) {
        for (unsigned bit = 0; bit < 8; bit++) {
            bytes[at] = (char)((unsigned char)bytes[at] ^ (1U << bit));
            text_clear(&events);
            int status = read_stream(in_memory(1, bytes, length), &events);
            CHECK(status != CTE_OK, "byte %zu changed to %02x%s is accepted", at,
                  (unsigned char)bytes[at], bytes + at >= trailer ? " (in the trailer)" : "");
            bytes[at] = (char)((unsigned char)bytes[at] ^ (1U << bit));
        }
    }
    text_free(&events);
    free(bytes);
}

/* The lines with the right trailer after them. */
static const char *sealed(const char *lines, size_t length, const char *count)
{
    struct text text = {0};
    text_put(&text, lines, length);
    text_format(&text, "%%end^%s^%08lx\n", count,
                crc32(0, (const Bytef *)text.bytes, (uInt)text.length));
    const char *path = in_memory(2, text.bytes, text.length);
    text_free(&text);
    return path;
}

#define BEGIN "%cte-stream^1\n%program^p^1\n%kind^1.1^alpha^ABCD^upload^4^0.0\n"

static void made_up_streams(void)
{
    static const struct {
        const char *name, *lines, *count;
        int status;
    } cases[] = {
        {"nothing in it", BEGIN, "0", CTE_OK},
        {"one record", BEGIN "R1.1 1^a^b^c^d\n", "1", CTE_OK},
        {"an unknown control line passes", BEGIN "%new-thing^x\nR1.1 1^a^b^c^d\n", "1", CTE_OK},
        {"too few", BEGIN "R1.1 1^a^b^c^d\n", "0", CTE_BAD_INPUT},
        {"too many", BEGIN "R1.1 1^a^b^c^d\n", "2", CTE_BAD_INPUT},
        {"no number", BEGIN, "", CTE_BAD_INPUT},
        {"another version", "%cte-stream^2\n", "0", CTE_BAD_INPUT},
        {"no first line", "%program^p^1\n", "0", CTE_BAD_INPUT},
        {"a kind nobody defined", BEGIN "R1.2 1^a^b^c^d\n", "1", CTE_BAD_INPUT},
        {"a kind of a program that is not there", BEGIN "R2.1 1^a^b^c^d\n", "1", CTE_BAD_INPUT},
        {"a kind far away", BEGIN "R999999999.999999999 1^a^b^c^d\n", "1", CTE_BAD_INPUT},
        {"another number of fields than the kind", BEGIN "R1.1 1^a^b^c\n", "1", CTE_BAD_INPUT},
        {"no fields", BEGIN "R1.1 1\n", "1", CTE_BAD_INPUT},
        {"no line number", BEGIN "R1.1 ^a^b^c^d\n", "1", CTE_BAD_INPUT},
        {"a line number of letters", BEGIN "R1.1 1x^a^b^c^d\n", "1", CTE_BAD_INPUT},
        {"line nought", BEGIN "R1.1 0^a^b^c^d\n", "1", CTE_BAD_INPUT},
        {"a line number with a nought before it", BEGIN "R1.1 01^a^b^c^d\n", "1", CTE_BAD_INPUT},
        {"a line number beyond all lines", BEGIN "R1.1 18446744073709551617^a^b^c^d\n", "1",
         CTE_BAD_INPUT},
        {"a line number of eight digits", BEGIN "R1.1 98765432^a^b^c^d\n", "1", CTE_OK},
        {"a line number of nine digits", BEGIN "R1.1 987654321^a^b^c^d\n", "1", CTE_OK},
        {"a letter behind seven digits", BEGIN "R1.1 1234567x^a^b^c^d\n", "1", CTE_BAD_INPUT},
        {"a letter behind eight digits", BEGIN "R1.1 12345678x^a^b^c^d\n", "1", CTE_BAD_INPUT},
        {"no blank", BEGIN "R1.1^a^b^c^d\n", "1", CTE_BAD_INPUT},
        {"no reference", BEGIN "R 1^a^b^c^d\n", "1", CTE_BAD_INPUT},
        {"a line that begins with nothing known", BEGIN "Q1.1 1^a^b^c^d\n", "0", CTE_BAD_INPUT},
        {"an empty line", BEGIN "\n", "0", CTE_BAD_INPUT},
        {"a history without a record", BEGIN "C1.1^x\n", "0", CTE_BAD_INPUT},
        {"kinds out of order", BEGIN "%kind^1.3^alpha^ABCD^upload^4^0.0\n", "0", CTE_BAD_INPUT},
        {"a kind twice", BEGIN "%kind^1.1^alpha^ABCD^upload^4^0.0\n", "0", CTE_BAD_INPUT},
        {"a kind without fields", BEGIN "%kind^1.2^alpha\n", "0", CTE_BAD_INPUT},
        {"a kind with more fields than the layout", BEGIN "%kind^1.2^alpha^ABCD^upload^5^0.0\n",
         "0", CTE_BAD_TABLE},
        {"a kind with no fields", BEGIN "%kind^1.2^alpha^ABCD^upload^0^0.0\n", "0", CTE_BAD_TABLE},
        {"an unknown layout", BEGIN "%kind^1.2^delta^ABCD^upload^4^0.0\n", "0", CTE_BAD_TABLE},
        {"an unknown record type", BEGIN "%kind^1.2^alpha^WXYZ^upload^4^0.0\n", "0", CTE_BAD_TABLE},
        {"an unknown form", BEGIN "%kind^1.2^alpha^ABCD^other^4^0.0\n", "0", CTE_BAD_TABLE},
        {"a row of program nought", BEGIN "%row^0.1^1.03^n^a^c^v^1^r\n", "0", CTE_BAD_INPUT},
        {"a row of a program too far", BEGIN "%row^16.1^1.03^n^a^c^v^1^r\n", "0", CTE_BAD_INPUT},
        {"a row that is too short", BEGIN "%row^1.1^1.03\n", "0", CTE_BAD_INPUT},
        {"a rule that is too short", BEGIN "%rule^1.1^X\n", "0", CTE_BAD_INPUT},
        {"a rule out of order", BEGIN "%rule^1.2^X^F^^^m\n", "0", CTE_BAD_INPUT},
        {"eighteen programs",
         BEGIN "%program^b^1\n%program^c^1\n%program^d^1\n%program^e^1\n%program^f^1\n%program^g^"
               "1\n%program^h^1\n"
               "%program^i^1\n%program^j^1\n%program^k^1\n%program^l^1\n%program^m^1\n%program^n^"
               "1\n%program^o^1\n"
               "%program^p^1\n%program^q^1\n%program^r^1\n",
         "0", CTE_BAD_INPUT},
    };
    struct text events = {0};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        text_clear(&events);
        int status =
            read_stream(sealed(cases[i].lines, strlen(cases[i].lines), cases[i].count), &events);
        CHECK(status == cases[i].status, "%s: status %d, expected %d", cases[i].name, status,
              cases[i].status);
    }
    /* Something after the trailer. */
    size_t length;
    char *whole = read_file(sealed(BEGIN, strlen(BEGIN), "0"), &length);
    struct text more = {0};
    text_put(&more, whole, length);
    text_put(&more, "\n", 1);
    CHECK(read_stream(in_memory(1, more.bytes, more.length), &events) == CTE_BAD_INPUT,
          "a byte after the end is accepted");
    free(whole);
    text_free(&more);
    /* A refusal ends a stream without a trailer, and what follows it is not looked at. */
    static const char refused[] = "%cte-stream^1\n%refused^66\n";
    text_clear(&events);
    CHECK(read_stream(in_memory(1, refused, sizeof refused - 1), &events) == CTE_OK,
          "a refused stream cannot be read");
    CHECK_TEXT("refused stream", "refused 66\n", text_string(&events));
    /* A status with which no program ends that failed, or a word, would let a stream that was cut
     * short pass for a whole one. */
    static const char *const none[] = {"0",
                                       "1",
                                       "x",
                                       "",
                                       "65x",
                                       "-65",
                                       "+65",
                                       " 65",
                                       "065x",
                                       "99",
                                       "256",
                                       "321",
                                       "18446744073709551681"};
    for (size_t i = 0; i < sizeof none / sizeof *none; i++) {
        struct text text = {0};
        text_format(&text, "%%cte-stream^1\n%%refused^%s\n", none[i]);
        text_clear(&events);
        CHECK(read_stream(in_memory(1, text.bytes, text.length), &events) == CTE_BAD_INPUT,
              "refused with '%s' is taken", none[i]);
        text_free(&text);
    }
    static const char sound[] = "%cte-stream^1\n%program^p^1\n%part^1^2^3\n%part^00ff\n%note^1^"
                                "text\n%counts^p^a=1^b=2\n"
                                "%content^1^ab\n%fieldsum^a^b^c^0f^\n%map^a^b^c^1^0\n%decision^2^1^"
                                "0^0^\n%unasked^ABCD^7^more\n";
    text_clear(&events);
    CHECK(read_stream(sealed(sound, sizeof sound - 1, "0"), &events) == CTE_OK,
          "sound control lines are refused");
    static const char *const damaged[] = {"%refused",
                                          "%refused^65^why^more",
                                          "%part^1^2^x",
                                          "%part^1^2",
                                          "%part^",
                                          "%part^g",
                                          "%note^one^text",
                                          "%note^1",
                                          "%counts",
                                          "%counts^p^a",
                                          "%counts^p^a=",
                                          "%counts^p^a=1^b=x",
                                          "%content^1x^abc",
                                          "%content^",
                                          "%fieldsum^a^b^c^",
                                          "%map^a^b^c^1",
                                          "%map^a^b^c^1^-1",
                                          "%decision^2^1^0^0",
                                          "%decision^x^1^0^0^",
                                          "%unasked^ABCD^",
                                          "%kind^1.1^alpha^ABCD^upload^4x^0.0"};
    for (size_t i = 0; i < sizeof damaged / sizeof *damaged; i++) {
        struct text text = {0};
        text_format(&text, "%%cte-stream^1\n%%program^p^1\n%s\n", damaged[i]);
        text_clear(&events);
        CHECK(read_stream(sealed(text.bytes, text.length, "0"), &events) == CTE_BAD_INPUT,
              "'%s' is taken", damaged[i]);
        text_free(&text);
    }
    text_free(&events);
}

/* A record and its history at every place around the edge of the buffer, then groups larger than
 * the buffer. */
static void groups_across_block_edges(void)
{
    static const char group[] = "R1.1 77^a^b^c^d\nC1.1^before\nF1.1^\nf1.1^w\\n\n";
    static const char begin[] = BEGIN "%row^1.1^1.03^n^a^c^v^1^r\n%rule^1.1^RULE^W^^^m\n";
    static const char expected[] = "R 77 ABCD|a|b|c|d\n C 1.1 1.03 before\n F 1.1 RULE \n F~ 1.1 "
                                   "RULE w\\n\nR 78 ABCD|||\x7f|\n";
    struct text lines = {0}, events = {0};
    for (size_t before = 0; before <= sizeof group; before++) {
        unsigned records = 2;
        text_clear(&lines);
        text_format(&lines, "%s", begin);
        while (STREAM_BUFFER - before - lines.length > 100) {
            text_format(&lines, "R1.1 1^%060u^^^\n", records);
            records++;
        }
        records++;
        size_t pad = STREAM_BUFFER - before - lines.length - 11;
        text_format(&lines, "R1.1 1^%0*u^^^\n", (int)pad, 1U);
        CHECK(lines.length == STREAM_BUFFER - before, "the test is wrong: %zu bytes", lines.length);
        text_format(&lines, "%sR1.1 78^^^\x7f^\n", group);
        char *count = cte_format("%u", records);
        text_clear(&events);
        int status = read_stream(sealed(lines.bytes, lines.length, count), &events);
        const char *tail = strstr(events.bytes, "R 77 ");
        char *want = cte_format("%send %s\n", expected, count);
        bool good = CHECK(status == CTE_OK, "%zu before the edge: status %d", before, status) &&
                    CHECK_TEXT("group at the edge", want, tail != NULL ? tail : "(not there)");
        free(want);
        free(count);
        if (!good)
            break;
    }
    for (size_t history = 1000; history < STREAM_MAX_GROUP; history *= 3) {
        text_clear(&lines);
        text_format(&lines, "%sR1.1 77^a^b^c^d\n", begin);
        while (lines.length < history)
            text_format(&lines, "C1.1^%0200u\n", 1U);
        text_clear(&events);
        CHECK(read_stream(sealed(lines.bytes, lines.length, "1"), &events) == CTE_OK,
              "a history of %zu bytes is refused", history);
    }
    /* A line without end is refused, not read into memory for ever. */
    text_clear(&lines);
    text_format(&lines, "%sR1.1 77^a^b^c^", begin);
    while (lines.length < 2 * STREAM_MAX_GROUP)
        text_format(&lines, "%01000u", 1U);
    text_put(&lines, "\n", 1);
    CHECK(read_stream(sealed(lines.bytes, lines.length, "1"), &events) == CTE_BAD_INPUT,
          "a record of 8 MiB is accepted");
    text_free(&lines);
    text_free(&events);
}

/* ---- escapes ---- */

static void escapes_are_inverse(void)
{
    struct dice dice = {21};
    static const char alphabet[] = "^\n\r\\cnr\\ab";
    for (unsigned run = 0; run < 20000; run++) {
        char value[40], escaped[80], back[80];
        size_t length = roll(&dice, sizeof value);
        bool needs = false;
        for (size_t i = 0; i < length; i++) {
            value[i] =
                run % 2 ? (char)roll(&dice, 256) : alphabet[roll(&dice, sizeof alphabet - 1)];
            needs = needs || value[i] == '^' || value[i] == '\n' || value[i] == '\r' ||
                    value[i] == '\\';
        }
        size_t middle = (size_t)(stream_escape(escaped, value, length) - escaped);
        size_t end = (size_t)(stream_unescape(back, escaped, middle) - back);
        if (!CHECK(end == length && memcmp(back, value, length) == 0, "run %u does not come back",
                   run) ||
            !CHECK(memchr(escaped, '^', middle) == NULL && memchr(escaped, '\n', middle) == NULL &&
                       memchr(escaped, '\r', middle) == NULL,
                   "run %u: an escaped value holds what it must not", run) ||
            !CHECK(stream_needs_escape(value, length) == needs && needs == (middle != length),
                   "run %u: stream_needs_escape()", run))
            return;
        size_t in_place = (size_t)(stream_unescape(escaped, escaped, middle) - escaped);
        if (!CHECK(in_place == length && memcmp(escaped, value, length) == 0,
                   "run %u does not come back in place", run))
            return;
    }
}

static void control_lines(void)
{
    static const struct {
        const char *line;
        size_t room, count;
        const char *fields;
    } cases[] = {
        {"%a^b^c", 10, 3, "a|b|c"},
        {"%a", 10, 1, "a"},
        {"%", 10, 1, ""},
        {"%a^^", 10, 3, "a||"},
        {"%a^x\\cy^\\n\\\\", 10, 3, "a|x^y|\n\\"},
        {"%a^b^c^d", 2, 2, "a|b"},
        {"%a^\\", 10, 2, "a|\\"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *fields[10], *memory;
        size_t count = stream_split_control((struct slice){cases[i].line, strlen(cases[i].line)},
                                            fields, cases[i].room, &memory);
        struct text joined = {0};
        text_clear(&joined);
        for (size_t f = 0; f < count; f++)
            text_format(&joined, "%s%s", f > 0 ? "|" : "", fields[f]);
        CHECK(count == cases[i].count, "%s: %zu fields", cases[i].line, count);
        CHECK_TEXT(cases[i].line, cases[i].fields, text_string(&joined));
        text_free(&joined);
        free(memory);
    }
}

static void numbers(void)
{
    static const uint64_t cases[] = {0, 1, 9, 10, 99, 100, 4294967295U, 4294967296U, UINT64_MAX};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char got[24], *want = cte_format("%llu", (unsigned long long)cases[i]);
        *put_number(got, cases[i]) = '\0';
        CHECK_TEXT("number", want, got);
        free(want);
    }
}

/* ---- a system that does not play along ---- */

static int write_records(int fd, unsigned records)
{
    struct stream_out out;
    struct cte_error error = {0};
    stream_out_open(&out, fd);
    stream_out_begin(&out);
    for (unsigned i = 0; i < records; i++)
        put_record(&out, 'X', (struct stream_reference){0, 0}, i + 1, "a^b");
    int status = stream_out_finish(&out, &error);
    stream_out_close(&out);
    return status;
}

static void writes_in_pieces_and_failing(void)
{
    char *path = test_path("stream-pieces");
    int fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    struct text events = {0};
    cut_writes((struct pieces){1, 997, 4});
    int status = write_records(fd, 50000);
    whole_again();
    CHECK(status == CTE_OK, "writes in pieces: status %d", status);
    CHECK(read_stream(path, &events) == CTE_OK && strstr(events.bytes, "end 50000\n") != NULL,
          "what was written in pieces is not whole");
    static const size_t budgets[] = {0, 1, STREAM_BUFFER, STREAM_BUFFER + 1};
    for (size_t i = 0; i < sizeof budgets / sizeof *budgets; i++) {
        fail_writes(ENOSPC, budgets[i]);
        status = write_records(fd, 50000);
        whole_again();
        CHECK(status == CTE_IO, "disk full after %zu bytes: status %d", budgets[i], status);
    }
    fail_writes(ENOSPC, 0);
    status = write_records(fd, 1);
    whole_again();
    CHECK(status == CTE_IO, "disk full with all in the buffer: status %d", status);
    fail_reads(EIO, 100);
    status = read_stream(path, &events);
    whole_again();
    CHECK(status == CTE_IO, "a read error: status %d", status);
    close(fd);
    free(path);
    text_free(&events);
}

/* Of any length, from any byte on, whatever was summed before: that of zlib. */
static void checksums_are_those_of_zlib(void)
{
    enum { MOST = 1400, STARTS = 64, LARGE = 1 << 20 };
    struct dice dice = {7};
    unsigned char *bytes = cte_alloc(LARGE);
    for (size_t i = 0; i < LARGE; i++)
        bytes[i] = (unsigned char)roll(&dice, 256);
    for (size_t length = 0; length <= MOST; length++) {
        const unsigned char *at = bytes + length % STARTS;
        const uint32_t before = length % 3 == 0 ? 0 : (uint32_t)roll(&dice, UINT32_MAX);
        const uint32_t got = stream_checksum(before, at, length),
                       want = (uint32_t)crc32(before, at, (uInt)length);
        if (!CHECK(got == want, "%zu bytes after %08x: %08x, not %08x", length, before, got, want))
            break;
    }
    CHECK(stream_checksum(0, bytes, LARGE) == crc32(0, bytes, LARGE), "a large piece");
    memset(bytes, 0, LARGE);
    CHECK(stream_checksum(0, bytes, LARGE) == crc32(0, bytes, LARGE), "noughts");
    free(bytes);
}

void add_stream_suite(void)
{
    static const CU_TestInfo tests[] = {
        {"what is written is read, at every split", what_is_written_is_read},
        {"every truncation is refused", every_truncation_is_refused},
        {"sequences are read whole", sequences_are_read_whole},
        {"every changed byte is refused", every_changed_byte_is_refused},
        {"made-up streams", made_up_streams},
        {"groups across the edges of the buffer", groups_across_block_edges},
        {"escapes are inverse", escapes_are_inverse},
        {"control lines", control_lines},
        {"numbers", numbers},
        {"checksums are those of zlib", checksums_are_those_of_zlib},
        {"writes in pieces, and failing", writes_in_pieces_and_failing},
        {NULL, NULL},
    };
    add_suite("stream", NULL, NULL, tests);
}
