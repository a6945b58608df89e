/* A job in XML: the options and sources of a run, written down. What the command line says wins. */
#include "pipeline/cte-run/run.h"

#include <errno.h>
#include <fnmatch.h>
#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "codetables/table.h"

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

/* The files a source element names, in the order of their names. `names` is as long as `paths`: NULL where the file names itself. */
static int find_sources(xmlNodePtr node, const char *job, struct option_list *paths, struct option_list *names,
                        struct cte_error *error)
{
    char *named = attribute_or(node, "path", ""), *pattern = attribute(node, "pattern"), *name = attribute(node, "name");
    char *path = job_path(job, named);
    struct stat about;
    free(named);
    if (stat(path, &about) != 0)
        return cte_fail(error, CTE_NO_INPUT, "%s:%ld: source %s: %s", job, xmlGetLineNo(node), path, strerror(errno));
    if (!S_ISDIR(about.st_mode)) {
        add_path(paths, path);
        add_path(names, name);
        return CTE_OK;
    }
    if (name != NULL)
        return cte_fail(error, CTE_BAD_TABLE, "%s:%ld: source %s is a folder; a name is for one file", job, xmlGetLineNo(node),
                        path);
    struct dirent **entries;
    int count = scandir(path, &entries, NULL, compare_entries);
    size_t before = paths->count;
    for (int i = 0; i < count; i++) {
        if (fnmatch(pattern != NULL ? pattern : "*", entries[i]->d_name, FNM_PERIOD) == 0) {
            char *file = cte_format("%s/%s", path, entries[i]->d_name);
            if (stat(file, &about) == 0 && S_ISREG(about.st_mode)) {
                add_path(paths, file);
                add_path(names, NULL);
            } else {
                free(file);
            }
        }
        free(entries[i]);
    }
    if (count >= 0)
        free(entries);
    free(pattern);
    int status = paths->count > before ? CTE_OK
                                       : cte_fail(error, CTE_NO_INPUT, "%s:%ld: no file in %s fits the source's pattern", job,
                                                  xmlGetLineNo(node), path);
    free(path);
    return status;
}

int take_job(struct run *run, const char *path, bool own_sources, struct option_list *paths, struct option_list *names,
             const char **keep, const char **keep_days)
{
    struct table_identity identity;
    xmlDocPtr doc = NULL;
    char *schema = cte_format("%s/schema/job.rng", run->program->codetables);
    int status = table_open(path, schema, &identity, &doc, &run->error);
    free(schema);
    if (status != CTE_OK) {
        run->error.status = status == CTE_NO_INPUT ? CTE_BAD_TABLE : status; /* a job that is not there is no missing extract */
        return run->error.status;
    }
    xmlNodePtr root = xmlDocGetRootElement(doc), policy = first_element(root, "policy");
    if (run->crosswalks.count == 0) {
        for (xmlNodePtr node = first_element(root, "crosswalk"); node != NULL; node = next_element(node, "crosswalk"))
            add_path(&run->crosswalks, attribute(node, "ref"));
    }
    take(first_element(root, "read"), "layout", &run->layout);
    take(first_element(root, "read"), "encoding", &run->encoding);
    take_path(first_element(root, "decisions"), "file", path, &run->decisions);
    take_path(first_element(root, "output"), "folder", path, &run->out);
    take(first_element(root, "output"), "target", &run->target);
    take(first_element(root, "output"), "format", &run->format);
    take(policy, "shrink", &run->shrink);
    take(policy, "duplicates", &run->duplicates);
    const char *refused = NULL;
    take(policy, "refused", &refused);
    run->stop_on_refused = refused != NULL && strcmp(refused, "stop") == 0;
    take(first_element(root, "limit"), "held", &run->max_held);
    take(first_element(root, "limit"), "unmapped", &run->max_unmapped);
    take(first_element(root, "limit"), "shrink", &run->max_shrink);
    const char *suppress = NULL, *public = NULL;
    take(first_element(root, "report"), "suppress-small", &suppress);
    take(first_element(root, "report"), "public", &public);
    run->hide_small = run->hide_small || (suppress != NULL && strcmp(suppress, "yes") == 0);
    run->make_public = run->make_public || (public != NULL && strcmp(public, "yes") == 0);
    take(first_element(root, "keep"), "runs", keep);
    take(first_element(root, "keep"), "days", keep_days);
    for (xmlNodePtr node = first_element(root, "source"); node != NULL && !own_sources && status == CTE_OK;
         node = next_element(node, "source"))
        status = find_sources(node, path, paths, names, &run->error);
    xmlFreeDoc(doc);
    return status;
}
