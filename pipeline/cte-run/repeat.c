/* Making a run again: its options, sources and tables, and whether the bytes are the same. */
#include "pipeline/cte-run/past.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "pipeline/shown.h"

struct decisions_search {
    const char *folder;
    char *path;
};

static void find_decisions(const char *hash, const char *name, void *context)
{
    (void)hash;
    struct decisions_search *search = context;
    if (strcmp(name, "tables/decisions.csv") == 0 && search->path == NULL)
        search->path = cte_format("%s/%s", search->folder, name);
}

/* The sources of the manifest: named on the command line by their names, or where they were. */
static int take_past_sources(struct run *run, xmlNodePtr root)
{
    struct run_source *named = run->sources;
    size_t named_count = run->source_count;
    run->source_count = count_elements(root, "source");
    run->sources = cte_zalloc(run->source_count, sizeof *run->sources);
    size_t i = 0;
    for (xmlNodePtr source = first_element(root, "source"); source != NULL; source = next_element(source, "source"), i++) {
        struct run_source *taken = &run->sources[i];
        taken->name = attribute_or(source, "name", "");
        taken->is_named = true;
        taken->shown = attribute_or(source, "file", "");
        taken->path = path_from_shown(taken->shown);
        taken->format = run->input_format != NULL ? run->input_format : attribute(source, "input-format");
        taken->expected = attribute(source, "sha256");
        bool found = named_count == 0;
        for (size_t n = 0; n < named_count; n++) {
            if (strcmp(named[n].name, taken->name) == 0) {
                taken->path = named[n].path;
                taken->shown = named[n].shown;
                found = true;
            }
        }
        if (!found)
            return cte_fail(&run->error, CTE_NO_INPUT,
                            "source %s of the run is not among those on the command line; name it, or none", taken->name);
    }
    return CTE_OK;
}

int take_past(struct run *run, const char *folder)
{
    xmlDocPtr doc = open_manifest(folder, &run->error);
    if (doc == NULL)
        return run->error.status;
    xmlNodePtr root = xmlDocGetRootElement(doc);
    char *version = attribute_or(root, "version", "?");
    if (strcmp(version, CTE_VERSION) != 0)
        log_say(run, "warning", "other-version", NULL,
                "%s was made by version %s, this is %s; where the bytes differ, that may be why", folder, version, CTE_VERSION);
    free(version);
    bool own_crosswalks = run->crosswalks.count > 0 || run->no_crosswalk;
    for (xmlNodePtr option = first_element(root, "option"); option != NULL; option = next_element(option, "option")) {
        char *name = attribute_or(option, "name", ""), *value = attribute_or(option, "value", "");
        if (strcmp(name, "crosswalk") == 0 && !own_crosswalks) {
            run->crosswalks.texts = cte_realloc(run->crosswalks.texts, (run->crosswalks.count + 1) * sizeof *run->crosswalks.texts);
            run->crosswalks.texts[run->crosswalks.count++] = value;
        }
        option_take(run, name, value);
        free(name);
    }
    struct decisions_search search = {folder, NULL};
    if (run->decisions == NULL && read_sums(folder, find_decisions, &search))
        run->decisions = search.path;
    /* The tables are those the run kept; another crosswalk comes from the tables of today. */
    if (!own_crosswalks && !run->own_tables)
        run->program->codetables = cte_format("%s/tables", folder);
    int status = take_past_sources(run, root);
    xmlFreeDoc(doc);
    return status;
}

struct comparing {
    const struct run *run;
    unsigned same, other;
};

static void compare_file(const char *hash, const char *name, void *context)
{
    struct comparing *comparing = context;
    for (size_t s = 0; s < comparing->run->source_count; s++) {
        const struct run_source *source = &comparing->run->sources[s];
        for (size_t i = 0; i < source->line_count; i++) {
            const struct summary_line *line = &source->lines[i];
            if (strcmp(line->word, "file") != 0 || strcmp(line->fields[1], name) != 0)
                continue;
            bool is_same = strcmp(line->fields[4], hash) == 0;
            comparing->same += is_same;
            comparing->other += !is_same;
            if (!is_same)
                log_say(comparing->run, "error", "differs", NULL, "%s differs from what the run had made", name);
            return;
        }
    }
    /* Documents and tables are not compared: they name the run itself. */
    size_t length = strlen(name);
    bool is_data = length > 0;
    for (size_t i = 0; i < comparing->run->kept_count && is_data; i++)
        is_data = strcmp(comparing->run->kept[i].name, name) != 0;
    is_data = is_data && strncmp(name, "tables/", 7) != 0;
    if (is_data) {
        log_say(comparing->run, "error", "differs", NULL, "%s was not made this time", name);
        comparing->other++;
    }
}

int compare_past(const struct run *run, const char *folder)
{
    struct comparing comparing = {run, 0, 0};
    if (!read_sums(folder, compare_file, &comparing)) {
        log_say(run, "error", "not-compared", NULL, "%s/SHA256SUMS cannot be read, so nothing can be compared", folder);
        return CTE_BAD_INPUT;
    }
    if (run->verbose || isatty(STDOUT_FILENO))
        printf("%u files have the same bytes as before, %u do not\n", comparing.same, comparing.other);
    return comparing.other == 0 ? CTE_OK : CTE_BAD_INPUT;
}
