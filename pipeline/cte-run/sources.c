
#include "pipeline/cte-run/sources.h"
#include "pipeline/cte-run/kept_accounts.h"
#include "pipeline/cte-run/job.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "codetables/base/file.h"
#include "codetables/base/shown.h"
#include "pipeline/stream/source.h"
#include "codetables/base/memory.h"
#include "pipeline/run/status.h"
#include "pipeline/run/run_folder.h"

bool is_plain_name(const char *name)
{
    if (name[0] == '\0' || name[0] == '.' || !is_xml_text(name, strlen(name)))
        return false;
    for (const char *c = name; *c != '\0'; c++) {
        if (*c == '/' || *c == '\\' || (unsigned char)*c < 0x20 || *c == 0x7f)
            return false;
    }
    return true;
}

/* A name under which a source may leave a file, or a document of the run. */
struct possible_name {
    char *text;
    const char *path; /* of the source; NULL: a document */
};

static int compare_names(const void *a, const void *b)
{
    return strcmp(((const struct possible_name *)a)->text, ((const struct possible_name *)b)->text);
}

/* In lower case: on some disks, and in some eyes, case does not count. */
static void add_name(struct possible_name *name, const char *stem, const char *ending,
                     const char *path)
{
    *name = (struct possible_name){cte_format("%s%s", stem, ending), path};
    for (char *c = name->text; *c != '\0'; c++)
        *c = (char)tolower((unsigned char)*c);
}

/* What one source may leave, no other and no document of the run may. */
static int check_names(struct run *run)
{
    static const char *const endings[] = {".txt",
                                          ".csv",
                                          ".xml",
                                          ".rejected.txt",
                                          ".held.txt",
                                          ".held.csv",
                                          ".held.xml",
                                          ".changes.csv",
                                          ".findings.csv",
                                          ".changes.short",
                                          ".findings.short",
                                          ".counts.csv",
                                          ".distinct.csv"};
    enum { ENDINGS = sizeof endings / sizeof *endings };
    size_t count = 0, documents = 0;
    while (run_documents[documents] != NULL)
        documents++;
    struct possible_name *names =
        cte_zalloc(run->source_count * ENDINGS + documents, sizeof *names);
    for (size_t i = 0; i < run->source_count; i++) {
        for (size_t e = 0; e < ENDINGS; e++)
            add_name(&names[count++], run->sources[i].name, endings[e], run->sources[i].shown);
    }
    for (size_t i = 0; i < documents; i++)
        add_name(&names[count++], run_documents[i], "", NULL);
    qsort(names, count, sizeof *names, compare_names);
    int status = CTE_OK;
    /* Roll-ups are called by what their table names, so all names that begin like theirs are taken.
     */
    static const char rollups[] = ROLLUP_PREFIX;
    for (size_t i = 0; i < run->source_count && status == CTE_OK; i++) {
        if (strncasecmp(run->sources[i].name, rollups, sizeof rollups - 1) == 0)
            status =
                cte_fail(&run->error, CTE_USAGE,
                         "%s would take the name of a document of the run; give it another name",
                         run->sources[i].shown);
    }
    for (size_t i = 1; i < count && status == CTE_OK; i++) {
        const char *one = names[i - 1].path, *other = names[i].path;
        if (strcmp(names[i - 1].text, names[i].text) != 0 || (one == other && one != NULL))
            continue;
        if (one == NULL || other == NULL)
            status =
                cte_fail(&run->error, CTE_USAGE,
                         "%s would take the name of a document of the run; give it another name",
                         one != NULL ? one : other);
        else
            status = cte_fail(&run->error, CTE_USAGE,
                              "%s and %s would leave files of one name; give one another name (a "
                              "job can: <source path=\"\" name=\"\"/>)",
                              one, other);
    }
    for (size_t i = 0; i < count; i++)
        free(names[i].text);
    free(names);
    return status;
}

int check_sources(struct run *run)
{
    for (size_t i = 0; i < run->source_count; i++) {
        const struct run_source *source = &run->sources[i];
        const size_t length = strlen(source->path);
        if (length > 0 && source->path[length - 1] == '/')
            return cte_fail(&run->error, CTE_USAGE, "%s: is a folder; name the files in it",
                            source->shown);
        if (!is_plain_name(source->name))
            return cte_fail(&run->error, CTE_USAGE,
                            "%s: its name cannot be the name of an output file: it begins with a "
                            "dot, or has control characters or "
                            "bytes that are not UTF-8; give the file another name",
                            source->shown);
        struct stat about;
        if (stat(source->path, &about) == 0 &&
            (S_ISFIFO(about.st_mode) || S_ISSOCK(about.st_mode) || S_ISCHR(about.st_mode)))
            return cte_fail(
                &run->error, CTE_USAGE,
                "%s is a pipe or a device; each source is read twice, so it must be a file",
                source->shown);
    }
    return check_names(run);
}

