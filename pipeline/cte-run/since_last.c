#include "pipeline/cte-run/since_last.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "codetables/base/memory.h"
#include "codetables/base/text.h"
#include "pipeline/cte-run/kept_accounts.h"
#include "pipeline/cte-run/past.h"
#include "pipeline/cte-run/sources.h"

enum { MOST_TOLD = 12 };

/* The comparison with a manifest whose sources come one after another. */
struct comparing {
    const struct run *run;
    const struct past_run *past;
    struct since_last *since;
    struct map names; /* of the sources now, in their order */
    bool *is_known;   /* by source: the run before had it too */
};

static void tell(struct comparing *comparing, char *text)
{
    struct since_last *since = comparing->since;
    since->is_same = false;
    if (since->count == MOST_TOLD) {
        since->more++;
        free(text);
        return;
    }
    since->texts = cte_realloc(since->texts, (since->count + 1) * sizeof *since->texts);
    since->texts[since->count++] = text;
}

/* ---- two sources ---- */

static bool is_same_file(const struct fact_file *a, const struct fact_file *b)
{
    return strcmp(a->name, b->name) == 0 && strcmp(a->sha256, b->sha256) == 0;
}

static bool is_same_table(const struct fact_table *a, const struct fact_table *b)
{
    return strcmp(a->id, b->id) == 0 && strcmp(a->version, b->version) == 0 &&
           strcmp(a->sha256, b->sha256) == 0;
}

static bool has_same_files(const struct account *now, const struct account *then)
{
    const struct fact_file *a = account_first(now, FACT_FILE), *b = account_first(then, FACT_FILE);
    while (a != NULL && b != NULL && is_same_file(a, b)) {
        a = account_next(now, FACT_FILE, a);
        b = account_next(then, FACT_FILE, b);
    }
    return a == NULL && b == NULL;
}

static bool has_same_tables(const struct account *now, const struct account *then)
{
    const struct fact_table *a = account_first(now, FACT_TABLE);
    const struct fact_table *b = account_first(then, FACT_TABLE);
    while (a != NULL && b != NULL && is_same_table(a, b)) {
        a = account_next(now, FACT_TABLE, a);
        b = account_next(then, FACT_TABLE, b);
    }
    return a == NULL && b == NULL;
}

/* Whether each file that the run before made of a source is as long as it was. */
static bool has_its_files(const struct past_run *past, const struct account *account)
{
    bool is_so = true;
    for (const struct fact_file *file = account_first(account, FACT_FILE); file != NULL && is_so;
         file = account_next(account, FACT_FILE, file)) {
        struct stat facts;
        char *path = cte_format("%s/%s", past->folder, file->name);
        is_so = lstat(path, &facts) == 0 && S_ISREG(facts.st_mode) &&
                (uint64_t)facts.st_size == file->bytes;
        free(path);
    }
    return is_so;
}

/* Why a source is refused, its stages say. */
static bool is_refused_alike(const struct run_source *now, const struct manifest_source *then)
{
    return now->status == then->exit && now->message_length == then->messages.length &&
           (now->message_length == 0 ||
            memcmp(now->messages, then->messages.at, now->message_length) == 0);
}

/* ", 5 held (4 before)", where that is so. */
static void add_change(struct text *text, unsigned long long now, uint64_t then, const char *what)
{
    if (now != then)
        text_format(text, "%s%llu %s (%" PRIu64 " before)", text->length > 0 ? ", " : "", now, what,
                    then);
}

/* What of a source is another now, in words; to be freed. NULL: nothing. */
static char *name_changes(const struct run_source *now, const struct account *account,
                          const struct manifest_source *then)
{
    struct text text = {0};
    const struct fact_sums *sums = manifest_sums(then);
    const struct fact_content *content = account_first(account, FACT_CONTENT);
    const bool is_refused = now->status > CTE_SOME_LEFT, was_refused = sums == NULL;
    if (!is_refused && was_refused)
        text_add(&text, "it is not refused any more");
    if (!is_refused && !was_refused) {
        add_change(&text, now->read, sums->read, "records");
        add_change(&text, now->written, sums->written, "written");
        add_change(&text, now->merged, sums->merged, "merged");
        add_change(&text, now->rejected, sums->rejected, "rejected");
        add_change(&text, now->held, sums->held, "held");
        if (text.length == 0 &&
            strcmp(content != NULL ? content->sha256 : "", manifest_sha256(then)) != 0)
            text_add(&text, "other content, with the same outcome");
        if (text.length == 0 && !has_same_files(account, then->account))
            text_add(&text, "other files of the same content");
        if (text.length == 0 && !has_same_tables(account, then->account))
            text_add(&text, "other tables, with the same outcome");
    }
    return text.length > 0 ? text_take(&text) : NULL;
}

