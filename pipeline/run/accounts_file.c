#include "pipeline/run/accounts_file.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "codetables/base/file.h"
#include "codetables/base/map.h"
#include "codetables/base/number.h"
#include "codetables/base/shown.h"
#include "codetables/base/text.h"
#include "pipeline/run/lines.h"
#include "pipeline/stream/escape.h"
#include "pipeline/stream/stream.h"

static const enum fact shared_facts[] = {FACT_PROGRAM, FACT_TABLE, FACT_KIND},
                       own_facts[] = {FACT_FIELD, FACT_NOTE,   FACT_CHANGED,
                                      FACT_FOUND, FACT_SCHOOL, FACT_BREACH};
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
        const struct account *account = manifest_account(manifest, i);
        char *name = text_shown(source->name, strlen(source->name));
        text_clear(&lines);
        text_clear(&own);
        for (size_t f = 0; f < COUNT(shared_facts); f++)
            add_facts(&lines, account, shared_facts[f]);
        for (size_t f = 0; f < COUNT(own_facts); f++)
            add_facts(&own, account, own_facts[f]);
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

/* A file of more than this is none of ours. */
static const off_t most_bytes = (off_t)1 << 31;

/* The next line, without its end; a line that has none is cut. */
static bool next_line(struct accounts_reader *reader)
{
    reader->length = getline(&reader->line, &reader->line_room, reader->file);
    if (reader->length <= 0)
        return false;
    digest_add(&reader->digest, reader->line, (size_t)reader->length);
    if (reader->line[reader->length - 1] != '\n')
        return false;
    reader->line[--reader->length] = '\0';
    return true;
}

static bool begins_with(const struct accounts_reader *reader, const char *word)
{
    return reader->length > 0 && strncmp(reader->line, word, strlen(word)) == 0;
}

static bool is_head(const struct accounts_reader *reader)
{
    return begins_with(reader, "%account^") || begins_with(reader, "%shared^");
}

static int fail_accounts(struct accounts_reader *reader, struct cte_error *error)
{
    return ferror(reader->file)
               ? cte_fail(error, CTE_IO, "%s: cannot read it: %s", reader->shown, strerror(errno))
               : cte_fail(error, CTE_BAD_INPUT,
                          "%s: does not tell of the sources that the manifest tells of",
                          reader->shown);
}

int accounts_open(struct accounts_reader *reader, const char *folder, const struct manifest *head,
                  struct cte_error *error)
{
    struct stat about;
    *reader = (struct accounts_reader){.path = cte_format("%s/" ACCOUNTS_FILE, folder),
                                       .sha256 = head->accounts_file.sha256};
    reader->shown = path_shown(reader->path);
    reader->file = file_stream(reader->path);
    digest_begin(&reader->digest);
    if (reader->file == NULL)
        file_fail(reader->shown, "cannot read the list of accounts", CTE_BAD_INPUT, error);
    else if (fstat(fileno(reader->file), &about) != 0)
        file_fail(reader->shown, "cannot be looked at", CTE_IO, error);
    else if (about.st_size > most_bytes)
        cte_fail(error, CTE_BAD_INPUT, "%s: is larger than a list of accounts is", reader->shown);
    else if (!next_line(reader) || strcmp(reader->line, "%accounts^1") != 0)
        fail_accounts(reader, error);
    else
        next_line(reader);
    if (error->status != CTE_OK) {
        struct cte_error first = *error;
        accounts_close(reader, &first);
    }
    return error->status;
}

/* Lines behind a head, up to the next one. */
static void take_shared(struct accounts_reader *reader)
{
    GROW(reader->shared, reader->shared_count, reader->shared_room);
    struct text *lines = &reader->shared[reader->shared_count++];
    *lines = (struct text){0};
    while (next_line(reader) && !is_head(reader)) {
        text_put(lines, reader->line, (size_t)reader->length);
        text_add_byte(lines, '\n');
    }
}

static bool take_lines(struct account *account, const struct text *lines)
{
    bool is_sound = true;
    const char *at = text_string(lines), *to = at + lines->length;
    while (at < to && is_sound) {
        const char *end = memchr(at, '\n', (size_t)(to - at));
        is_sound = account_take_line(account, (struct slice){at, (size_t)(end - at)});
        at = end + 1;
    }
    return is_sound;
}

/* The head of an account: its name must be that of the manifest's, and what it shares be there. */
static const struct text *take_head(struct accounts_reader *reader, const char *name)
{
    char *fields[4], *memory;
    uint64_t number = 0;
    const size_t count = stream_split_control((struct slice){reader->line, (size_t)reader->length},
                                              fields, 4, &memory);
    const bool is_sound = count == 3 && strcmp(fields[1], name) == 0 &&
                          read_number(fields[2], &number) && number > 0 &&
                          number <= reader->shared_count;
    free(memory);
    return is_sound ? &reader->shared[number - 1] : NULL;
}

int accounts_next(struct accounts_reader *reader, const char *name, struct account *account,
                  struct cte_error *error)
{
    while (begins_with(reader, "%shared^"))
        take_shared(reader);
    const struct text *shared = begins_with(reader, "%account^") ? take_head(reader, name) : NULL;
    bool is_sound = shared != NULL && take_lines(account, shared);
    while (is_sound && next_line(reader) && !is_head(reader))
        is_sound = account_take_line(account, (struct slice){reader->line, (size_t)reader->length});
    account_settle(account);
    return is_sound && !ferror(reader->file) ? CTE_OK : fail_accounts(reader, error);
}

int accounts_close(struct accounts_reader *reader, struct cte_error *error)
{
    char hex[DIGEST_HEX];
    digest_end(&reader->digest, hex);
    if (error->status == CTE_OK && (reader->length > 0 || !feof(reader->file)))
        fail_accounts(reader, error);
    if (error->status == CTE_OK && strcmp(hex, reader->sha256) != 0)
        cte_fail(error, CTE_BAD_INPUT, "%s: is not the file that the manifest was made with",
                 reader->shown);
    for (size_t i = 0; i < reader->shared_count; i++)
        text_free(&reader->shared[i]);
    free(reader->shared);
    if (reader->file != NULL)
        fclose(reader->file);
    free(reader->line);
    free(reader->path);
    free(reader->shown);
    return error->status;
}
