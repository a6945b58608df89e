#include "pipeline/stream/look.h"

#include <stdint.h>
#include <string.h>
#include <strings.h>

static const char advice_extract[] = "give the extract itself, as text";
static const char advice_unpack[] = "unpack it, or pack the extract with gzip or zip";
static const char advice_office[] = "save the sheet as CSV, or export the extract again";
static const char advice_own[] =
    "give the extract that CALPADS or the student information system made";

/* Files that are no text, by the bytes at their start. */
static const struct {
    size_t offset;
    const char *bytes;
    size_t length;
    struct look look;
} kinds[] = {
#define BYTES(text) text, sizeof text - 1
    {0, BYTES("%PDF-"), {"a PDF document", advice_extract}},
    {0, BYTES("{\\rtf"), {"a document of a word processor (RTF)", advice_extract}},
    {0,
     BYTES("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"),
     {"an old workbook or document of Office (.xls, .doc)", advice_office}},
    {0, BYTES("PK\3\4"), {"a zip archive or workbook inside another packing", advice_unpack}},
    {0, BYTES("\x1f\x8b"), {"a gzip file inside another packing", advice_unpack}},
    {0,
     BYTES("\xfd"
           "7zXZ"),
     {"a file packed by xz", advice_unpack}},
    {4, BYTES("1AY&SY"), {"a file packed by bzip2", advice_unpack}},
    {0, BYTES("7z\xbc\xaf\x27\x1c"), {"a 7-Zip archive", advice_unpack}},
    {0, BYTES("Rar!\x1a\x07"), {"a RAR archive", advice_unpack}},
    {0, BYTES("\x28\xb5\x2f\xfd"), {"a file packed by zstd", advice_unpack}},
    {0, BYTES("\x04\x22\x4d\x18"), {"a file packed by lz4", advice_unpack}},
    {0, BYTES("LZIP"), {"a file packed by lzip", advice_unpack}},
    {0, BYTES("\x1f\x9d"), {"a file packed by compress", advice_unpack}},
    {257, BYTES("ustar"), {"a tar archive", advice_unpack}},
    {0, BYTES("-----BEGIN PGP"), {"an encrypted or signed message (PGP)", "decrypt it first"}},
    {0, BYTES("SQLite format 3"), {"a database (SQLite)", advice_extract}},
    {0, BYTES("\x89PNG"), {"a picture", advice_extract}},
    {0, BYTES("\xff\xd8\xff"), {"a picture", advice_extract}},
    {0, BYTES("GIF8"), {"a picture", advice_extract}},
};

/* What this project writes, by how it begins. */
static const struct {
    const char *start, *end; /* of the first line; end NULL: any */
    struct look look;
} own[] = {
    {SHORT_ROWS_HEADER, NULL, {"a list of changes or findings of a run", advice_own}},
    {CHANGES_HEADER, NULL, {"the list of changes of a run of this program", advice_own}},
    {FINDINGS_HEADER, NULL, {"the list of findings of a run of this program", advice_own}},
    {"lea,year,record,school,", NULL, {"a decisions file", "name it with --decisions"}},
    {"rollup,", ",records", {"a roll-up of a run of this program", advice_own}},
    {"year,lea,school,", ",outcome,records", {"a roll-up of a run of this program", advice_own}},
    {"kind,record,before_line,", NULL, {"a list of differences that cte-diff wrote", advice_own}},
    {"%cte-stream^",
     NULL,
     {"a record stream of this program", "give it to the next stage, or give the extract itself"}},
    {"%cte-index^", NULL, {"an index of cte-index", "name it with --index"}},
};

/* The same for XML, by the name of the first element. */
static const struct {
    const char *root;
    struct look look;
} own_roots[] = {
    {"run", {"the manifest of a run of this program", advice_own}},
    {"layout", {"a code table", "put it into the folder of code tables"}},
    {"codeset", {"a code table", "put it into the folder of code tables"}},
    {"crosswalk", {"a code table", "put it into the folder of code tables"}},
    {"rules", {"a code table", "put it into the folder of code tables"}},
    {"rollups", {"a code table", "put it into the folder of code tables"}},
    {"job", {"a job", "name it with --job"}},
    {"differences", {"a list of differences that cte-diff wrote", advice_own}},
};

/* What parts the fields of the first line, where that is not what the format says. */
static const struct {
    char delimiter;
    const char *format; /* in which it is no surprise */
    struct look look;
} delimiters[] = {
    {'^',
     "caret",
     {"a caret-separated file",
      "name it .txt, or say --format caret (cte-run: --input-format caret)"}},
    {',',
     "csv",
     {"a comma-separated file", "name it .csv, or say --format csv (cte-run: --input-format csv)"}},
    {'\t', "", {"a tab-separated file", "export it with carets or commas between the fields"}},
    {';', "", {"a semicolon-separated file", "export it with carets or commas between the fields"}},
    {'|',
     "",
     {"a file with bars between the fields", "export it with carets or commas between the fields"}},
};

enum { DELIMITERS = sizeof delimiters / sizeof *delimiters };

/* The text that is looked at. */
struct text {
    const char *at, *end;
};

