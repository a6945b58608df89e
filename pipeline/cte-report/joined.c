#include "pipeline/cte-report/joined.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <libxml/xmlreader.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "codetables/base/file.h"
#include "codetables/base/memory.h"
#include "codetables/base/shown.h"
#include "codetables/base/text.h"
#include "codetables/base/xml_out.h"
#include "pipeline/run/run_folder.h"

static const char root[] = "runs", manifest_file[] = "manifest.xml", sums_file[] = "SHA256SUMS",
                  before_file[] = ".SHA256SUMS.before"; /* of the report that is made again */

/* ---- the folder ---- */

/* What a program that was killed left of a file, as output.h names it: .NAME.NUMBER.tmp */
static bool is_unfinished(const char *name)
{
    size_t end = strlen(name);
    if (name[0] != '.' || end < 4 || strcmp(name + end - 4, ".tmp") != 0)
        return false;
    end -= 4;
    size_t start = end;
    while (name[start - 1] >= '0' && name[start - 1] <= '9')
        start--;
    return start < end && name[start - 1] == '.' && start > 1;
}

static bool is_empty(const char *folder)
{
    DIR *entries = opendir(folder);
    bool is_one = entries != NULL;
    for (struct dirent *entry; is_one && (entry = readdir(entries)) != NULL;)
        is_one = strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0 ||
                 is_unfinished(entry->d_name);
    if (entries != NULL)
        closedir(entries);
    return is_one;
}

static void remove_unfinished(const char *folder, const char *sub)
{
    char *below = cte_format("%s/%s", folder, sub);
    DIR *entries = opendir(below);
    for (struct dirent *entry; entries != NULL && (entry = readdir(entries)) != NULL;) {
        if (is_unfinished(entry->d_name))
            unlinkat(dirfd(entries), entry->d_name, 0);
    }
    if (entries != NULL)
        closedir(entries);
    free(below);
}

/* Whether its manifest is one of runs, by the name of its root. */
static bool is_joined(const char *folder)
{
    char *path = cte_format("%s/%s", folder, manifest_file);
    FILE *file = file_stream(path);
    xmlTextReaderPtr reader =
        file != NULL ? xmlReaderForFd(fileno(file), NULL, NULL,
                                      XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING)
                     : NULL;
    bool is_one = false;
    while (reader != NULL && !is_one && xmlTextReaderRead(reader) == 1 &&
           xmlTextReaderDepth(reader) == 0)
        is_one = xmlTextReaderNodeType(reader) == XML_READER_TYPE_ELEMENT &&
                 strcmp((const char *)xmlTextReaderConstName(reader), root) == 0;
    if (reader != NULL)
        xmlFreeTextReader(reader);
    if (file != NULL)
        fclose(file);
    free(path);
    return is_one;
}

/* A list may name anything; only what a report makes there is taken for its own. */
static void note_file(const char *hash, const char *name, void *context)
{
    static const char below[] = "public/";
    struct told *told = context;
    const char *own = strncmp(name, below, sizeof below - 1) == 0 ? name + sizeof below - 1 : name;
    (void)hash;
    if (strchr(own, '/') == NULL && (is_drawn_document(own) || strcmp(name, manifest_file) == 0))
        map_add_string(&told->left, name);
}

/* The folder for the public is one, where it is there: a link may lead anywhere. */
static int check_public(struct told *told, const char *folder, const char *shown)
{
    char *below = cte_format("%s/public", folder);
    struct stat about;
    if (lstat(below, &about) == 0 && !S_ISDIR(about.st_mode))
        cte_fail(&told->error, CTE_CANNOT_CREATE,
                 "%s/public: is no folder, and was not made by cte-report; remove it", shown);
    free(below);
    return told->error.status;
}

/* Until the program ends, no other one writes into the folder. A file system that cannot lock a
 * folder keeps nobody out. */
