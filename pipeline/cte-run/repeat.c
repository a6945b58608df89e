#include "pipeline/cte-run/repeat.h"
#include "pipeline/cte-run/kept_accounts.h"
#include "pipeline/cte-run/repeated.h"
#include "pipeline/cte-run/past.h"
#include "pipeline/cte-run/log.h"
#include "pipeline/cte-run/source_folders.h"
#include "pipeline/cte-run/sources.h"
#include "pipeline/stream/reader.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "codetables/base/shown.h"
#include "codetables/base/memory.h"

static void take_listed(const char *hash, const char *name, void *context)
{
    struct repeated *repeated = context;
    GROW(repeated->listed, repeated->count, repeated->listed_room);
    struct listed *listed = &repeated->listed[repeated->count];
    *listed = (struct listed){.name = cte_strdup(name)};
    snprintf(listed->hash, sizeof listed->hash, "%s", hash);
    const size_t known = repeated->names.count;
    if (map_add_string(&repeated->names, name) == known) {
        GROW(repeated->first, known, repeated->first_room);
        repeated->first[known] = repeated->count;
    }
    repeated->count++;
}

struct listed *find_listed(const struct repeated *repeated, const char *name)
{
    const size_t number = map_find_string(&repeated->names, name);
    return number != MAP_NONE ? &repeated->listed[repeated->first[number]] : NULL;
}

static struct listed *find_kept_decisions(const struct repeated *repeated)
{
    struct listed *listed = find_listed(repeated, KEPT_DECISIONS);
    return listed != NULL ? listed : find_listed(repeated, KEPT_DECISION_BOOK);
}

/* The files that were made of a source. */
static int mark_data(struct run *run, const struct manifest_source *source)
{
    for (const struct fact_file *file = account_first(source->account, FACT_FILE); file != NULL;
         file = account_next(source->account, FACT_FILE, file)) {
        struct listed *listed = find_listed(run->earlier.repeated, file->name);
        if (listed != NULL)
            listed->is_data = true;
        else
            fail_kept(run, file->name, "stands in the manifest, and not in SHA256SUMS");
    }
    return run->error.status;
}

/* The sources of the manifest: named on the command line by their names, or where they were. */
static int take_past_sources(struct run *run)
{
    const struct manifest *manifest = &run->earlier.repeated->manifest;
    struct run_source *named = run->sources;
    const size_t named_count = run->source_count;
    struct map names = {0}; /* of those that are named; no two are called the same */
    for (size_t n = 0; n < named_count; n++)
        map_add_string(&names, named[n].name);
    run->source_count = manifest->source_count;
    run->sources = cte_zalloc(run->source_count + 1, sizeof *run->sources);
    for (size_t i = 0; i < run->source_count && run->error.status == CTE_OK; i++) {
        const struct manifest_source *source = &manifest->sources[i];
        const struct fact_file *file = account_first(source->account, FACT_FILE);
        struct run_source *taken = &run->sources[i];
        taken->name = arena_string(&run->memory, source->name);
        taken->is_named = true;
        taken->shown = arena_string(&run->memory, source->file);
        taken->path = arena_take(&run->memory, path_from_shown(taken->shown));
        taken->said = taken->path;
        taken->format =
            run->policy.input_format != NULL ? run->policy.input_format : source->input_format;
        if (manifest_sha256(source)[0] != '\0')
            taken->expected = manifest_sha256(source);
        const size_t number = map_find_string(&names, taken->name);
        if (number != MAP_NONE) {
            taken->path = named[number].path;
            taken->shown = named[number].shown;
        }
        char *name = path_shown(taken->name);
        if (mark_data(run, source) != CTE_OK || (named_count > 0 && number == MAP_NONE))
            cte_fail(
                &run->error, CTE_NO_INPUT,
                "source %s of the run is not among those on the command line; name it, or none",
                name);
        else if (taken->format != NULL && !is_source_format(taken->format))
            cte_fail(&run->error, CTE_BAD_INPUT,
                     "%s/manifest.xml: source %s: is of no format that there is",
                     run->earlier.repeated->shown, name);
        else if (file != NULL && !place_as_before(run, taken, file->name))
            cte_fail(&run->error, CTE_BAD_INPUT,
                     "%s/manifest.xml: source %s: its files lie where no run puts them",
                     run->earlier.repeated->shown, name);
        free(name);
    }
    free(named);
    map_free(&names);
    if (run->error.status != CTE_OK || check_sources(run) == CTE_OK)
        return run->error.status;
    const struct cte_error unsound = run->error;
    run->error = (struct cte_error){0};
    return cte_fail(&run->error, CTE_BAD_INPUT, "%s/manifest.xml: is not what a run writes: %s",
                    run->earlier.repeated->shown, unsound.text);
}

