/* The layout of a file for which none was named. */
#include <stdlib.h>

#include "pipeline/cte-diff/diff.h"

/* So many records at the begin of a file show in which layout it is. */
enum { SAMPLE = 100 };

struct sample {
    size_t read, known; /* records, and those of which the kind could be told */
};

static struct sample take_sample(struct diff *diff, size_t side, const struct layout *layout)
{
    struct cte_error ignored = {.status = CTE_OK}; /* it is read again, and told then */
    struct reader_options options = diff->options[side];
    struct record_file file;
    struct sample sample = {0, 0};
    struct planned planned = {0};
    options.layout = layout;
    options.takes_any = true;
    options.kinds = &planned.kinds;
    int status = open_records(diff, diff->paths[side], &options, &file, &ignored);
    while (status == CTE_OK && sample.read < SAMPLE) {
        struct reader_record item;
        status = reader_next(file.reader, &item, &ignored);
        if (status != CTE_OK || item.end)
            break;
        sample.read++;
        sample.known += item.record.kind != NULL;
    }
    close_records(&file);
    planned_free(&planned);
    return sample;
}

const struct layout *find_layout(struct diff *diff, size_t side)
{
    const struct layout *found = NULL;
    size_t count = 0;
    const struct sample by_year = take_sample(diff, side, NULL);
    for (size_t l = 0; l < diff->tables->layout_count && by_year.known == 0 && by_year.read > 0;
         l++) {
        const struct sample sample = take_sample(diff, side, &diff->tables->layouts[l]);
        if (sample.known == 0 || sample.known < sample.read)
            continue;
        found = &diff->tables->layouts[l];
        count++;
    }
    return count == 1 ? found : NULL;
}
