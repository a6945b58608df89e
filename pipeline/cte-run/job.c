#include "pipeline/cte-run/job.h"
#include "pipeline/cte-run/log.h"
#include "pipeline/cte-run/unused.h"

#include <errno.h>
#include <fnmatch.h>
#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "codetables/model/table.h"
#include "codetables/base/memory.h"

/* A path of the job, which begins at the job's folder unless it is absolute. */
static char *job_path(struct arena *memory, const char *job, const char *path)
{
    const char *slash = strrchr(job, '/');
    if (path[0] == '/' || slash == NULL)
        return arena_string(memory, path);
    return arena_format(memory, "%.*s/%s", (int)(slash - job), job, path);
}

/* The options that the job sets, by the table of all. */
static void read_policy(struct arena *memory, xmlNodePtr root, const char *job,
                        struct policy *policy)
{
    for (size_t i = 0; i < policy_option_count; i++) {
        const struct policy_option *option = &policy_options[i];
        const bool is_path = option->kind == POLICY_PATH || option->kind == POLICY_FILE;
        if (option->element == NULL)
            continue;
        for (xmlNodePtr node = first_element(root, option->element); node != NULL;
             node = next_element(node, option->element)) {
            const char *value = copy_attribute(memory, node, option->attribute);
            if (value != NULL)
                policy_set(policy, option, is_path ? job_path(memory, job, value) : value);
        }
    }
}

/* The value of an attribute of an element that the job has at most once; NULL: it has none. */
static char *find_value(struct arena *memory, xmlNodePtr root, const char *element,
                        const char *name)
{
    const xmlNodePtr node = first_element(root, element);
    return node != NULL ? copy_attribute(memory, node, name) : NULL;
}

/* What is asked of a run beside its policy. */
static void read_request(struct arena *memory, xmlNodePtr root, const char *job,
                         struct request *request)
{
    const char *folder = find_value(memory, root, "output", "folder");
    if (request->out == NULL && folder != NULL)
        request->out = job_path(memory, job, folder);
    request->shards = find_value(memory, root, "shards", "number");
    if (request->keep == NULL)
        request->keep = find_value(memory, root, "keep", "runs");
    if (request->keep_days == NULL)
        request->keep_days = find_value(memory, root, "keep", "days");
}

static int compare_entries(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

/* A source as the job has it. */
struct job_entry {
    const char *job;
    xmlNodePtr node;
    const char *said, *format, *lea;
};

static void add_source(struct job_sources *sources, const struct job_entry *entry, const char *path,
                       const char *name)
{
    option_list_add(&sources->paths, path);
    option_list_add(&sources->said, entry->said);
    option_list_add(&sources->names, name);
    option_list_add(&sources->formats, entry->format);
    option_list_add(&sources->leas, entry->lea);
}

/* Where a folder cannot be looked into, its files are not missing. */
static int cannot_read(const struct job_entry *entry, const char *path, struct cte_error *error)
{
    const int why = errno;
    return cte_fail(error, why == EACCES || why == EPERM ? CTE_NO_PERMISSION : CTE_IO,
                    "%s:%ld: source %s: cannot read it: %s", entry->job, xmlGetLineNo(entry->node),
                    path, strerror(why));
}

/* Whether a file that a pattern like * takes in is surely no extract, by a name that editors, file
 * managers and people give to other things. What could be one is read, and refused where it is
 * none. */
static bool is_stray(const char *name)
{
    static const char *const shapes[] = {
        "readme*",  "~$*",   "*~",    "*.bak",  "*.swp",     "*.tmp",       "*.part",  "*.log",
        "*.md",     "*.pdf", "*.doc", "*.docx", "*.htm",     "*.html",      "*.eml",   "*.lnk",
        "*.sha256", "*.md5", "*.ini", "*.job",  "thumbs.db", "sha256sums*", "md5sums*"};
    bool is_one = false;
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes && !is_one; i++)
        is_one = fnmatch(shapes[i], name, FNM_CASEFOLD) == 0;
    return is_one;
}

/* The files of a folder whose names fit, in the order of their names. Folders and hidden files are
 * passed over, and by a pattern that begins with * what is surely no extract. */
