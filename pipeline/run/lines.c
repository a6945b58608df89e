#include "pipeline/run/lines.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "codetables/base/number.h"
#include "pipeline/stream/stream.h"

/* Of a line, its word too; no line of counts is longer. */
enum { MOST_FIELDS = 64 };

static void add_text(struct text *line, const char *value)
{
    const size_t length = strlen(value);
    text_add_byte(line, '^');
    char *to = text_space(line, 2 * length);
    line->length += (size_t)(stream_escape(to, value, length) - to);
}

static void add_named(struct text *line, const struct named_numbers *numbers)
{
    for (size_t i = 0; i < numbers->count; i++) {
        add_text(line, numbers->items[i].name);
        text_format(line, "=%" PRIu64, numbers->items[i].number);
    }
}

void add_fact_line(struct text *line, enum fact fact, const void *item)
{
    const struct fact_shape *shape = &fact_shapes[fact];
    text_add_byte(line, '%');
    text_add(line, shape->word);
    for (size_t i = 0; i < shape->column_count; i++) {
        const struct column *column = &shape->columns[i];
        const void *at = (const char *)item + column->offset;
        if (is_left_out(column, item))
            break;
        switch (column->type) {
        case COLUMN_TEXT:
        case COLUMN_PATH: add_text(line, *(const char *const *)at); break;
        case COLUMN_NUMBER: text_format(line, "^%" PRIu64, *(const uint64_t *)at); break;
        case COLUMN_SUM: text_format(line, "^%016" PRIx64, *(const uint64_t *)at); break;
        case COLUMN_YES: add_text(line, *(const bool *)at ? "yes" : ""); break;
        case COLUMN_LETTER: add_text(line, (const char[2]){*(const char *)at, '\0'}); break;
        case COLUMN_WORD: add_text(line, column->words[*(const int *)at]); break;
        case COLUMN_NAMED: add_named(line, at); break;
        }
    }
    text_add_byte(line, '\n');
}

void put_fact(FILE *stream, enum fact fact, const void *item)
{
    struct text line = {0};
    add_fact_line(&line, fact, item);
    fwrite(line.bytes, 1, line.length, stream);
    text_free(&line);
}

/* Whether a line of so many fields, its word left out, can be of a shape. */
static bool has_shape(const struct fact_shape *shape, size_t count)
{
    size_t least = 0;
    while (least < shape->column_count && !shape->columns[least].is_optional &&
           shape->columns[least].type != COLUMN_NAMED)
        least++;
    const bool is_open = least < shape->column_count && shape->columns[least].type == COLUMN_NAMED;
    return count == least || count == shape->column_count || (count > least && is_open);
}

static size_t count_fields(struct slice line)
{
    size_t count = 0;
    for (const char *at = line.at, *end = line.at + line.length;
         (at = memchr(at, '^', (size_t)(end - at))) != NULL; at++)
        count++;
    return count;
}

/* The fact that a line with this word and so many fields tells; FACTS: none. */
static enum fact find_fact(struct slice word, size_t count)
{
    enum fact fact = 0;
    while (fact < FACTS &&
           (fact_shapes[fact].word == NULL || !slice_is(word, fact_shapes[fact].word) ||
            !has_shape(&fact_shapes[fact], count)))
        fact++;
    return fact;
}

bool is_line_of_account(struct slice line)
{
    const char *caret = memchr(line.at, '^', line.length);
    if (caret == NULL)
        return false;
    const struct slice word = {line.at + 1, (size_t)(caret - line.at) - 1};
    const enum fact fact = find_fact(word, count_fields(line));
    return fact < FACTS && fact_shapes[fact].is_of_stream;
}

static const char end_of_account[] = "%done^";

void put_end_of_account(FILE *stream, int status, const char *words)
{
    const size_t length = strlen(words);
    char *escaped = cte_alloc(2 * length + 1), *end = stream_escape(escaped, words, length);
    fprintf(stream, "%s%d^%.*s\n", end_of_account, status, (int)(end - escaped), escaped);
    free(escaped);
}

/* The status with which a source ends; any text that is none is a fault of cte-write. */
static int read_status(const char *text)
{
    uint64_t status;
    return read_number(text, &status) &&
                   (status == CTE_OK || status == CTE_SOME_LEFT || cte_is_failure(status))
               ? (int)status
               : CTE_BUG;
}

bool find_end_of_account(struct slice said, size_t from, struct account_end *end)
{
    const char *at = said.at + from, *const stop = said.at + said.length;
    const size_t length = sizeof end_of_account - 1;
    for (const char *newline; at < stop; at = newline + 1) {
        newline = memchr(at, '\n', (size_t)(stop - at));
        if (newline == NULL)
            return false;
        if ((size_t)(newline - at) < length || memcmp(at, end_of_account, length) != 0)
            continue;
        char *fields[3], *memory;
        const size_t count =
            stream_split_control((struct slice){at, (size_t)(newline - at)}, fields, 3, &memory);
        *end = (struct account_end){.at = (size_t)(at - said.at),
                                    .after = (size_t)(newline - said.at) + 1,
                                    .status = count == 3 ? read_status(fields[1]) : CTE_BUG,
                                    .words = cte_strdup(count == 3 ? fields[2] : "")};
        free(memory);
        return true;
    }
    return false;
}