static bool starts_with(struct text text, const char *start)
{
    size_t length = strlen(start);
    return (size_t)(text.end - text.at) >= length && memcmp(text.at, start, length) == 0;
}

static bool starts_with_any_case(struct text text, const char *start)
{
    size_t length = strlen(start);
    return (size_t)(text.end - text.at) >= length && strncasecmp(text.at, start, length) == 0;
}

static bool line_ends_with(struct text text, const char *end)
{
    const char *newline = memchr(text.at, '\n', (size_t)(text.end - text.at));
    const char *stop = newline != NULL ? newline : text.end;
    size_t length = strlen(end);
    stop -= stop > text.at && stop[-1] == '\r';
    return (size_t)(stop - text.at) >= length && memcmp(stop - length, end, length) == 0;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static void skip_blanks(struct text *text)
{
    while (text->at < text->end && is_blank(*text->at))
        text->at++;
}

/* Takes off what may stand before the first line that says something: a byte order mark, blank
 * lines, `sep=`. */
static void skip_to_first_line(struct text *text)
{
    if (starts_with(*text, "\xef\xbb\xbf"))
        text->at += 3;
    skip_blanks(text);
    if (starts_with_any_case(*text, "sep=") || starts_with_any_case(*text, "\"sep=")) {
        const char *newline = memchr(text->at, '\n', (size_t)(text->end - text->at));
        text->at = newline != NULL ? newline : text->end;
        skip_blanks(text);
    }
}

static bool holds(struct text text, const char *word)
{
    size_t length = strlen(word);
    for (; (size_t)(text.end - text.at) >= length; text.at++) {
        if (strncasecmp(text.at, word, length) == 0)
            return true;
    }
    return false;
}

/* What begins with `<`. */
static struct look look_at_markup(struct text text, const char *format)
{
    if (holds(text, "<html") || holds(text, "<!doctype html"))
        return (struct look){"a web page, such as a sign-in or error page",
                             "sign in and download the extract itself"};
    /* The name of the first element that is no declaration and no comment. */
    for (struct text at = text; at.at < at.end; at.at++) {
        if (starts_with(at, "<!--")) {
            while (at.at < at.end && !starts_with(at, "-->"))
                at.at++;
            continue;
        }
        if (*at.at != '<' || at.at + 1 == at.end || at.at[1] == '?' || at.at[1] == '!')
            continue;
        struct text name = {at.at + 1, at.end};
        size_t length = 0;
        while (name.at + length < name.end && strchr(" \t\r\n/>", name.at[length]) == NULL)
            length++;
        for (size_t i = 0; i < sizeof own_roots / sizeof *own_roots; i++) {
            if (length == strlen(own_roots[i].root) &&
                memcmp(name.at, own_roots[i].root, length) == 0)
                return own_roots[i].look;
        }
        break;
    }
    if (strcmp(format, "xml") == 0)
        return (struct look){NULL, NULL};
    return (struct look){"an XML file",
                         "name it .xml, or say --format xml (cte-run: --input-format xml)"};
}

/* True for an object or a list that holds something JSON can hold. */
static bool is_json(struct text text)
{
    if (text.at == text.end || (*text.at != '{' && *text.at != '['))
        return false;
    text.at++;
    skip_blanks(&text);
    return text.at == text.end || strchr("\"{}[]", *text.at) != NULL;
}

static struct look look_at_delimiters(struct text text, const char *format)
{
    size_t counts[DELIMITERS] = {0}, best = 0, expected = 0;
    for (; text.at < text.end && *text.at != '\n'; text.at++) {
        for (size_t i = 0; i < DELIMITERS; i++)
            counts[i] += *text.at == delimiters[i].delimiter;
    }
    for (size_t i = 0; i < DELIMITERS; i++) {
        if (counts[i] > counts[best])
            best = i;
        if (strcmp(delimiters[i].format, format) == 0)
            expected = counts[i];
    }
    if (counts[best] < 2 || counts[best] <= expected)
        return (struct look){NULL, NULL};
    return delimiters[best].look;
}

/* "HASH  NAME", as sha256sum writes it. */
static bool is_checksums(struct text text)
{
    size_t digits = 0;
    while (text.at + digits < text.end && memchr("0123456789abcdef", text.at[digits], 16) != NULL)
        digits++;
    return digits == 2 * 32 && starts_with((struct text){text.at + digits, text.end}, "  ");
}

struct look look_at(const char *bytes, size_t length, const char *format)
{
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        if (length >= kinds[i].offset + kinds[i].length &&
            memcmp(bytes + kinds[i].offset, kinds[i].bytes, kinds[i].length) == 0)
            return kinds[i].look;
    }
    struct text text = {bytes, bytes + length};
    skip_to_first_line(&text);
    if (text.at < text.end && *text.at == '<')
        return look_at_markup(text, format);
    if (is_json(text))
        return (struct look){"a JSON file", "export the extract as text with carets or commas"};
    if (is_checksums(text))
        return (struct look){"a list of checksums", advice_own};
    for (size_t i = 0; i < sizeof own / sizeof *own; i++) {
        if (starts_with(text, own[i].start) &&
            (own[i].end == NULL || line_ends_with(text, own[i].end)))
            return own[i].look;
    }
    return look_at_delimiters(text, format);
}
