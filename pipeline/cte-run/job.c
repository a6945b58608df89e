/* A job in XML: the options and sources of a run, written down. What the command line says wins. */
#include "pipeline/cte-run/run.h"

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
static char *job_path(const char *job, const char *path)
{
    const char *slash = strrchr(job, '/');
    if (path[0] == '/' || slash == NULL)
        return cte_strdup(path);
    return cte_format("%.*s/%s", (int)(slash - job), job, path);
}

static void take(xmlNodePtr node, const char *name, const char **target)
{
    if (node != NULL && *target == NULL)
        *target = attribute(node, name);
}

static void take_path(xmlNodePtr node, const char *name, const char *job, const char **target)
{
    char *path = node != NULL && *target == NULL ? attribute(node, name) : NULL;
    if (path != NULL)
        *target = job_path(job, path);
    free(path);
}

static int compare_entries(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

static void add_path(struct option_list *paths, const char *path)
{
    paths->texts = cte_realloc(paths->texts, (paths->count + 1) * sizeof *paths->texts);
    paths->texts[paths->count++] = path;
}

/* One source of the job. */
static void add_source(struct job_sources *sources, char *path, const char *name,
                       const char *format)
{
    add_path(&sources->paths, path);
    add_path(&sources->names, name);
    add_path(&sources->formats, format);
}

/* Where a folder cannot be looked into, its files are not missing. */
static int cannot_read(const char *job, xmlNodePtr node, const char *path, struct cte_error *error)
{
    const int why = errno;
    return cte_fail(error, why == EACCES || why == EPERM ? CTE_NO_PERMISSION : CTE_IO,
                    "%s:%ld: source %s: cannot read it: %s", job, xmlGetLineNo(node), path,
                    strerror(why));
}

/* The files of a folder whose names fit, in the order of their names. Folders and hidden files are
 * passed over. */
static int find_files(struct run *run, xmlNodePtr node, const char *job, const char *folder,
                      const char *pattern, const char *format, struct job_sources *sources)
{
    struct dirent **entries;
    const int count = scandir(folder, &entries, NULL, compare_entries);
    const size_t before = sources->paths.count;
    if (count < 0)
        return cannot_read(job, node, folder, &run->error);
    for (int i = 0; i < count; i++) {
        struct stat about;
        if (fnmatch(pattern, entries[i]->d_name, FNM_PERIOD) == 0) {
            char *file = cte_format("%s/%s", folder, entries[i]->d_name);
            /* A link that leads nowhere is a source that cannot be read, and told as such. */
            if (stat(file, &about) != 0 || S_ISREG(about.st_mode))
                add_source(sources, file, NULL, format);
            else
                free(file);
        }
        free(entries[i]);
    }
    free(entries);
    if (sources->paths.count == before) {
        run->has_missing = true;
        note_unused(run, "pattern-unused",
                    "%s:%ld: no file in %s fits the pattern %s of this source", job,
                    xmlGetLineNo(node), folder, pattern);
    }
    return CTE_OK;
}

/* The files a source element names. */
static int find_sources(struct run *run, xmlNodePtr node, const char *job,
                        struct job_sources *sources)
{
    char *named = attribute_or(node, "path", ""), *pattern = attribute(node, "pattern"),
         *name = attribute(node, "name");
    char *format = attribute(node, "format"), *path = job_path(job, named);
    struct stat about;
    int status = CTE_OK;
    const bool is_there = stat(path, &about) == 0;
    if (!is_there && errno != ENOENT && errno != ENOTDIR)
        status = cannot_read(job, node, path, &run->error);
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
        status = find_files(run, node, job, path, pattern != NULL ? pattern : "*", format, sources);
    else
        add_source(sources, cte_strdup(path), name, format);
    free(named);
    free(pattern);
    free(path);
    return status;
}

int take_job(struct run *run, const char *path, bool own_sources, struct job_sources *sources,
             const char **keep, const char **keep_days)
{
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
    xmlNodePtr root = xmlDocGetRootElement(doc), policy = first_element(root, "policy");
    if (run->policy.crosswalks.count == 0) {
        for (xmlNodePtr node = first_element(root, "crosswalk"); node != NULL;
             node = next_element(node, "crosswalk"))
            add_path(&run->policy.crosswalks, attribute(node, "ref"));
    }
    take(first_element(root, "read"), "layout", &run->policy.layout);
    take(first_element(root, "read"), "encoding", &run->policy.encoding);
    take_path(first_element(root, "decisions"), "file", path, &run->policy.decisions);
    take_path(first_element(root, "output"), "folder", path, &run->out);
    take(first_element(root, "output"), "target", &run->policy.target);
    take(first_element(root, "output"), "format", &run->policy.format);
    take_path(first_element(root, "sign"), "key", path, &run->policy.sign);
    take(policy, "shrink", &run->policy.shrink);
    take(policy, "duplicates", &run->policy.duplicates);
    take(policy, "refused", &run->policy.refused);
    take(policy, "as-of", &run->policy.as_of);
    take(first_element(root, "limit"), "held", &run->policy.max_held);
    take(first_element(root, "limit"), "unmapped", &run->policy.max_unmapped);
    take(first_element(root, "limit"), "shrink", &run->policy.max_shrink);
    take(first_element(root, "limit"), "unpacked", &run->policy.max_unpacked);
    const char *suppress = NULL, *public = NULL;
    take(first_element(root, "report"), "suppress-small", &suppress);
    take(first_element(root, "report"), "public", &public);
    run->policy.hide_small =
        run->policy.hide_small || (suppress != NULL && strcmp(suppress, "yes") == 0);
    run->policy.make_public =
        run->policy.make_public || (public != NULL && strcmp(public, "yes") == 0);
    take(first_element(root, "keep"), "runs", keep);
    take(first_element(root, "keep"), "days", keep_days);
    for (xmlNodePtr node = first_element(root, "source");
         node != NULL && !own_sources && status == CTE_OK; node = next_element(node, "source"))
        status = find_sources(run, node, path, sources);
    if (status == CTE_OK && run->has_missing && sources->paths.count == 0)
        status = cte_fail(&run->error, CTE_NO_INPUT,
                          "%s: no file fits any source of the job; nothing is converted", path);
    xmlFreeDoc(doc);
    return status;
}
