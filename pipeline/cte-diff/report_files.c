#include "pipeline/cte-diff/report_files.h"

#include "codetables/base/program.h"

int open_report_file(struct report_file *file, struct cte_error *error)
{
    int status = file->path != NULL ? output_open_path(&file->out, file->path, error) : CTE_OK;
    if (status != CTE_OK)
        file->out = (struct output){.is_open = false};
    return status;
}

int close_report_files(struct report_file *files, size_t count, struct cte_error *error)
{
    int status = CTE_OK;
    for (size_t i = 0; i < count && status == CTE_OK; i++)
        status = files[i].path != NULL ? output_close(&files[i].out, error) : CTE_OK;
    return status;
}

int publish_report_files(struct report_file *files, size_t count, struct cte_error *error)
{
    int status = program_flush_output(error);
    for (size_t i = 0; i < count && status == CTE_OK; i++)
        status = files[i].path != NULL ? output_publish(&files[i].out, error) : CTE_OK;
    return status;
}

void discard_report_files(struct report_file *files, size_t count)
{
    for (size_t i = 0; i < count; i++)
        output_discard(&files[i].out);
}
