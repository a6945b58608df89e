#include "pipeline/cte-run/run.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* Copies one file to FOLDER/NAME of the run and remembers it. `expected` is the hash it must have, or NULL. */
static int copy_file(struct run *run, const char *from, const char *name, const char *expected)
{
    for (size_t i = 0; i < run->kept_count; i++) {
        if (strcmp(run->kept[i].name, name) == 0)
            return CTE_OK;
    }
    FILE *file = fopen(from, "re");
    if (file == NULL)
        return cte_fail(&run->error, CTE_IO, "%s: cannot copy the table into the run: %s", from, strerror(errno));
    struct output output;
    char *folder = cte_format("%s/%s", run->folder, name), *slash = strrchr(folder, '/');
    *slash = '\0';
    int status = output_open(&output, folder, slash + 1, false, &run->error);
    char buffer[1 << 14];
    size_t got;
    while (status == CTE_OK && (got = fread(buffer, 1, sizeof buffer, file)) > 0)
        output_put(&output, buffer, got);
    if (status == CTE_OK && ferror(file))
        status = cte_fail(&run->error, CTE_IO, "%s: cannot read", from);
    fclose(file);
    if (status == CTE_OK && (status = output_close(&output, &run->error)) == CTE_OK)
        status = output_publish(&output, &run->error);
    if (status == CTE_OK && expected != NULL && strcmp(expected, output.sha256) != 0)
        status = cte_fail(&run->error, CTE_BAD_TABLE, "%s: changed while the run was made; run it again", from);
    if (status == CTE_OK) {
        run->kept = cte_realloc(run->kept, (run->kept_count + 1) * sizeof *run->kept);
        struct kept_file *kept = &run->kept[run->kept_count++];
        kept->name = cte_strdup(name);
        memcpy(kept->sha256, output.sha256, sizeof kept->sha256);
    }
    if (run->error.status == CTE_OK || output.folder != NULL)
        output_discard(&output);
    free(folder);
    return status;
}

static int compare_entries(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

static int copy_schemas(struct run *run)
{
    char *folder = cte_format("%s/schema", run->program->codetables);
    struct dirent **entries;
    int count = scandir(folder, &entries, NULL, compare_entries), status = CTE_OK;
    for (int i = 0; i < count; i++) {
        const char *name = entries[i]->d_name;
        size_t length = strlen(name);
        if (status == CTE_OK && length > 4 && strcmp(name + length - 4, ".rng") == 0) {
            char *from = cte_format("%s/%s", folder, name), *to = cte_format("tables/schema/%s", name);
            status = copy_file(run, from, to, NULL);
            free(from);
            free(to);
        }
        free(entries[i]);
    }
    if (count >= 0)
        free(entries);
    free(folder);
    return status;
}

int copy_tables(struct run *run)
{
    static const struct {
        const char *kind, *folder;
    } kinds[] = {{"layout", "layouts"}, {"codeset", "codesets"}, {"crosswalk", "crosswalks"}, {"rules", "rules"}};
    static const char *const folders[] = {"tables",       "tables/layouts", "tables/codesets", "tables/crosswalks",
                                          "tables/rules", "tables/schema"};
    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) {
        char *path = cte_format("%s/%s", run->folder, folders[i]);
        int made = mkdir(path, 0700);
        free(path);
        if (made != 0 && errno != EEXIST)
            return cte_fail(&run->error, CTE_CANNOT_CREATE, "%s/%s: cannot make the folder: %s", run->folder, folders[i],
                            strerror(errno));
    }
    int status = copy_schemas(run);
    for (size_t s = 0; s < run->source_count; s++) {
        for (size_t i = 0; i < run->sources[s].line_count && status == CTE_OK; i++) {
            const struct summary_line *line = &run->sources[s].lines[i];
            if (strcmp(line->word, "table") != 0)
                continue;
            const char *kind = line->fields[1], *id = line->fields[2], *version = line->fields[3];
            if (strcmp(kind, "decisions") == 0)
                status = copy_file(run, id, "tables/decisions.csv", line->fields[5]);
            for (size_t k = 0; k < sizeof kinds / sizeof *kinds && status == CTE_OK; k++) {
                if (strcmp(kinds[k].kind, kind) != 0)
                    continue;
                char *name = cte_format("%s/%s%s%s.xml", kinds[k].folder, id, version[0] != '\0' ? "-" : "", version);
                char *from = cte_format("%s/%s", run->program->codetables, name), *to = cte_format("tables/%s", name);
                status = copy_file(run, from, to, line->fields[5]);
                free(name);
                free(from);
                free(to);
            }
        }
    }
    return status;
}
