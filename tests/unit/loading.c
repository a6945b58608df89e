#include "tests/unit/loading.h"

#include <stdlib.h>
#include <string.h>

bool check_bad_table(const char *name, const char *path, int status, const struct cte_error *error,
                     const char *words)
{
    return CHECK(status == CTE_BAD_TABLE && error->status == status, "%s: status %d (%s)", name,
                 status, error->text) &&
           CHECK(strstr(error->text, path) != NULL, "%s: the message does not name the file: %s",
                 name, error->text) &&
           CHECK(words == NULL || strstr(error->text, words) != NULL,
                 "%s: the message does not say '%s': %s", name, words, error->text);
}

void check_loading(loader load, const struct loading_case *cases, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct cte_error error = {0};
        char *path = write_table_file("loading.xml", cases[i].xml);
        int status = load(path, &error);
        if (cases[i].status == CTE_OK)
            CHECK(status == CTE_OK, "%s: %s", cases[i].name, error.text);
        else
            check_bad_table(cases[i].name, path, status, &error, cases[i].words);
        free(path);
    }
}