static int lock_folder(const char *folder, const char *shown, struct cte_error *error)
{
    const int lock = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (lock >= 0 && flock(lock, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK)
        cte_fail(error, CTE_BUSY,
                 "%s: another cte-report is at work there; try again when it has ended", shown);
    return error->status;
}

/* Takes the names of the files of an earlier report, and its SHA256SUMS out of the way. Where one
 * was killed that made it again, the names stand in that of the report before. */
static int take_earlier(struct told *told, const char *folder)
{
    char *sums = cte_format("%s/%s", folder, sums_file),
         *before = cte_format("%s/%s", folder, before_file);
    remove_unfinished(folder, "");
    remove_unfinished(folder, "public");
    read_sums_file(before, note_file, told);
    read_sums_file(sums, note_file, told);
    if (rename(sums, before) != 0 && errno != ENOENT)
        cte_fail(&told->error, CTE_IO, "%s: cannot be renamed: %s", sums, strerror(errno));
    free(before);
    free(sums);
    return told->error.status;
}

/* The run in whose folder another folder lies; NULL: there is none. */
static const struct told_run *find_run_above(const struct told *told, const char *folder)
{
    const struct told_run *found = NULL;
    struct text path = {0};
    struct stat at = {0}, below, run;
    text_format(&path, "%s", folder);
    do {
        below = at;
        text_add(&path, "/..");
        if (stat(text_string(&path), &at) != 0)
            break;
        for (size_t i = 0; i < told->run_count && found == NULL; i++) {
            if (stat(told->runs[i].folder, &run) == 0 && run.st_dev == at.st_dev &&
                run.st_ino == at.st_ino)
                found = &told->runs[i];
        }
    } while (found == NULL && (at.st_dev != below.st_dev || at.st_ino != below.st_ino));
    text_free(&path);
    return found;
}

int open_joined(struct told *told, const char *folder)
{
    char *shown = path_shown(folder);
    struct cte_error *error = &told->error;
    const struct told_run *above = NULL;
    told->documents = (struct documents){.folder = folder, .error = error};
    if (mkdir(folder, 0700) != 0 && errno != EEXIST)
        cte_fail(error, output_status(errno), "%s: cannot make the folder: %s", shown,
                 strerror(errno));
    else if ((above = find_run_above(told, folder)) != NULL)
        cte_fail(error, CTE_CANNOT_CREATE,
                 "%s: lies in the folder of a run, %s, which stays as it is; name another", shown,
                 above->shown);
    else if (!is_empty(folder) && !is_joined(folder))
        cte_fail(error, CTE_CANNOT_CREATE,
                 "%s: is there, and is no folder that cte-report made; name another", shown);
    else if (check_public(told, folder, shown) == CTE_OK &&
             lock_folder(folder, shown, error) == CTE_OK)
        take_earlier(told, folder);
    free(shown);
    return error->status;
}

static int remove_file(struct told *told, const char *name)
{
    char *path = cte_format("%s/%s", told->documents.folder, name), *shown = path_shown(path);
    if (unlink(path) != 0 && errno != ENOENT)
        cte_fail(&told->error, CTE_IO, "%s: cannot be removed: %s", shown, strerror(errno));
    free(shown);
    free(path);
    return told->error.status;
}

/* Removes files of an earlier report that this one has not. */
static int remove_left(struct told *told)
{
    for (size_t i = 0; i < told->left.count && told->error.status == CTE_OK; i++) {
        const char *name = map_key(&told->left, i).at;
        if (find_document(&told->documents, name) == NULL)
            remove_file(told, name);
    }
    return told->error.status;
}

/* ---- the manifest of manifests ---- */

static void put_sums(struct xml_out *xml, const uint64_t *sums)
{
    static const char *const names[SUMS] = {"read", "written", "merged", "rejected", "held"};
    for (size_t i = 0; i < SUMS; i++)
        xml_count(xml, names[i], sums[i]);
}

static void put_run(struct xml_out *xml, const struct told_run *run)
{
    const struct manifest *manifest = &run->manifest;
    const char *shard = manifest_option(manifest, "shard");
    xml_open(xml, "run");
    xml_shown(xml, "id", manifest->id);
    if (shard != NULL)
        xml_shown(xml, "shard", shard);
    xml_shown(xml, "started", manifest->started);
    xml_count(xml, "exit", (unsigned long long)manifest->exit);
    xml_shown(xml, "sha256", run->sha256);
    xml_count(xml, "sources", manifest->source_count);
    put_sums(xml, run->sums);
    xml_close(xml);
}

static void put_all(const struct told *told, struct xml_out *xml, bool is_job)
{
    const struct manifest_all_sources *all = &told->runs[0].manifest.all_sources;
    xml_open(xml, root);
    xml_attribute(xml, "program", told->program->name);
    xml_attribute(xml, "version", CTE_VERSION);
    if (is_job) {
        xml_open(xml, "all-sources");
        xml_count(xml, "count", all->count);
        xml_attribute(xml, "sha256", all->sha256);
        xml_close(xml);
    }
    xml_open(xml, "sums");
    xml_count(xml, "sources", told->source_count);
    xml_count(xml, "refused", told->refused);
    put_sums(xml, told->sums);
    xml_close(xml);
    for (size_t i = 0; i < told->run_count; i++)
        put_run(xml, &told->runs[i]);
    for (size_t i = 0; i < told->table_count; i++) {
        const struct fact_table *table = &told->tables[i].table;
        xml_open(xml, "table");
        xml_attribute(xml, "kind", table->kind);
        xml_shown_path(xml, "id", table->id);
        xml_shown(xml, "version", table->version);
        xml_shown(xml, "status", table->status);
        xml_shown(xml, "sha256", table->sha256);
        xml_close(xml);
    }
    for (size_t i = 0; i < told->unused_count && is_job; i++) {
        xml_open(xml, "unused");
        xml_shown(xml, "what", told->unused[i].what);
        xml_shown(xml, "text", told->unused[i].text);
        xml_close(xml);
    }
    xml_close(xml);
}

int name_joined(struct told *told, bool is_job)
{
    struct output output;
    struct xml_out xml;
    if (begin_document(&told->documents, &output, "", manifest_file) != CTE_OK)
        return told->error.status;
    xml_begin(&xml, &output);
    put_all(told, &xml, is_job);
    if (xml_end(&xml, &told->error) == CTE_OK)
        return end_document(&told->documents, &output, "");
    output_discard(&output);
    return told->error.status;
}

static int write_sums(struct told *told)
{
    const size_t count = told->documents.count;
    struct output output;
    if (begin_document(&told->documents, &output, "", sums_file) != CTE_OK)
        return told->error.status;
    for (size_t i = 0; i < count; i++) {
        const struct document *document = &told->documents.items[i];
        put_sum(&output, document->sha256, document->name);
    }
    return end_document(&told->documents, &output, "");
}

int close_joined(struct told *told)
{
    if (write_needed(&told->documents, told->needed.items, told->needed.count) == CTE_OK &&
        remove_left(told) == CTE_OK && write_sums(told) == CTE_OK &&
        remove_file(told, before_file) == CTE_OK)
        sync_folder(told->documents.folder, &told->error);
    return told->error.status;
}