/* What a manifest says of an option is a word or a number. None is a path, and none may lead out of
 * the tables. */
static bool is_word(const char *value)
{
    bool is_good = value[0] != '\0' && value[0] != '-';
    for (const char *c = value; *c != '\0' && is_good; c++)
        is_good = *c > ' ' && *c <= '~' && *c != '/';
    return is_good;
}

/* What is no option of a run is passed over. A file lay anywhere; the run kept a copy of it. */
static int take_past_options(struct run *run)
{
    const struct manifest *manifest = &run->earlier.repeated->manifest;
    struct policy past = {0};
    for (size_t i = 0; i < manifest->option_count; i++) {
        const struct manifest_option *told = &manifest->options[i];
        const struct policy_option *option = policy_find(told->name);
        const bool is_file = option != NULL && option->kind == POLICY_FILE;
        /* Values that may have a slash or a blank are held against their form. */
        const bool has_form =
            option != NULL && (option->values == VALUES_SHARD || option->values == VALUES_LINE);
        const bool is_good = has_form ? policy_allows(option, told->value) : is_word(told->value);
        if (!is_file && !is_good) {
            char *shown = path_shown(told->name);
            cte_fail(&run->error, CTE_BAD_INPUT,
                     "%s/manifest.xml: option %s: has a value that no option has",
                     run->earlier.repeated->shown, shown);
            free(shown);
            policy_free(&past);
            return CTE_BAD_INPUT;
        }
        if (option != NULL && option->place > 0 && !is_file)
            policy_set(&past, option, told->value);
    }
    policy_complete(&run->policy, &past);
    policy_free(&past);
    return CTE_OK;
}

/* What the new manifest says of the run that is repeated. */
static void note_repeated(struct run *run)
{
    struct repeated *repeated = run->earlier.repeated;
    const struct manifest *manifest = &repeated->manifest;
    run->all_sources = manifest->all_sources;
    repeated->origin = manifest->repeats.id != NULL ? manifest->repeats.started : manifest->started;
    run->earlier.before = cte_zalloc(1, sizeof *run->earlier.before);
    run->earlier.before->repeats_id = manifest->id;
    run->earlier.before->repeats_sha256 = find_listed(repeated, "manifest.xml")->hash;
    run->earlier.before->repeats_started = repeated->origin;
}

static void compare_version(const struct run *run)
{
    const char *version = run->earlier.repeated->manifest.version;
    char *shown = path_shown(version[0] != '\0' ? version : "?");
    if (strcmp(version, CTE_VERSION) != 0)
        log_say(run, "warning", "other-version", NULL,
                "%s was made by version %s, this is %s; where the bytes differ, that may be why",
                run->earlier.repeated->shown, shown, CTE_VERSION);
    free(shown);
}

int load_repeated_run(struct run *run, const char *folder)
{
    struct repeated *repeated = run->earlier.repeated =
        cte_zalloc(1, sizeof *run->earlier.repeated);
    *repeated = (struct repeated){.folder = folder, .shown = path_shown(folder)};
    if (manifest_read(folder, MANIFEST_WHOLE, &repeated->manifest, &run->error) != CTE_OK)
        return run->error.status;
    const bool own_crosswalks = run->policy.crosswalks.count > 0 || run->policy.no_crosswalk;
    struct listed *manifest, *decisions;
    struct cte_error error = {0};
    const int listed = read_sums(folder, take_listed, repeated, &error);
    if (listed != CTE_OK && listed != CTE_BAD_INPUT) {
        run->error = error;
    } else if (listed != CTE_OK || (manifest = find_listed(repeated, "manifest.xml")) == NULL) {
        fail_kept(run, "SHA256SUMS",
                  "is missing or not a list of this run's files, so nothing here can be trusted");
    } else if (check_kept(run, manifest, NULL) == CTE_OK) {
        compare_version(run);
        note_repeated(run);
        decisions = run->policy.decisions == NULL ? find_kept_decisions(repeated) : NULL;
        if (decisions != NULL && check_kept(run, decisions, NULL) == CTE_OK)
            run->policy.decisions = arena_format(&run->memory, "%s/%s", folder, decisions->name);
        /* The tables are those the run kept; another crosswalk comes from the tables of today. An
         * empty shard used and kept none. */
        repeated->needs_tables = !own_crosswalks && !run->program->codetables_given &&
                                 repeated->manifest.source_count > 0;
        if (run->error.status == CTE_OK && take_past_options(run) == CTE_OK)
            take_past_sources(run);
    }
    return run->error.status;
}