static int find_files(struct run *run, const struct job_entry *entry, const char *folder,
                      const char *pattern, struct job_sources *sources)
{
    struct dirent **entries;
    const int count = scandir(folder, &entries, NULL, compare_entries);
    const size_t before = sources->paths.count;
    if (count < 0)
        return cannot_read(entry, folder, &run->error);
    for (int i = 0; i < count; i++) {
        struct stat about;
        if (fnmatch(pattern, entries[i]->d_name, FNM_PERIOD) == 0) {
            const char *file = arena_format(&run->memory, "%s/%s", folder, entries[i]->d_name);
            /* A link that leads nowhere is a source that cannot be read, and told as such. */
            struct job_entry found = *entry;
            found.said = arena_format(&run->memory, "%s/%s", entry->said, entries[i]->d_name);
            if (pattern[0] == '*' && is_stray(entries[i]->d_name))
                log_tell(run, "passed-over", "%s: passed over, for its name is that of no extract",
                         found.said);
            else if (stat(file, &about) != 0 || S_ISREG(about.st_mode))
                add_source(sources, &found, file, NULL);
        }
        free(entries[i]);
    }
    free(entries);
    if (sources->paths.count == before) {
        run->has_missing = true;
        note_unused(run, "pattern-unused",
                    "%s:%ld: no file in %s fits the pattern %s of this source", entry->job,
                    xmlGetLineNo(entry->node), folder, pattern);
    }
    return CTE_OK;
}

/* The files a source element names. */
static int find_sources(struct run *run, xmlNodePtr node, const char *job,
                        struct job_sources *sources)
{
    struct arena *memory = &run->memory;
    const struct job_entry entry = {.job = job,
                                    .node = node,
                                    .said = copy_attribute_or(memory, node, "path", ""),
                                    .format = copy_attribute(memory, node, "format"),
                                    .lea = copy_attribute(memory, node, "lea")};
    const char *path = job_path(memory, job, entry.said),
               *pattern = copy_attribute(memory, node, "pattern"),
               *name = copy_attribute(memory, node, "name");
    struct stat about;
    int status = CTE_OK;
    const bool is_there = stat(path, &about) == 0;
    if (!is_there && errno != ENOENT && errno != ENOTDIR)
        status = cannot_read(&entry, path, &run->error);
    else if (!is_there && pattern != NULL)
        status = cte_fail(&run->error, CTE_NO_INPUT, "%s:%ld: source %s: there is no such folder",
                          job, xmlGetLineNo(node), path);
    else if (is_there && S_ISDIR(about.st_mode) && name != NULL)
        status = cte_fail(&run->error, CTE_BAD_TABLE,
                          "%s:%ld: source %s is a folder; a name is for one file", job,
                          xmlGetLineNo(node), path);
    else if (is_there && !S_ISDIR(about.st_mode) && pattern != NULL)
        status = cte_fail(&run->error, CTE_BAD_TABLE,
                          "%s:%ld: source %s is a file; a pattern is for the files of a folder",
                          job, xmlGetLineNo(node), path);
    else if (is_there && S_ISDIR(about.st_mode))
        status = find_files(run, &entry, path, pattern != NULL ? pattern : "*", sources);
    else
        add_source(sources, &entry, path, name);
    return status;
}

void free_job_sources(struct job_sources *sources)
{
    option_list_free(&sources->paths);
    option_list_free(&sources->names);
    option_list_free(&sources->formats);
    option_list_free(&sources->leas);
    option_list_free(&sources->said);
}

int read_job(struct run *run, bool own_sources, struct job_sources *sources)
{
    const char *path = run->request.job;
    struct table_identity identity;
    xmlDocPtr doc = NULL;
    if (access(path, R_OK) != 0) /* a job is no extract, and no table either */
        return cte_fail(&run->error, errno == EACCES ? CTE_NO_PERMISSION : CTE_BAD_TABLE,
                        "%s: cannot read the job: %s", path, strerror(errno));
    char *schema = cte_format("%s/schema/job.xsd", run->program->codetables);
    int status = table_open(path, schema, &identity, &doc, &run->error);
    free(schema);
    if (status != CTE_OK)
        return status;
    xmlNodePtr root = xmlDocGetRootElement(doc);
    struct policy policy = {0};
    read_policy(&run->memory, root, path, &policy);
    policy_complete(&run->policy, &policy);
    policy_free(&policy);
    read_request(&run->memory, root, path, &run->request);
    for (xmlNodePtr node = first_element(root, "source");
         node != NULL && !own_sources && status == CTE_OK; node = next_element(node, "source"))
        status = find_sources(run, node, path, sources);
    if (status == CTE_OK && run->has_missing && sources->paths.count == 0)
        status = cte_fail(&run->error, CTE_NO_INPUT,
                          "%s: no file fits any source of the job; nothing is converted", path);
    xmlFreeDoc(doc);
    table_close(&identity);
    return status;
}
