#include "pipeline/run/accounts_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codetables/base/file.h"
#include "codetables/base/map.h"
#include "codetables/base/number.h"
#include "codetables/base/shown.h"
#include "codetables/base/text.h"
#include "pipeline/run/lines.h"
#include "pipeline/stream/escape.h"
#include "pipeline/stream/stream.h"

static const enum fact shared_facts[] = {FACT_PROGRAM, FACT_TABLE, FACT_KIND},
                       own_facts[] = {FACT_FIELD, FACT_NOTE, FACT_CHANGED, FACT_FOUND, FACT_SCHOOL};
#define COUNT(array) (sizeof(array) / sizeof *(array))

/* ---- writing ---- */

/* The line of a fact whose texts are shown, none of them left out. */
static void add_shown(struct text *lines, enum fact fact, const void *item)
{
    const struct fact_shape *shape = &fact_shapes[fact];
    struct arena memory = {0};
    char *copy = arena_copy(&memory, item, shape->size);
    for (size_t i = 0; i < shape->column_count; i++) {
        const struct column *column = &shape->columns[i];
        const char *text;
        if (column->type != COLUMN_TEXT && column->type != COLUMN_PATH)
            continue;
        memcpy(&text, copy + column->offset, sizeof text);
        text = text == NULL                  ? ""
               : column->type == COLUMN_PATH ? arena_take(&memory, path_shown(text))
                                             : arena_take(&memory, text_shown(text, strlen(text)));
        memcpy(copy + column->offset, &text, sizeof text);
    }
    add_fact_line(lines, fact, copy);
    arena_free(&memory);
}

static void add_facts(struct text *lines, const struct account *account, enum fact fact)
{
    for (const void *item = account_first(account, fact); item != NULL;
         item = account_next(account, fact, item))
        add_shown(lines, fact, item);
}

void accounts_write(const struct manifest *manifest, struct output *output)
{
    struct map shared = {0};
    struct text lines = {0}, own = {0};
    output_text(output, "%accounts^1\n");
    for (size_t i = 0; i < manifest->source_count; i++) {
        const struct manifest_source *source = &manifest->sources[i];
        char *name = text_shown(source->name, strlen(source->name));
        text_clear(&lines);
        text_clear(&own);
        for (size_t f = 0; f < COUNT(shared_facts); f++)
            add_facts(&lines, source->account, shared_facts[f]);
        for (size_t f = 0; f < COUNT(own_facts); f++)
            add_facts(&own, source->account, own_facts[f]);
        const size_t known = shared.count,
                     number = map_add(&shared, text_string(&lines), lines.length);
        char number_text[24];
        snprintf(number_text, sizeof number_text, "%zu", number + 1);
        if (number == known) {
            output_text(output, "%shared^");
            output_text(output, number_text);
            output_text(output, "\n");
            output_text(output, text_string(&lines));
        }
        text_clear(&lines);
        char *to = text_space(&lines, 2 * strlen(name));
        lines.length += (size_t)(stream_escape(to, name, strlen(name)) - to);
        output_text(output, "%account^");
        output_put(output, lines.bytes, lines.length);
        output_text(output, "^");
        output_text(output, number_text);
        output_text(output, "\n");
        output_text(output, text_string(&own));
        free(name);
    }
    map_free(&shared);
    text_free(&lines);
    text_free(&own);
}

/* ---- reading ---- */

struct shared_lines {
    const char *from, *to;
};

struct accounts_reading {
    struct manifest *manifest;
    struct shared_lines *shared;
    size_t shared_count, shared_room, source;
};

static bool take_lines(struct account *account, const struct shared_lines *lines)
{
    bool is_sound = true;
    for (const char *at = lines->from, *end; is_sound && at < lines->to; at = end + 1) {
        end = memchr(at, '\n', (size_t)(lines->to - at));
        is_sound =
            end != NULL && account_take_line(account, (struct slice){at, (size_t)(end - at)});
        if (end == NULL)
            break;
    }
    return is_sound;
}

/* The lines from a head on, up to the next one. */
static struct shared_lines lines_behind(const char *at, const char *end)
{
    const char *to = at;
    while (to < end && strncmp(to, "%account^", 9) != 0 && strncmp(to, "%shared^", 8) != 0) {
        const char *newline = memchr(to, '\n', (size_t)(end - to));
        to = newline != NULL ? newline + 1 : end;
    }
    return (struct shared_lines){at, to};
}

/* A source: its name must be that of the manifest's, in its place. */
static bool take_account(struct accounts_reading *reading, char *const *fields,
                         const struct shared_lines *own)
{
    struct manifest *manifest = reading->manifest;
    uint64_t number;
    if (reading->source == manifest->source_count ||
        strcmp(manifest->sources[reading->source].name, fields[1]) != 0 ||
        !read_number(fields[2], &number) || number == 0 || number > reading->shared_count)
        return false;
    struct account *account = &manifest->accounts[reading->source++];
    const bool is_sound =
        take_lines(account, &reading->shared[number - 1]) && take_lines(account, own);
    account_settle(account);
    account_pack(account, &manifest->texts);
    return is_sound;
}

/* A head and what stands behind it; NULL where it is none. */
static const char *take_head(struct accounts_reading *reading, const char *at, const char *end)
{
    const char *newline = memchr(at, '\n', (size_t)(end - at));
    char *fields[4], *memory;
    if (newline == NULL || *at != '%')
        return NULL;
    const size_t count =
        stream_split_control((struct slice){at, (size_t)(newline - at)}, fields, 4, &memory);
    const struct shared_lines behind = lines_behind(newline + 1, end);
    bool is_sound = false;
    if (count == 2 && strcmp(fields[0], "shared") == 0) {
        GROW(reading->shared, reading->shared_count, reading->shared_room);
        reading->shared[reading->shared_count++] = behind;
        is_sound = true;
    } else if (count == 3 && strcmp(fields[0], "account") == 0) {
        is_sound = take_account(reading, fields, &behind);
    }
    free(memory);
    return is_sound ? behind.to : NULL;
}

static bool take_accounts(struct accounts_reading *reading, struct slice content)
{
    static const char head[] = "%accounts^1\n";
    const char *at = content.at, *end = content.at + content.length;
    if (content.length < sizeof head - 1 || memcmp(at, head, sizeof head - 1) != 0)
        return false;
    at += sizeof head - 1;
    while (at != NULL && at < end)
        at = take_head(reading, at, end);
    return at != NULL && reading->source == reading->manifest->source_count;
}

int accounts_read(const char *folder, struct manifest *manifest, struct cte_error *error)
{
    static const struct file_bounds bounds = {"list of accounts", (size_t)1 << 31, CTE_BAD_INPUT,
                                              CTE_BAD_INPUT};
    struct accounts_reading reading = {.manifest = manifest};
    struct file_content content = {0};
    char *path = cte_format("%s/" ACCOUNTS_FILE, folder), *shown = path_shown(path), hex[65];
    if (file_bytes(path, &bounds, &content, error) == CTE_OK) {
        digest_bytes(content.bytes, content.length, hex);
        if (strcmp(hex, manifest->accounts_file.sha256) != 0)
            cte_fail(error, CTE_BAD_INPUT, "%s: is not the file that the manifest was made with",
                     shown);
        else if (!take_accounts(&reading, (struct slice){content.bytes, content.length}))
            cte_fail(error, CTE_BAD_INPUT,
                     "%s: does not tell of the sources that the manifest tells of", shown);
    }
    free(reading.shared);
    free(content.bytes);
    free(path);
    free(shown);
    return error->status;
}
