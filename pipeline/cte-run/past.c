/* Runs that are done: what their folders say, whether it still holds, and how to make them again. */
#include "pipeline/cte-run/run.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <libxml/parser.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "codetables/table.h"

/* The manifest of a run folder, or NULL with the error filled. A DOCTYPE has no business in it. */
static xmlDocPtr open_manifest(const char *folder, struct cte_error *error)
{
    char *path = cte_format("%s/manifest.xml", folder);
    xmlDocPtr doc = xmlReadFile(path, NULL, XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING);
    xmlNodePtr root = doc != NULL ? xmlDocGetRootElement(doc) : NULL;
    if (root == NULL || doc->intSubset != NULL || strcmp((const char *)root->name, "run") != 0) {
        cte_fail(error, access(path, F_OK) == 0 ? CTE_BAD_INPUT : CTE_NO_INPUT, "%s: %s", path,
                 access(path, F_OK) == 0 ? "is not the manifest of a run" : strerror(errno));
        if (doc != NULL)
            xmlFreeDoc(doc);
        doc = NULL;
    }
    free(path);
    return doc;
}

static unsigned long long attribute_count(xmlNodePtr node, const char *name)
{
    char *text = attribute_or(node, name, "0");
    unsigned long long count = strtoull(text, NULL, 10);
    free(text);
    return count;
}

/* SHA-256 of a file, piece by piece; false when it cannot be read. */
static bool hash_file(const char *path, char hex[65])
{
    FILE *file = fopen(path, "re");
    EVP_MD_CTX *hash = EVP_MD_CTX_new();
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned int size = 0;
    char buffer[1 << 16];
    size_t got;
    bool good = file != NULL && hash != NULL && EVP_DigestInit_ex(hash, EVP_sha256(), NULL) == 1;
    while (good && (got = fread(buffer, 1, sizeof buffer, file)) > 0)
        good = EVP_DigestUpdate(hash, buffer, got) == 1;
    good = good && !ferror(file) && EVP_DigestFinal_ex(hash, digest, &size) == 1 && size == 32;
    if (good)
        sha256_text(digest, hex);
    if (file != NULL)
        fclose(file);
    EVP_MD_CTX_free(hash);
    return good;
}

/* Calls back for each line of SHA256SUMS: hash and name. False when the file is not as it should be. */
static bool read_sums(const char *folder, void (*found)(const char *hash, const char *name, void *context), void *context)
{
    char *path = cte_format("%s/SHA256SUMS", folder), *line = NULL;
    FILE *file = fopen(path, "re");
    size_t room = 0;
    ssize_t length;
    bool good = file != NULL;
    while (good && (length = getline(&line, &room, file)) > 0) {
        line[strcspn(line, "\n")] = '\0';
        good = length > 67 && line[64] == ' ' && line[65] == ' ' && strncmp(line + 66, "../", 3) != 0 &&
               strstr(line + 66, "/../") == NULL && line[66] != '/';
        line[64] = '\0';
        if (good)
            found(line, line + 66, context);
    }
    if (file != NULL)
        fclose(file);
    free(line);
    free(path);
    return good;
}

struct listed_file {
    char *name, hash[65];
};

struct verifying {
    struct listed_file *listed;
    size_t listed_count;
    const struct program *program;
    const char *folder;
    unsigned files, wrong;
    bool has_manifest;
};

static void verify_file(const char *hash, const char *name, void *context)
{
    struct verifying *verifying = context;
    char *path = cte_format("%s/%s", verifying->folder, name), hex[65] = "";
    verifying->files++;
    verifying->listed = cte_realloc(verifying->listed, (verifying->listed_count + 1) * sizeof *verifying->listed);
    struct listed_file *listed = &verifying->listed[verifying->listed_count++];
    listed->name = cte_strdup(name);
    snprintf(listed->hash, sizeof listed->hash, "%s", hash);
    verifying->has_manifest = verifying->has_manifest || strcmp(name, "manifest.xml") == 0;
    if (!hash_file(path, hex) || strcmp(hex, hash) != 0) {
        program_say(verifying->program, "%s: %s", path,
                    hex[0] == '\0' ? "cannot be read" : "is not what the run wrote: its hash differs");
        verifying->wrong++;
    }
    free(path);
}

