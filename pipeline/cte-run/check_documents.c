#include "pipeline/run/read_back.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pipeline/cte-run/run.h"
#include "pipeline/cte-run/kept_accounts.h"
#include "pipeline/run/run_folder.h"
#include "codetables/base/shown.h"
#include "codetables/base/memory.h"

/* The files of the run in the order in which SHA256SUMS was written, each asked for when its line
 * is read, and how many lines were just that. */
struct reading {
    const struct run *run;
    size_t source;                 /* the next one */
    const struct account *account; /* of the one before */
    const struct fact_file *file;  /* of it, the next; NULL: the next source's */
    size_t document, right, lines;
};

static bool is_document(const char *name)
{
    const size_t length = strlen(name);
    return length > 5 &&
           (strcmp(name + length - 4, ".xml") == 0 || strcmp(name + length - 5, ".html") == 0);
}

/* Takes the next file; false when there is none left. */
static bool next_file(struct reading *reading, const char **name, const char **hash)
{
    const struct run *run = reading->run;
    while (reading->file == NULL && reading->source < run->source_count) {
        reading->account = kept_account(run, reading->source++, KEPT(FACT_FILE));
        reading->file = account_first(reading->account, FACT_FILE);
    }
    if (reading->file != NULL) {
        *name = reading->file->name;
        *hash = reading->file->sha256;
        reading->file = account_next(reading->account, FACT_FILE, reading->file);
        return true;
    }
    if (reading->document == run->documents.count)
        return false;
    *name = run->documents.items[reading->document].name;
    *hash = run->documents.items[reading->document++].sha256;
    return true;
}

static void take_line(const char *hash, const char *name, void *context)
{
    struct reading *reading = context;
    const char *wanted_name, *wanted_hash;
    reading->lines++;
    reading->right += next_file(reading, &wanted_name, &wanted_hash) &&
                      strcmp(wanted_name, name) == 0 && strcmp(wanted_hash, hash) == 0;
}

static int check_sums(struct run *run)
{
    struct reading reading = {.run = run};
    struct cte_error error = {0};
    const char *name, *hash;
    const bool is_read = read_sums(run->place.folder, take_line, &reading, &error) == CTE_OK;
    if (error.status == CTE_IO || error.status == CTE_NO_PERMISSION)
        return cte_fail(
            &run->error, CTE_IO,
            "SHA256SUMS: was written, but cannot be read back: %s; nothing is published",
            error.text);
    if (is_read && reading.right == reading.lines && !next_file(&reading, &name, &hash))
        return CTE_OK;
    if (accounts_status(run, &run->error) != CTE_OK) /* then it was held against nothing */
        return run->error.status;
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