/* name=number in each of the fields; the names are ended in place. */
static bool take_named(struct arena *memory, char *const *fields, size_t count,
                       struct named_numbers *numbers)
{
    numbers->items = arena_alloc(memory, (count + 1) * sizeof *numbers->items);
    for (numbers->count = 0; numbers->count < count; numbers->count++) {
        struct named_number *number = &numbers->items[numbers->count];
        char *name = fields[numbers->count], *equals = strchr(name, '=');
        if (equals == NULL || equals == name || !read_number(equals + 1, &number->number))
            return false;
        *equals = '\0';
        number->name = name;
    }
    return true;
}

static bool take_word(const struct column *column, const char *text, int *number)
{
    for (*number = 0; column->words[*number] != NULL; ++*number) {
        if (strcmp(column->words[*number], text) == 0)
            return true;
    }
    return false;
}

static bool take_field(const struct column *column, char *text, void *at)
{
    switch (column->type) {
    case COLUMN_TEXT:
    case COLUMN_PATH: *(const char **)at = text; return true;
    case COLUMN_NUMBER: return read_number(text, at);
    case COLUMN_SUM: return read_hex(text, at);
    case COLUMN_YES: *(bool *)at = strcmp(text, "yes") == 0; return *(bool *)at || text[0] == '\0';
    case COLUMN_LETTER: *(char *)at = text[0]; return text[0] != '\0' && text[1] == '\0';
    case COLUMN_WORD: return take_word(column, text, at);
    case COLUMN_NAMED: break;
    }
    return false;
}

/* The fields of a line, its word left out, as a fact, whose texts they are. */
static bool take_fields(struct arena *memory, enum fact fact, char *const *fields, size_t count,
                        void *item)
{
    static char zero[] = "0", none[] = ""; /* of columns that are left out */
    const struct fact_shape *shape = &fact_shapes[fact];
    memset(item, 0, shape->size);
    for (size_t i = 0; i < shape->column_count; i++) {
        const struct column *column = &shape->columns[i];
        void *at = (char *)item + column->offset;
        if (column->type == COLUMN_NAMED)
            return take_named(memory, fields + i, count - i, at);
        char *text = i < count ? fields[i] : column->type == COLUMN_NUMBER ? zero : none;
        if (!take_field(column, text, at))
            return false;
    }
    return true;
}

bool account_take_line(struct account *account, struct slice line)
{
    char *fields[MOST_FIELDS], *memory;
    union any_fact item;
    const size_t count = stream_split_control(line, fields, MOST_FIELDS, &memory);
    const size_t length = (size_t)(fields[count - 1] - memory) + strlen(fields[count - 1]);
    /* The texts live with the account, in one piece. */
    char *kept = arena_copy(&account->memory, memory, length);
    for (size_t i = 0; i < count; i++)
        fields[i] = kept + (fields[i] - memory);
    free(memory);
    const enum fact fact = count < MOST_FIELDS ? find_fact(slice_of(fields[0]), count - 1) : FACTS;
    if (fact == FACTS || !take_fields(&account->memory, fact, fields + 1, count - 1, &item))
        return false;
    account_add(account, fact, &item);
    return true;
}

/* Names the word alone: columns may hold anything. */
static int fail_line(const char *shown, struct slice rest, struct cte_error *error)
{
    enum { MOST_LETTERS = 16 };
    size_t length = 0;
    while (length < rest.length && length < MOST_LETTERS && rest.at[length] > ' ' &&
           rest.at[length] <= '~' && rest.at[length] != '^')
        length++;
    return cte_fail(error, CTE_BUG,
                    "%s: a stage told a %.*s line that is cut, or not as such lines are; nothing "
                    "is published",
                    shown, (int)length, rest.at);
}

int account_read(struct account *account, const char *shown, struct slice text,
                 struct cte_error *error)
{
    const char *at = text.at, *end = text.at + text.length;
    while (at < end) {
        const char *newline = memchr(at, '\n', (size_t)(end - at));
        const struct slice line = {at, newline != NULL ? (size_t)(newline - at) : 0};
        if (newline == NULL || line.length == 0 || *at != '%' || !account_take_line(account, line))
            return fail_line(shown, (struct slice){at, (size_t)(end - at)}, error);
        at = newline + 1;
    }
    /* These are told by those who weigh the account, and by no stage. */
    if (account_count(account, FACT_FIELD) > 0)
        return fail_line(shown, slice_of("%field"), error);
    account_settle(account);
    return CTE_OK;
}