/* The sums of each source in the manifest must add up. */
static unsigned verify_sums(const struct verifying *verifying, xmlNodePtr root)
{
    const struct program *program = verifying->program;
    const char *folder = verifying->folder;
    unsigned wrong = 0;
    for (xmlNodePtr source = first_element(root, "source"); source != NULL; source = next_element(source, "source")) {
        xmlNodePtr sums = first_element(source, "sums");
        if (sums == NULL)
            continue; /* it was refused, and nothing of it was kept */
        unsigned long long read = attribute_count(sums, "read"), written = attribute_count(sums, "written");
        unsigned long long merged = attribute_count(sums, "merged"), rejected = attribute_count(sums, "rejected"),
                           held = attribute_count(sums, "held");
        if (read != written + merged + rejected + held) {
            char *name = attribute_or(source, "name", "?");
            program_say(program, "%s/manifest.xml: source %s: %llu read, but %llu written, %llu merged, %llu rejected, %llu held",
                        folder, name, read, written, merged, rejected, held);
            free(name);
            wrong++;
        }
        for (xmlNodePtr file = first_element(source, "file"); file != NULL; file = next_element(file, "file")) {
            char *name = attribute_or(file, "name", ""), *hash = attribute_or(file, "sha256", "");
            bool is_listed = false;
            for (size_t i = 0; i < verifying->listed_count; i++)
                is_listed = is_listed ||
                            (strcmp(verifying->listed[i].name, name) == 0 && strcmp(verifying->listed[i].hash, hash) == 0);
            if (!is_listed) {
                program_say(program, "%s/SHA256SUMS: does not have %s as the manifest has it", folder, name);
                wrong++;
            }
            free(name);
            free(hash);
            char *holds = attribute_or(file, "holds", "");
            unsigned long long records = attribute_count(file, "records");
            if ((strcmp(holds, "converted") == 0 && records != written) || (strcmp(holds, "held") == 0 && records != held)) {
                program_say(program, "%s/manifest.xml: a file of %s records holds %llu", folder, holds, records);
                wrong++;
            }
            free(holds);
        }
    }
    return wrong;
}

int verify_run(const struct program *program, const char *folder, bool quiet)
{
    struct verifying verifying = {.program = program, .folder = folder};
    struct cte_error error = {0};
    if (!read_sums(folder, verify_file, &verifying) || !verifying.has_manifest) {
        program_say(program, "%s/SHA256SUMS: is missing or not a list of this run's files", folder);
        return CTE_BAD_INPUT;
    }
    xmlDocPtr doc = open_manifest(folder, &error);
    if (doc == NULL)
        return program_fail(program, &error);
    verifying.wrong += verify_sums(&verifying, xmlDocGetRootElement(doc));
    xmlFreeDoc(doc);
    if (!quiet)
        printf("%s: %u files, %u wrong\n", folder, verifying.files, verifying.wrong);
    return verifying.wrong == 0 ? CTE_OK : CTE_BAD_INPUT;
}

/* ---- the runs of an output folder ---- */

struct past_run {
    char *id, *folder, *started;
    bool is_current;
};

static int compare_runs(const void *a, const void *b)
{
    const struct past_run *x = a, *y = b;
    int order = strcmp(y->started, x->started);
    return order != 0 ? order : strcmp(y->id, x->id);
}