/* A text of a list that only a job fills; NULL: it does not say it. */
static const char *find_text(const struct option_list *list, size_t i)
{
    return i < list->count ? list->texts[i] : NULL;
}

int set_sources(struct run *run, const struct job_sources *given)
{
    const size_t count = given->paths.count;
    run->source_count = count;
    run->sources = cte_zalloc(count + 1, sizeof *run->sources);
    for (size_t i = 0; i < count; i++) {
        struct run_source *source = &run->sources[i];
        const char *name = find_text(&given->names, i), *said = find_text(&given->said, i);
        source->path = given->paths.texts[i];
        source->said = said != NULL ? said : source->path;
        source->lea = find_text(&given->leas, i);
        source->is_named = name != NULL;
        source->shown = arena_take(&run->memory, path_shown(source->path));
        source->format = run->policy.input_format != NULL ? run->policy.input_format
                                                          : find_text(&given->formats, i);
        source->name =
            arena_take(&run->memory, name != NULL ? cte_strdup(name) : source_stem(source->path));
    }
    return check_sources(run);
}

int stat_sources(struct run *run)
{
    for (size_t i = 0; i < run->source_count; i++) {
        struct run_source *source = &run->sources[i];
        if (stat(source->path, &source->facts) == 0)
            continue;
        if (file_status(errno, CTE_NO_INPUT) == CTE_IO)
            return file_fail(source->shown, "cannot be looked at", CTE_NO_INPUT, &run->error);
        memset(&source->facts, 0, sizeof source->facts);
    }
    return CTE_OK;
}

static bool same_time(struct timespec a, struct timespec b)
{
    return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec;
}

void check_sources_unchanged(struct run *run)
{
    for (size_t i = 0; i < run->source_count; i++) {
        struct run_source *source = &run->sources[i];
        struct stat now;
        const int why = stat(source->path, &now) != 0 ? errno : 0;
        if (why != 0)
            memset(&now, 0, sizeof now);
        const struct stat *was = &source->facts;
        if (now.st_dev == was->st_dev && now.st_ino == was->st_ino && now.st_size == was->st_size &&
            same_time(now.st_mtim, was->st_mtim))
            continue;
        /* What the stages made of a file in motion says nothing about the file. */
        free(source->messages);
        source->messages = NULL;
        source->message_length = 0;
        char *how = why != 0 ? cte_format("it cannot be found any more: %s", strerror(why))
                             : cte_format("it had %lld bytes, now %lld", (long long)was->st_size,
                                          (long long)now.st_size);
        char *text = cte_format("%s: %s: changed while it was read (%s); nothing is published; run "
                                "again when it is complete\n",
                                run->program->name, source->shown, how);
        free(how);
        add_message(source, text);
        free(text);
        source->status = why != 0 ? file_status(why, CTE_BUSY) : CTE_BUSY;
        run->status = worse_status(run->status, source->status);
    }
}

int check_source_hashes(struct run *run)
{
    for (size_t i = 0; i < run->source_count; i++) {
        const struct run_source *source = &run->sources[i];
        if (source->expected == NULL)
            continue;
        const struct fact_content *content =
            account_first(kept_account(run, i, KEPT(FACT_CONTENT)), FACT_CONTENT);
        if (content != NULL && strcmp(content->sha256, source->expected) != 0)
            return cte_fail(&run->error, CTE_BAD_INPUT,
                            "%s: is not what it was when the run was made: its hash differs; find "
                            "the file of that day",
                            source->shown);
    }
    return CTE_OK;
}

void add_messages(struct run_source *source, const char *text, size_t length)
{
    if (length == 0)
        return;
    char *shown = text_shown(text, length);
    const size_t more = strlen(shown);
    source->messages = cte_realloc(source->messages, source->message_length + more);
    memcpy(source->messages + source->message_length, shown, more);
    source->message_length += more;
    free(shown);
}

void add_message(struct run_source *source, const char *text)
{
    add_messages(source, text, strlen(text));
}
