#include "pipeline/cte-run/fingerprint.h"
#include "pipeline/cte-run/past.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "codetables/base/digest.h"
#include "codetables/base/file.h"
#include "codetables/base/memory.h"

static void add(struct digest *digest, const char *text)
{
    /* With its NUL, so that two texts cannot run into one another. */
    text = text != NULL ? text : "\x01";
    digest_add(digest, text, strlen(text) + 1);
}

static void add_facts(struct digest *digest, const char *path)
{
    struct stat about;
    char text[200];
    if (stat(path, &about) != 0)
        snprintf(text, sizeof text, "error %d", errno);
    else
        /* The change time cannot be set back by a program, so a file that looks the same is the
         * same. */
        snprintf(text, sizeof text, "%" PRIu64 " %" PRIu64 " %lld %lld.%09ld %lld.%09ld",
                 (uint64_t)about.st_dev, (uint64_t)about.st_ino, (long long)about.st_size,
                 (long long)about.st_mtim.tv_sec, about.st_mtim.tv_nsec,
                 (long long)about.st_ctim.tv_sec, about.st_ctim.tv_nsec);
    add(digest, path);
    add(digest, text);
}

static int compare_entries(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

static void add_folder(struct digest *digest, const char *folder)
{
    struct dirent **entries;
    int count = scandir(folder, &entries, NULL, compare_entries);
    for (int i = 0; i < count; i++) {
        if (entries[i]->d_name[0] != '.') {
            char *path = cte_format("%s/%s", folder, entries[i]->d_name);
            add_facts(digest, path);
            free(path);
        }
        free(entries[i]);
    }
    if (count >= 0)
        free(entries);
}

/* A list ends with what no value is, so that its texts cannot run into the next option's. */
static void add_policy(struct digest *digest, const struct policy *policy)
{
    for (size_t i = 0; i < policy_option_count; i++) {
        const struct policy_option *option = &policy_options[i];
        const char *value;
        for (size_t n = 0; (value = policy_value(policy, option, n)) != NULL; n++) {
            add(digest, value);
            if (option->kind == POLICY_FILE)
                add_facts(digest, value);
        }
        add(digest, NULL);
    }
}

void fingerprint(const struct run *run, char hex[DIGEST_HEX])
{
    static const char *const folders[] = {"layouts", "codesets", "crosswalks",
                                          "rules",   "rollups",  "schema"};
    struct digest digest = {0};
    digest_begin(&digest);
    add(&digest, CTE_VERSION);
    add_policy(&digest, &run->policy);
    add(&digest, run->all_sources.sha256);
    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) {
        char *path = cte_format("%s/%s", run->program->codetables, folders[i]);
        add_folder(&digest, path);
        free(path);
    }
    for (size_t i = 0; i < run->source_count; i++) {
        add(&digest, run->sources[i].stem);
        add(&digest, run->sources[i].format);
        add_facts(&digest, run->sources[i].path);
    }
    digest_end(&digest, hex);
}

/* The note is beside the runs, not in them: it speaks of this machine's files, which a run must
 * not. */
bool is_unchanged(const struct run *run, const char *hex)
{
    char *note = cte_format("%s/.last", run->request.out);
    char known[65] = "", id[300] = "";
    FILE *file = file_stream(note);
    bool same =
        file != NULL && fscanf(file, "%64s %299s", known, id) == 2 && strcmp(known, hex) == 0;
    if (file != NULL)
        fclose(file);
    char *noted = cte_format("%s/runs/%s", run->request.out, id);
    struct stat current, about;
    same = same && lstat(noted, &about) == 0 && is_whole_run(noted);
    /* An empty shard has no part in what is current. */
    if (same && run->source_count > 0)
        same = find_current(run->request.out, &current) == CURRENT_LINK &&
               about.st_dev == current.st_dev && about.st_ino == current.st_ino;
    free(note);
    free(noted);
    return same;
}

int save_fingerprint(const struct run *run, const char *hex, struct cte_error *error)
{
    struct output note;
    int status = output_open(&note, run->request.out, ".last", false, error);
    if (status != CTE_OK)
        return status;
    output_text(&note, hex);
    output_text(&note, " ");
    output_text(&note, run->place.id);
    output_text(&note, "\n");
    if ((status = output_close(&note, error)) == CTE_OK)
        status = output_publish(&note, error);
    output_discard(&note);
    return status;
}