/* All runs of a folder, the newest first. What is no run is left out. */
static struct past_run *find_runs(const char *out, size_t *count, struct cte_error *error)
{
    char *runs = cte_format("%s/runs", out), *link = cte_format("%s/current", out), target[PATH_MAX];
    ssize_t length = readlink(link, target, sizeof target - 1);
    target[length > 0 ? length : 0] = '\0';
    const char *current = strrchr(target, '/') != NULL ? strrchr(target, '/') + 1 : "";
    struct past_run *found = NULL;
    *count = 0;
    DIR *folder = opendir(runs);
    if (folder == NULL)
        cte_fail(error, CTE_NO_INPUT, "%s: holds no runs: %s", out, strerror(errno));
    for (struct dirent *entry = folder != NULL ? readdir(folder) : NULL; entry != NULL; entry = readdir(folder)) {
        struct cte_error ignored = {0};
        if (entry->d_name[0] == '.')
            continue;
        char *path = cte_format("%s/%s", runs, entry->d_name);
        xmlDocPtr doc = open_manifest(path, &ignored);
        if (doc == NULL) {
            free(path);
            continue;
        }
        found = cte_realloc(found, (*count + 1) * sizeof *found);
        found[(*count)++] = (struct past_run){cte_strdup(entry->d_name), path,
                                              attribute_or(xmlDocGetRootElement(doc), "started", ""),
                                              strcmp(entry->d_name, current) == 0};
        xmlFreeDoc(doc);
    }
    if (folder != NULL)
        closedir(folder);
    if (*count > 1)
        qsort(found, *count, sizeof *found, compare_runs);
    free(runs);
    free(link);
    return found;
}

static void print_run(const struct past_run *past, xmlNodePtr root)
{
    unsigned long long read = 0, written = 0, merged = 0, rejected = 0, held = 0, sources = 0, refused = 0;
    char *exit_status = attribute_or(root, "exit", "?");
    for (xmlNodePtr source = first_element(root, "source"); source != NULL; source = next_element(source, "source")) {
        xmlNodePtr sums = first_element(source, "sums");
        sources++;
        refused += sums == NULL;
        if (sums == NULL)
            continue;
        read += attribute_count(sums, "read");
        written += attribute_count(sums, "written");
        merged += attribute_count(sums, "merged");
        rejected += attribute_count(sums, "rejected");
        held += attribute_count(sums, "held");
    }
    printf("%c %-32s %-20s exit %-3s %llu sources (%llu refused): %llu read, %llu written, %llu merged, %llu rejected, %llu held;",
           past->is_current ? '*' : ' ', past->id, past->started, exit_status, sources, refused, read, written, merged, rejected,
           held);
    for (xmlNodePtr option = first_element(root, "option"); option != NULL; option = next_element(option, "option")) {
        char *name = attribute_or(option, "name", ""), *value = attribute_or(option, "value", "");
        if (strcmp(name, "crosswalk") == 0)
            printf(" %s", value);
        free(name);
        free(value);
    }
    putchar('\n');
    free(exit_status);
}

int list_runs(const struct program *program, const char *out)
{
    struct cte_error error = {0};
    size_t count;
    struct past_run *runs = find_runs(out, &count, &error);
    if (error.status != CTE_OK)
        return program_fail(program, &error);
    for (size_t i = 0; i < count; i++) {
        xmlDocPtr doc = open_manifest(runs[i].folder, &error);
        if (doc == NULL)
            continue;
        print_run(&runs[i], xmlDocGetRootElement(doc));
        xmlFreeDoc(doc);
    }
    free(runs);
    return CTE_OK;
}

/* Days since a run was begun, by its own manifest. */
static double age_in_days(const char *started)
{
    struct tm utc = {0};
    if (strptime(started, "%Y-%m-%dT%H:%M:%SZ", &utc) == NULL)
        return 0;
    return difftime(time(NULL), timegm(&utc)) / 86400;
}

