#include "pipeline/run/read_back.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pipeline/cte-run/run.h"
#include "pipeline/run/run_folder.h"
#include "codetables/base/shown.h"
#include "codetables/base/memory.h"

/* The files of the run, in the order in which SHA256SUMS was written, and how many of its lines
 * were just that. */
struct reading {
    const char *(*files)[2]; /* name, hash */
    size_t count, right, lines;
};

static bool is_document(const char *name)
{
    const size_t length = strlen(name);
    return length > 5 &&
           (strcmp(name + length - 4, ".xml") == 0 || strcmp(name + length - 5, ".html") == 0);
}

static void add_file(struct reading *reading, const char *name, const char *hash)
{
    reading->files = cte_realloc(reading->files, (reading->count + 1) * sizeof *reading->files);
    reading->files[reading->count][0] = name;
    reading->files[reading->count++][1] = hash;
}

static void take_line(const char *hash, const char *name, void *context)
{
    struct reading *reading = context;
    const size_t at = reading->lines++;
    reading->right += at < reading->count && strcmp(reading->files[at][0], name) == 0 &&
                      strcmp(reading->files[at][1], hash) == 0;
}

static int check_sums(struct run *run)
{
    struct reading reading = {NULL, 0, 0, 0};
    for (size_t s = 0; s < run->source_count; s++) {
        const struct account *account = &run->sources[s].account;
        for (const struct fact_file *file = account_first(account, FACT_FILE); file != NULL;
             file = account_next(account, FACT_FILE, file))
            add_file(&reading, file->name, file->sha256);
    }
    for (size_t i = 0; i < run->documents.count; i++)
        add_file(&reading, run->documents.items[i].name, run->documents.items[i].sha256);
    errno = 0;
    const bool is_read = read_sums(run->place.folder, take_line, &reading);
    const int why = is_read ? 0 : errno;
    free(reading.files);
    if (why != 0)
        return cte_fail(
            &run->error, CTE_IO,
            "SHA256SUMS: was written, but cannot be read back: %s; nothing is published",
            strerror(why));
    if (is_read && reading.lines == reading.count && reading.right == reading.count)
        return CTE_OK;
    return cte_fail(&run->error, CTE_BUG,
                    "SHA256SUMS: was written, but does not name each file of the run with its "
                    "hash; nothing is published; this is a fault of the program, report it");
}

/* The files of records were read back when they were written. Tables are copies. */
int check_documents(struct run *run)
{
    for (size_t i = 0; i < run->documents.count && run->error.status == CTE_OK; i++) {
        if (!is_document(run->documents.items[i].name) ||
            strncmp(run->documents.items[i].name, "tables/", 7) == 0)
            continue;
        char *path = cte_format("%s/%s", run->place.folder, run->documents.items[i].name),
             *shown = path_shown(run->documents.items[i].name);
        read_back_xml(path, shown, &run->error);
        free(path);
        free(shown);
    }
    if (run->error.status == CTE_OK)
        check_sums(run);
    return run->error.status;
}
