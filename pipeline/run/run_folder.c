#include "pipeline/run/run_folder.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "codetables/base/file.h"
#include "codetables/base/shown.h"
#include "codetables/base/memory.h"
#include "pipeline/run/accounts_file.h"
#include "pipeline/run/needed_file.h"

/* Those that no other program makes stand first. */
enum { DRAWN_DOCUMENTS = 6 };
const char *const run_documents[] = {
    "report.html", REPORT_SOURCES, UPLOADS_FILE,   SEQUENCES_FILE, NEEDED_FILE,
    WORKLIST_FILE, ACCOUNTS_FILE,  "manifest.xml", "SHA256SUMS",   NULL};

bool is_drawn_document(const char *name)
{
    for (size_t i = 0; i < DRAWN_DOCUMENTS; i++) {
        if (strcmp(name, run_documents[i]) == 0)
            return true;
    }
    return strncmp(name, ROLLUP_PREFIX, sizeof ROLLUP_PREFIX - 1) == 0;
}

void put_sum(struct output *output, const char *sha256, const char *name)
{
    output_text(output, sha256);
    output_text(output, "  ");
    output_text(output, name);
    output_text(output, "\n");
}

bool read_sums_file(const char *path,
                    void (*found)(const char *hash, const char *name, void *context), void *context)
{
    char *line = NULL;
    FILE *file = file_stream(path);
    size_t room = 0;
    ssize_t length;
    bool good = file != NULL;
    while (good && (length = getline(&line, &room, file)) > 0) {
        line[strcspn(line, "\n")] = '\0';
        good = length > 67 && line[64] == ' ' && line[65] == ' ' &&
               strncmp(line + 66, "../", 3) != 0 && strstr(line + 66, "/../") == NULL &&
               line[66] != '/';
        line[64] = '\0';
        if (good)
            found(line, line + 66, context);
    }
    if (file != NULL) {
        good = good && !ferror(file);
        fclose(file);
    }
    free(line);
    return good;
}

int read_sums(const char *folder, void (*found)(const char *hash, const char *name, void *context),
              void *context, struct cte_error *error)
{
    char *path = cte_format("%s/SHA256SUMS", folder);
    errno = 0;
    if (!read_sums_file(path, found, context)) {
        const bool is_kept_from = errno != 0 && errno != ENOENT && errno != ENOTDIR;
        char *shown = path_shown(path);
        if (is_kept_from)
            file_fail(shown, "cannot read it", CTE_BAD_INPUT, error);
        else
            cte_fail(error, CTE_BAD_INPUT, "%s: is missing or not a list of this run's files",
                     shown);
        free(shown);
    }
    free(path);
    return error->status;
}

char *table_file(const char *kind, const char *id, const char *version)
{
    static const struct {
        const char *kind, *folder;
    } kinds[] = {{"layout", "layouts"},
                 {"codeset", "codesets"},
                 {"crosswalk", "crosswalks"},
                 {"rules", "rules"},
                 {"rollups", "rollups"}};
    for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++) {
        if (strcmp(kinds[k].kind, kind) == 0)
            return cte_format("%s/%s%s%s.xml", kinds[k].folder, id, version[0] != '\0' ? "-" : "",
                              version);
    }
    return NULL;
}

const char *kept_decisions(const char *path)
{
    static const char book[] = ".xlsx";
    const size_t length = strlen(path), ending = sizeof book - 1;
    return length > ending && strcasecmp(path + length - ending, book) == 0 ? KEPT_DECISION_BOOK
                                                                            : KEPT_DECISIONS;
}