void free_repeated(struct repeated *repeated)
{
    if (repeated == NULL)
        return;
    for (size_t i = 0; i < repeated->count; i++)
        free(repeated->listed[i].name);
    free(repeated->listed);
    free(repeated->first);
    map_free(&repeated->names);
    free(repeated->shown);
    manifest_free(&repeated->manifest);
    free(repeated);
}

/* The files that this run made of its sources, by name. */
struct made_files {
    struct map names;
    char (*hashes)[DIGEST_HEX];
    size_t room;
};

/* Finds them; the number of those that the other run had not, each logged. */
static unsigned list_made(const struct run *run, struct made_files *made)
{
    unsigned added = 0;
    for (size_t s = 0; s < run->source_count; s++) {
        const struct account *account = kept_account(run, s, KEPT(FACT_FILE));
        for (const struct fact_file *file = account_first(account, FACT_FILE); file != NULL;
             file = account_next(account, FACT_FILE, file)) {
            const size_t number = map_add_string(&made->names, file->name);
            GROW(made->hashes, number, made->room);
            snprintf(made->hashes[number], sizeof made->hashes[number], "%s", file->sha256);
            if (find_listed(run->earlier.repeated, file->name) != NULL)
                continue;
            log_say(run, "error", "differs", NULL, "%s was made this time, and not by the run",
                    file->name);
            added++;
        }
    }
    return added;
}

int compare_with_repeated(const struct run *run)
{
    const struct repeated *repeated = run->earlier.repeated;
    struct made_files made = {.room = 0};
    unsigned same = 0, other = list_made(run, &made);
    for (size_t i = 0; i < repeated->count; i++) {
        const struct listed *listed = &repeated->listed[i];
        if (!listed->is_data)
            continue;
        const size_t number = map_find_string(&made.names, listed->name);
        char *shown = path_shown(listed->name);
        const bool is_same = number != MAP_NONE && strcmp(made.hashes[number], listed->hash) == 0;
        if (!is_same)
            log_say(run, "error", "differs", NULL,
                    number != MAP_NONE ? "%s differs from what the run had made"
                                       : "%s was not made this time",
                    shown);
        same += is_same;
        other += !is_same;
        free(shown);
    }
    free(made.hashes);
    map_free(&made.names);
    if (run->request.verbose || isatty(STDOUT_FILENO))
        printf("%u files have the same bytes as before, %u do not\n", same, other);
    return other == 0 ? CTE_OK : CTE_BAD_INPUT;
}

bool is_overtaken(const struct run *run)
{
    const struct repeated *repeated = run->earlier.repeated;
    const struct past_run *current = NULL;
    for (size_t i = 0; i < run->earlier.runs->count; i++)
        current = run->earlier.runs->runs[i].is_current ? &run->earlier.runs->runs[i] : current;
    /* From the current run back: whoever is met there is older, whatever the clock said. */
    for (size_t steps = 0; current != NULL && steps <= run->earlier.runs->count; steps++) {
        const struct past_run *before = NULL;
        if (strcmp(current->sha256, run->earlier.before->repeats_sha256) == 0)
            return steps > 0;
        if (steps == 0 && strcmp(current->origin, repeated->origin) > 0)
            return true;
        for (size_t i = 0; i < run->earlier.runs->count && current->before_id != NULL; i++)
            before = strcmp(run->earlier.runs->runs[i].shown, current->before_id) == 0
                         ? &run->earlier.runs->runs[i]
                         : before;
        current = before;
    }
    return false;
}
