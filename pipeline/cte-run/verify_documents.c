/* The documents of a run, made anew from its manifest, its counts, its questions and its tables,
 * and held against those there. */
#include <string.h>

#include "codetables/base/memory.h"
#include "pipeline/cte-run/draw_documents.h"
#include "pipeline/cte-run/verify.h"
#include "pipeline/run/needed_file.h"
#include "pipeline/run/run_folder.h"

static void compare_documents(struct verifying *verifying, const struct documents *drawn)
{
    for (size_t i = 0; i < drawn->count; i++) {
        const struct document *made = &drawn->items[i];
        const struct listed_file *listed = verify_find(verifying, made->name);
        if (listed == NULL)
            verify_wrong(verifying, made->name, "is missing: the run makes it");
        else if (strcmp(listed->hash, made->sha256) != 0)
            verify_wrong(verifying, made->name,
                         "is not what manifest, counts, questions and tables of the run say: "
                         "made anew, it is another");
    }
}

/* The questions say nothing that stands elsewhere, but how they are written is settled. */
static void redraw_questions(struct verifying *verifying, struct documents *drawn)
{
    struct needed_list list = {.count = 0};
    if (verify_find(verifying, NEEDED_FILE) != NULL &&
        read_listed_needed(verifying->folder, &list, drawn->error) == CTE_OK) {
        sort_needed(list.items, list.count);
        write_needed(drawn, list.items, list.count);
    }
    needed_free(&list);
}

static void redraw(struct verifying *verifying)
{
    struct cte_error error = {0};
    struct documents drawn = {.folder = verifying->folder, .only_reckons = true, .error = &error};
    redraw_questions(verifying, &drawn);
    if (error.status == CTE_OK &&
        redraw_documents(verifying->folder, verifying->manifest.before.id, &drawn) == CTE_OK)
        compare_documents(verifying, &drawn);
    documents_free(&drawn);
    if (error.status != CTE_OK)
        verify_wrong(verifying, "tables", "its documents cannot be made anew from what it kept: %s",
                     error.text);
}

/* Another version of the program may draw otherwise. */
static void pass_over_documents(struct verifying *verifying)
{
    verify_open(verifying, "report.html",
                "cannot be drawn anew and compared: the run was made by another version of "
                "this program");
    for (size_t i = 0; i < verifying->listed_count; i++) {
        const char *slash = strrchr(verifying->listed[i].name, '/'),
                   *name = slash != NULL ? slash + 1 : verifying->listed[i].name;
        verifying->listed[i].is_known = verifying->listed[i].is_known || is_drawn_document(name);
    }
}

void verify_documents(struct verifying *verifying)
{
    if (strcmp(verifying->manifest.version, CTE_VERSION) != 0 || verifying->has_other_schemas)
        pass_over_documents(verifying);
    else
        redraw(verifying);
}