int prune_runs(const struct program *program, const char *out, const char *keep, const char *keep_days)
{
    struct cte_error error = {0};
    if (keep == NULL && keep_days == NULL)
        return program_usage(program, "--prune needs --keep N, --keep-days N, or both: a run is removed when it is beyond both");
    /* Removing is not a thing to do on a slip of the pen. */
    if ((keep != NULL && (keep[0] == '\0' || strspn(keep, "0123456789") != strlen(keep))) ||
        (keep_days != NULL && (keep_days[0] == '\0' || strspn(keep_days, "0123456789") != strlen(keep_days))))
        return program_usage(program, "--keep and --keep-days take whole numbers");
    if (access(out, F_OK) != 0) {
        program_say(program, "%s: %s", out, strerror(errno));
        return CTE_NO_INPUT;
    }
    char *lock_path = cte_format("%s/.lock", out);
    int lock = open(lock_path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    free(lock_path);
    if (lock < 0 || flock(lock, LOCK_EX | LOCK_NB) != 0) {
        program_say(program, "%s: a run is at work there, or the lock cannot be had; try again when it has ended", out);
        return CTE_BUSY;
    }
    size_t count;
    struct past_run *runs = find_runs(out, &count, &error);
    if (error.status != CTE_OK)
        return program_fail(program, &error);
    unsigned long most = keep != NULL ? strtoul(keep, NULL, 10) : 0, days = keep_days != NULL ? strtoul(keep_days, NULL, 10) : 0;
    for (size_t i = 0; i < count; i++) {
        bool beyond_count = keep == NULL || i >= most,
             beyond_age = keep_days == NULL || age_in_days(runs[i].started) > (double)days;
        if (runs[i].is_current || !beyond_count || !beyond_age)
            continue;
        remove_folder(runs[i].folder);
        printf("removed %s, begun %s\n", runs[i].folder, runs[i].started);
    }
    free(runs);
    close(lock);
    return CTE_OK;
}

/* ---- making a run again ---- */

static void take_option(struct run *run, const char *name, char *value)
{
    struct {
        const char *name;
        const char **target;
    } texts[] = {{"target", &run->target},     {"layout", &run->layout},     {"format", &run->format},
                 {"encoding", &run->encoding}, {"shrink", &run->shrink},     {"duplicates", &run->duplicates},
                 {"as-of", &run->as_of},       {"max-held", &run->max_held}, {"max-unmapped", &run->max_unmapped}};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        if (strcmp(texts[i].name, name) == 0 && *texts[i].target == NULL)
            *texts[i].target = value;
    }
}

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
        taken->path = attribute_or(source, "file", "");
        taken->expected = attribute(source, "sha256");
        bool found = named_count == 0;
        for (size_t n = 0; n < named_count; n++) {
            if (strcmp(named[n].name, taken->name) == 0) {
                taken->path = named[n].path;
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
        program_say(run->program, "%s was made by version %s, this is %s; where the bytes differ, that may be why", folder, version,
                    CTE_VERSION);
    free(version);
    bool own_crosswalks = run->crosswalks.count > 0;
    for (xmlNodePtr option = first_element(root, "option"); option != NULL; option = next_element(option, "option")) {
        char *name = attribute_or(option, "name", ""), *value = attribute_or(option, "value", "");
        if (strcmp(name, "crosswalk") == 0 && !own_crosswalks) {
            run->crosswalks.texts = cte_realloc(run->crosswalks.texts, (run->crosswalks.count + 1) * sizeof *run->crosswalks.texts);
            run->crosswalks.texts[run->crosswalks.count++] = value;
        }
        take_option(run, name, value);
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
                program_say(comparing->run->program, "%s differs from what the run had made", name);
            return;
        }
    }
    /* Documents and tables are not compared: they name the run itself. */
    size_t length = strlen(name);
    bool is_data = strncmp(name, "tables/", 7) != 0 && strcmp(name, "manifest.xml") != 0 && strcmp(name, "report.html") != 0 &&
                   strcmp(name, "decisions-needed.csv") != 0 && length > 0;
    if (is_data) {
        program_say(comparing->run->program, "%s was not made this time", name);
        comparing->other++;
    }
}

int compare_past(const struct run *run, const char *folder)
{
    struct comparing comparing = {run, 0, 0};
    if (!read_sums(folder, compare_file, &comparing)) {
        program_say(run->program, "%s/SHA256SUMS cannot be read, so nothing can be compared", folder);
        return CTE_BAD_INPUT;
    }
    if (run->verbose || isatty(STDOUT_FILENO))
        printf("%u files have the same bytes as before, %u do not\n", comparing.same, comparing.other);
    return comparing.other == 0 ? CTE_OK : CTE_BAD_INPUT;
}