static const unsigned wanted = KEPT(FACT_CONTENT) | KEPT(FACT_FILE) | KEPT(FACT_TABLE);

static void take_source(void *context, const struct manifest_source *then)
{
    struct comparing *comparing = context;
    const size_t s = map_find_string(&comparing->names, then->name);
    if (s == MAP_NONE) {
        tell(comparing, cte_format("%s: not there any more", then->name));
        return;
    }
    comparing->is_known[s] = true;
    const struct run_source *now = &comparing->run->sources[s];
    if ((now->status > CTE_SOME_LEFT && !is_refused_alike(now, then)) ||
        !has_its_files(comparing->past, then->account))
        comparing->since->is_same = false;
    char *changes = name_changes(now, kept_account(comparing->run, s, wanted), then);
    if (changes != NULL)
        tell(comparing, cte_format("%s: %s", now->shown, changes));
    free(changes);
}

/* ---- two runs ---- */

/* Options of which another value need not make another run. */
static bool may_differ(const char *name)
{
    return strcmp(name, "as-of") == 0;
}

static bool has_same_options(const struct run *run, const struct manifest *then)
{
    size_t count = 0;
    for (size_t i = 0; i < policy_option_count; i++) {
        const struct policy_option *option = &policy_options[i];
        const char *value;
        for (size_t n = 0;
             option->place > 0 && (value = policy_value(&run->policy, option, n)) != NULL; n++) {
            bool is_there = may_differ(option->name);
            for (size_t o = 0; o < then->option_count && !is_there; o++)
                is_there = strcmp(then->options[o].name, option->name) == 0 &&
                           strcmp(then->options[o].value, value) == 0;
            if (!is_there)
                return false;
            count += !may_differ(option->name);
        }
    }
    for (size_t o = 0; o < then->option_count; o++)
        count -= !may_differ(then->options[o].name);
    return count == 0;
}

static void forget_texts(struct since_last *since)
{
    for (size_t i = 0; i < since->count; i++)
        free(since->texts[i]);
    free(since->texts);
    *since = (struct since_last){.is_same = false};
}

static void compare(struct run *run, const struct past_run *past, struct since_last *since)
{
    struct cte_error ignored = {0};
    struct manifest manifest;
    if (manifest_read(past->folder, MANIFEST_HEAD, &manifest, &ignored) != CTE_OK)
        return;
    struct comparing comparing = {.run = run,
                                  .past = past,
                                  .since = since,
                                  .is_known = cte_zalloc(run->source_count + 1, sizeof(bool))};
    for (size_t i = 0; i < run->source_count; i++)
        map_add_string(&comparing.names, run->sources[i].name);
    since->is_same = run->source_count > 0 && !run->has_missing && !run->earlier.is_blind &&
                     is_whole_run(past->folder) && has_same_options(run, &manifest) &&
                     strcmp(manifest.version, CTE_VERSION) == 0;
    since->id = past->shown;
    since->day = arena_format(&run->memory, "%.10s", past->started);
    if (manifest_each_source(past->folder, &manifest, take_source, &comparing, &ignored) != CTE_OK)
        forget_texts(since); /* what was given may be wrong */
    for (size_t i = 0; i < run->source_count && since->id != NULL; i++) {
        if (!comparing.is_known[i] && run->sources[i].status > CTE_SOME_LEFT)
            since->is_same = false;
        else if (!comparing.is_known[i])
            tell(&comparing, cte_format("%s: not there before", run->sources[i].shown));
    }
    manifest_free(&manifest);
    map_free(&comparing.names);
    free(comparing.is_known);
}

void compare_with_newest(struct run *run)
{
    struct since_last *since = run->results.since = cte_zalloc(1, sizeof *since);
    if (run->earlier.runs->count > 0 && run->request.repeat == NULL)
        compare(run, &run->earlier.runs->runs[0], since);
}

void free_since_last(struct since_last *since)
{
    if (since != NULL)
        forget_texts(since);
    free(since);
}
