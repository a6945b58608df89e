/* The file that an export is written to. */
#include <string.h>
#include <strings.h>

#include "codetables/cte-table/export_as.h"

bool export_file_ends(const struct exporting *exporting, const char *end)
{
    const char *out = exporting->request->out;
    const size_t length = out != NULL ? strlen(out) : 0;
    return length > strlen(end) && strcasecmp(out + length - strlen(end), end) == 0;
}

int export_begin(const struct exporting *exporting, struct output *output, struct cte_error *error)
{
    if (exporting->request->out != NULL)
        return output_open_path(output, exporting->request->out, error);
    output_to_standard(output);
    return CTE_OK;
}

int export_end(const struct exporting *exporting, struct output *output, struct cte_error *error)
{
    if (error->status == CTE_OK && exporting->request->out != NULL)
        return close_out(output, error);
    if (error->status == CTE_OK)
        output_close(output, error);
    output_discard(output);
    return error->status;
}
