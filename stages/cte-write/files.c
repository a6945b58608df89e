/* The files of a source: made when they are first needed, and in place all together. */
#include <stdlib.h>

#include "codetables/base/file.h"
#include "codetables/base/memory.h"
#include "pipeline/run/read_back.h"
#include "pipeline/stream/look.h"
#include "stages/cte-write/write.h"

static const char *const endings[] = {
    [FORMAT_CARET] = "txt", [FORMAT_CSV] = "csv", [FORMAT_XML] = "xml"};
const char *const file_words[FILES] = {"converted", "rejected", "held",    "changes",
                                       "findings",  "counts",   "distinct"};

struct output *file_for(struct writing *writing, enum file file)
{
    if (writing->source.made[file])
        return &writing->source.files[file];
    if (writing->error.status != CTE_OK)
        return NULL;
    char *name =
        file == FILE_CONVERTED ? cte_format("%s.%s", writing->source.name, endings[writing->format])
        : file == FILE_REJECTED ? cte_format("%s.rejected.txt", writing->source.name)
        : file == FILE_HELD
            ? cte_format("%s.held.%s", writing->source.name, endings[writing->source.format])
            : cte_format("%s.%s.csv", writing->source.name, file_words[file]);
    int status = output_open(&writing->source.files[file], writing->folder, name, writing->gzip,
                             &writing->error);
    free(name);
    if (status != CTE_OK)
        return NULL;
    writing->source.made[file] = true;
    writing->source.files[file].is_synced_later = !writing->syncs;
    return &writing->source.files[file];
}

struct row_writer *rows_for(struct writing *writing, enum file file)
{
    struct written_source *source = &writing->source;
    struct row_writer *rows = &source->rows[file];
    if (rows->folder == NULL)
        *rows = (struct row_writer){
            .folder = writing->folder,
            .source = source->name,
            .holds = file_words[file],
            .heading = file == FILE_CHANGES ? CHANGES_HEADER : FINDINGS_HEADER,
            .most = writing->most_rows,
            .gzip = writing->gzip,
            .is_synced_later = !writing->syncs,
            .output = &source->files[file],
            .error = &writing->error,
        };
    return rows;
}

/* Rows become files at the end, if they did not before. */
static void end_all_rows(struct writing *writing)
{
    struct written_source *source = &writing->source;
    for (int f = 0; f < FILES && writing->error.status == CTE_OK; f++)
        source->made[f] =
            source->made[f] || (source->rows[f].rows > 0 && end_rows(&source->rows[f]) == CTE_OK);
}

int close_files(struct writing *writing)
{
    struct cte_error *error = &writing->error;
    end_all_rows(writing);
    for (int f = 0; f < FILES; f++) {
        if (writing->source.made[f] && writing->source.xml_root[f] != NULL) {
            output_text(&writing->source.files[f], "</");
            output_text(&writing->source.files[f], writing->source.xml_root[f]);
            output_text(&writing->source.files[f], ">\r\n");
        }
        if (writing->source.made[f] && writing->source.files[f].is_open && error->status == CTE_OK)
            output_close(&writing->source.files[f], error);
    }
    for (int f = 0; f < FILES && error->status == CTE_OK; f++) {
        if (writing->source.made[f] && writing->source.xml_root[f] != NULL && !writing->gzip)
            read_back_xml(writing->source.files[f].temporary, writing->source.files[f].name, error);
    }
    return error->status;
}

/* The folder in which the files lie. */
static void sync_own_folder(struct writing *writing)
{
    struct arena memory = {0};
    char *path = cte_format("%s/%s", writing->folder, writing->source.name);
    sync_folder(path_folder(&memory, path), &writing->error);
    free(path);
    arena_free(&memory);
}

int publish_files(struct writing *writing)
{
    struct cte_error *error = &writing->error;
    for (int f = 0; f < FILES && error->status == CTE_OK; f++) {
        if (writing->source.made[f])
            output_publish(&writing->source.files[f], error);
    }
    if (error->status == CTE_OK && writing->syncs)
        sync_own_folder(writing);
    return error->status;
}

static void free_needed(struct needed_list *needed)
{
    for (size_t i = 0; i < needed->keys.count; i++)
        free(needed->items[i].courses.items);
    map_free(&needed->keys);
    map_free(&needed->texts);
    free(needed->items);
    text_free(&needed->key);
    free(needed->recent);
    map_free(&needed->unmapped);
}

static void free_plans(struct written_source *source)
{
    for (size_t i = 0; i < source->lineages.count; i++)
        lineage_free(plan_at(&source->lineages, i));
    for (size_t i = 0; i < source->row_plans.count; i++) {
        struct row_plan *plan = plan_at(&source->row_plans, i);
        if (plan != NULL) {
            text_free(&plan->head);
            text_free(&plan->tail);
        }
        free(plan);
    }
    for (size_t i = 0; i < source->rule_plans.count; i++)
        free(plan_at(&source->rule_plans, i));
    plans_free(&source->lineages);
    plans_free(&source->row_plans);
    plans_free(&source->rule_plans);
    free_repeats(&source->repeats);
}

void forget_source(struct writing *writing)
{
    struct written_source *source = &writing->source;
    for (int f = 0; f < FILES; f++) {
        output_discard(&source->files[f]);
        free_row_writer(&source->rows[f]);
    }
    free_plans(source);
    free_needed(&source->needed);
    free_places(&source->places);
    free_tally(&source->tally);
    free_breaches(&source->breaches);
    free_counts(writing);
    free(source->said);
    free(source->found_rules);
    free(source->name);
    *source = (struct written_source){.name = NULL};
}
