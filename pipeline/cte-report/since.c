#include "pipeline/cte-report/since.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "codetables/base/file.h"
#include "codetables/base/memory.h"
#include "codetables/base/text.h"

enum { PARTS = sizeof((struct since_change){0}.parts) / sizeof(const char *), PATHWAY = 4, LOCAL };

/* The counts of a place or question, made where they are new; NULL: there are too many. */
static struct since_change *find_counts(struct since *since, const char *const *parts)
{
    struct text key = {0};
    for (size_t i = 0; i < PARTS; i++)
        text_add_part(&key, parts[i]);
    const size_t known = since->keys.count,
                 number = known < SINCE_MOST ? map_add(&since->keys, key.bytes, key.length)
                                             : map_find(&since->keys, key.bytes, key.length);
    text_free(&key);
    if (number == MAP_NONE)
        return NULL;
    if (number == known) {
        GROW(since->counts, known, since->room);
        since->counts[number] = (struct since_change){.what = SINCE_NEW};
        const char *at = map_key(&since->keys, number).at;
        for (size_t i = 0; i < PARTS; i++)
            since->counts[number].parts[i] = next_part(&at);
    }
    return &since->counts[number];
}

void count_since(struct since *since, const struct account *account, enum since_when when)
{
    for (const struct fact_school *school = account_first(account, FACT_SCHOOL); school != NULL;
         school = account_next(account, FACT_SCHOOL, school)) {
        struct since_change *counts =
            find_counts(since, (const char *const[]){school->lea, school->year, school->type,
                                                     school->school, "", ""});
        if (counts == NULL)
            continue;
        counts->read[when] += school->read;
        counts->written[when] += school->written;
    }
}

static void count_questions(struct since *since, const struct needed_list *questions,
                            enum since_when when)
{
    for (size_t i = 0; i < questions->count; i++) {
        const struct fact_needed *asked = &questions->items[i];
        struct since_change *counts =
            find_counts(since, (const char *const[]){asked->lea, asked->year, asked->type,
                                                     asked->school, asked->code, asked->local});
        if (counts != NULL)
            counts->read[when] += asked->records;
    }
}

static void take_source(void *context, const struct manifest_source *source)
{
    count_since(context, source->account, SINCE_BEFORE);
}

/* CTE_BAD_INPUT where it is another than was meant. */
static int check_hash(const char *path, const char *sha256, struct cte_error *error)
{
    char hex[DIGEST_HEX] = "";
    errno = 0;
    if (!digest_file(path, hex))
        return file_fail(path, "cannot read it", CTE_NO_INPUT, error);
    return strcmp(hex, sha256) == 0 ? CTE_OK
                                    : cte_fail(error, CTE_BAD_INPUT, "%s: is another", path);
}

static int read_before(struct since *since, const char *sha256, struct cte_error *error)
{
    struct manifest manifest = {.id = NULL};
    struct needed_list questions = {.count = 0};
    char *path = cte_format("%s/manifest.xml", since->folder);
    if (check_hash(path, sha256, error) == CTE_OK &&
        manifest_read(since->folder, MANIFEST_HEAD, &manifest, error) == CTE_OK) {
        if (manifest_each_source(since->folder, &manifest, take_source, since, error) == CTE_OK &&
            read_listed_needed(since->folder, &questions, error) == CTE_OK)
            count_questions(since, &questions, SINCE_BEFORE);
        needed_free(&questions);
        manifest_free(&manifest);
    }
    free(path);
    return error->status;
}

int read_run_before(struct since *since, const struct manifest_link *before, bool *is_read,
                    struct cte_error *error)
{
    struct cte_error mine = {.status = CTE_OK};
    *is_read = since->folder != NULL && before->sha256 != NULL &&
               read_before(since, before->sha256, &mine) == CTE_OK;
    /* A disk that fails now would make the run before look gone. */
    return mine.status == CTE_IO ? cte_fail(error, CTE_IO, "%s", mine.text) : CTE_OK;
}

/* ---- what differs ---- */

static bool is_question(const struct since_change *counts)
{
    return counts->parts[PATHWAY][0] != '\0' || counts->parts[LOCAL][0] != '\0';
}

/* False where nothing does. */
static bool find_what(const struct since_change *counts, enum since_what *what)
{
    const uint64_t *read = counts->read, *written = counts->written;
    const bool was = read[SINCE_BEFORE] > 0, is = read[SINCE_NOW] > 0;
    if (is_question(counts)) {
        *what = is ? SINCE_ASKED : SINCE_ANSWERED;
        return was != is;
    }
    *what = !is    ? SINCE_GONE
            : !was ? SINCE_NEW
            : read[SINCE_NOW] < read[SINCE_BEFORE] || written[SINCE_NOW] < written[SINCE_BEFORE]
                ? SINCE_FEWER
                : SINCE_MORE;
    return read[SINCE_NOW] != read[SINCE_BEFORE] || written[SINCE_NOW] != written[SINCE_BEFORE];
}

static int compare_changes(const void *x, const void *y)
{
    const struct since_change *a = x, *b = y;
    if (a->what != b->what)
        return a->what < b->what ? -1 : 1;
    int compared = 0;
    for (size_t i = 0; i < PARTS && compared == 0; i++)
        compared = strcmp(a->parts[i], b->parts[i]);
    return compared;
}

void list_since(struct since *since, const struct needed_list *questions)
{
    count_questions(since, questions, SINCE_NOW);
    for (size_t i = 0; i < since->keys.count; i++) {
        enum since_what what;
        if (!find_what(&since->counts[i], &what))
            continue;
        GROW(since->changes, since->change_count, since->change_room);
        struct since_change *change = &since->changes[since->change_count++];
        *change = since->counts[i];
        change->what = what;
    }
    if (since->change_count > 1)
        qsort(since->changes, since->change_count, sizeof *since->changes, compare_changes);
}

void free_since(struct since *since)
{
    map_free(&since->keys);
    free(since->counts);
    free(since->changes);
    *since = (struct since){.folder = NULL};
}
