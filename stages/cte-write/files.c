/* The files of a source: made when they are first needed, and in place all together. */
#include <stdlib.h>

#include "codetables/base/file.h"
#include "codetables/base/memory.h"
#include "pipeline/run/read_back.h"
#include "pipeline/stream/look.h"
#include "stages/cte-write/write.h"

static const char *const endings[] = {
    [FORMAT_CARET] = "txt", [FORMAT_CSV] = "csv", [FORMAT_XML] = "xml"};
const char *const file_words[FILES] = {"converted", "rejected", "held", "changes", "findings"};

struct output *file_for(struct writing *writing, enum file file)
{
    if (writing->made[file])
        return &writing->files[file];
    if (writing->error.status != CTE_OK)
        return NULL;
    char *name = file == FILE_CONVERTED
                     ? cte_format("%s.%s", writing->name, endings[writing->format])
                 : file == FILE_REJECTED ? cte_format("%s.rejected.txt", writing->name)
                 : file == FILE_HELD
                     ? cte_format("%s.held.%s", writing->name, endings[writing->source_format])
                     : cte_format("%s.%s.csv", writing->name, file_words[file]);
    int status =
        output_open(&writing->files[file], writing->folder, name, writing->gzip, &writing->error);
    free(name);
    if (status != CTE_OK)
        return NULL;
    writing->made[file] = true;
    if (file == FILE_CHANGES)
        output_text(&writing->files[file], CHANGES_HEADER "\r\n");
    if (file == FILE_FINDINGS)
        output_text(&writing->files[file], FINDINGS_HEADER "\r\n");
    return &writing->files[file];
}

int close_files(struct writing *writing)
{
    struct cte_error *error = &writing->error;
    for (int f = 0; f < FILES; f++) {
        if (writing->made[f] && writing->xml_root[f] != NULL) {
            output_text(&writing->files[f], "</");
            output_text(&writing->files[f], writing->xml_root[f]);
            output_text(&writing->files[f], ">\r\n");
        }
        if (writing->made[f] && error->status == CTE_OK)
            output_close(&writing->files[f], error);
    }
    for (int f = 0; f < FILES && error->status == CTE_OK; f++) {
        if (writing->made[f] && writing->xml_root[f] != NULL && !writing->gzip)
            read_back_xml(writing->files[f].temporary, writing->files[f].name, error);
    }
    return error->status;
}

int publish_files(struct writing *writing)
{
    struct cte_error *error = &writing->error;
    for (int f = 0; f < FILES && error->status == CTE_OK; f++) {
        if (writing->made[f])
            output_publish(&writing->files[f], error);
    }
    if (error->status == CTE_OK)
        sync_folder(writing->folder, error);
    return error->status;
}
