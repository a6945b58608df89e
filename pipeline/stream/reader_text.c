/* What bytes of a source may be, and a record that has to be rewritten. */
#include <stdio.h>
#include <string.h>

#include "pipeline/stream/reader_internal.h"

int reader_check_encoding(struct reader *reader, const char *bytes, size_t length,
                          struct cte_error *error)
{
    static const char advice[] = "save it as UTF-8 or ASCII text";
    /* By its mark; without one, by the zeros that stand where the half of each character is that
     * text here never needs. */
    const char *what = NULL;
    if (length >= 4 &&
        (memcmp(bytes, "\xff\xfe\0\0", 4) == 0 || memcmp(bytes, "\0\0\xfe\xff", 4) == 0 ||
         memcmp(bytes, "<\0\0\0", 4) == 0 || memcmp(bytes, "\0\0\0<", 4) == 0))
        what = "UTF-32";
    else if (length >= 2 &&
             (memcmp(bytes, "\xff\xfe", 2) == 0 || memcmp(bytes, "\xfe\xff", 2) == 0))
        what = "UTF-16";
    else if (length >= 4 && (bytes[0] == '\0') != (bytes[1] == '\0') &&
             (bytes[0] == '\0') == (bytes[2] == '\0') && (bytes[1] == '\0') == (bytes[3] == '\0'))
        what = "UTF-16";
    else if (length >= 4 && memcmp(bytes, "\x4c\x6f\xa7\x94", 4) == 0) /* <?xm */
        what = "EBCDIC";
    if (what != NULL) {
        char words[80];
        snprintf(words, sizeof words, "the file is %s; %s", what, advice);
        return reader_refuse(reader, 1, 0, error, words);
    }
    return CTE_OK;
}

bool is_padding(const char *bytes, size_t length)
{
    static const char bytes_of_padding[] = {'\0', 0x1a, '\r', '\n'};
    for (size_t i = 0; i < length; i++) {
        if (memchr(bytes_of_padding, bytes[i], sizeof bytes_of_padding) == NULL)
            return false;
    }
    return true;
}

bool is_utf8(const char *text, size_t length)
{
    const unsigned char *at = (const unsigned char *)text, *end = at + length;
    while (at < end) {
        if (*at < 0x80) {
            at++;
            continue;
        }
        unsigned more = *at >= 0xc2 && *at <= 0xdf   ? 1
                        : (*at & 0xf0) == 0xe0       ? 2
                        : *at >= 0xf0 && *at <= 0xf4 ? 3
                                                     : 0;
        if (more == 0 || (size_t)(end - at) <= more)
            return false;
        /* The second byte rules out overlong forms, surrogates and what lies above U+10FFFF. */
        unsigned char low = *at == 0xe0 ? 0xa0 : *at == 0xf0 ? 0x90 : 0x80;
        unsigned char high = *at == 0xed ? 0x9f : *at == 0xf4 ? 0x8f : 0xbf;
        if (at[1] < low || at[1] > high)
            return false;
        for (unsigned i = 2; i <= more; i++) {
            if ((at[i] & 0xc0) != 0x80)
                return false;
        }
        at += more + 1;
    }
    return true;
}

void scratch_begin(struct reader *reader)
{
    reader->scratch_used = 0;
    reader->scratch_escaped = false;
    reader->scratch_fields = 0;
}

void reader_give(const struct reader *reader, struct slice text, uint32_t caret_count,
                 struct reader_record *item)
{
    struct record *record = &item->record;
    record->text = text.at;
    record->length = text.length;
    record->field_count = caret_count + 1;
    record->start[0] = 0;
    memcpy(record->start + 1, reader->starts, caret_count * sizeof *reader->starts);
    record->start[caret_count + 1] = (uint32_t)text.length + 1;
}

void scratch_put(struct reader *reader, const char *value, size_t length)
{
    char *to = reader->scratch + reader->scratch_used;
    if (reader->scratch_fields++ > 0)
        *to++ = '^';
    /* Once one field needs escapes, all of the record is escaped; fields already written hold no
     * caret or line end, but may hold a backslash. */
    if (!reader->scratch_escaped && stream_needs_escape(value, length)) {
        bool only_backslash = memchr(value, '^', length) == NULL &&
                              memchr(value, '\n', length) == NULL &&
                              memchr(value, '\r', length) == NULL;
        if (!only_backslash) {
            reader->scratch_escaped = true;
            size_t backslashes = 0;
            for (const char *c = reader->scratch; c < to; c++)
                backslashes += *c == '\\';
            char *from = to;
            to += backslashes;
            for (char *back = to; backslashes > 0;) {
                *--back = *--from;
                if (*back == '\\') {
                    *--back = '\\';
                    backslashes--;
                }
            }
        }
    }
    if (reader->scratch_escaped) {
        to = stream_escape(to, value, length);
    } else {
        memcpy(to, value, length);
        to += length;
    }
    reader->scratch_used = (size_t)(to - reader->scratch);
}

bool scratch_field(struct reader *reader, const char *value, size_t length, bool *recoded)
{
    char converted[STREAM_MAX_RECORD * 3 + 16];
    if (!is_utf8(value, length)) {
        if (!reader->options.windows_1252)
            return false;
        if (reader->iconv == (iconv_t)-1) {
            reader->iconv = iconv_open("UTF-8", "WINDOWS-1252");
            if (reader->iconv == (iconv_t)-1)
                cte_die("this system's iconv does not know Windows-1252");
        }
        char *in = (char *)(uintptr_t)value, *out = converted;
        size_t in_left = length, out_left = sizeof converted;
        if (iconv(reader->iconv, &in, &in_left, &out, &out_left) == (size_t)-1) {
            iconv(reader->iconv, NULL, NULL, NULL, NULL);
            return false;
        }
        value = converted;
        length = (size_t)(out - converted);
        *recoded = true;
    }
    scratch_put(reader, value, length);
    return true;
}

struct scan_result scratch_scan(struct reader *reader)
{
    char *end = reader->scratch + reader->scratch_used;
    *end = '\n';
    memset(end + 1, 0, SCAN_SLACK);
    return scan_split(reader->scratch, end + 1, '^', reader->starts, STREAM_MAX_FIELDS);
}
