/* The counts of all sources, read one after another. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "codetables/base/memory.h"
#include "codetables/base/shown.h"
#include "pipeline/cte-report/rollup.h"
#include "pipeline/run/counted_rollups.h"
#include "pipeline/run/distinct_file.h"

/* Memory for cells, and for records that wait for the code of their course; beyond, they go to the
 * disk. */
enum { CELLS_MEMORY = 8 << 20, COURSES_MEMORY = 8 << 20, PEOPLE_MEMORY = 16 << 20 };

/* The counts of one source, while they are read. */
struct counting {
    struct told *told;
    struct run_rollups *rollups;
    struct course_join join;
    const char *shown; /* the file */
    struct fact_sums sums;
    uint64_t row; /* of the file, from 1 */
    struct distinct_reading people;
};

static void refuse_row(const struct counting *counting, const char *what)
{
    cte_fail(&counting->told->error, CTE_BAD_INPUT,
             "%s: counts %s that the code tables in %s do not have; name by --codetables those "
             "that the run kept, its tables/",
             counting->shown, what, counting->told->codetables);
}

/* The roll-up that a row counts for; NULL: none, or it is an error. */
static struct run_rollup *find_rollup(const struct counting *counting,
                                      const struct counted *counted)
{
    for (size_t i = 0; i < counting->rollups->count; i++) {
        struct run_rollup *rollup = &counting->rollups->items[i];
        if (strcmp(rollup->rollup->id, counted->rollup) == 0)
            return rollup;
    }
    if (counted->rollup[0] != '\0')
        refuse_row(counting, "by a roll-up");
    return NULL;
}

/* What linked totals rest on: no row has a code that is not in its code set. Runs that used several
 * versions of a table may have codes that the one they are reported by has not. */
static bool has_known_codes(const struct run_rollup *rollup, const struct counted *counted)
{
    const struct rollup *about = rollup->rollup;
    const struct rollup_sets *sets = &rollup->sets;
    const char *shown = rollup_shown(&about->before, sets->before, counted->before, NULL);
    for (size_t a = 0; a < about->after_count && shown != NULL; a++)
        shown = strcmp(counted->after[a], ROLLUP_UNLISTED) == 0
                    ? unlisted
                    : rollup_shown(&about->after[a], sets->after[a], counted->after[a], NULL);
    for (size_t b = 0; b < about->by_count && shown != NULL; b++)
        shown = rollup_shown(&about->by[b], sets->by[b], counted->by[b], NULL);
    return shown != NULL;
}

/* Longer than any row that cte-write makes; so keys made of it fit, with what is put beside. */
static bool is_too_long(const struct counted *counted)
{
    enum { MOST_ROW = GROUP_MOST_PART - 128 };
    size_t length = strlen(counted->lea) + strlen(counted->year) + strlen(counted->local) +
                    strlen(counted->school) + strlen(counted->before);
    for (size_t a = 0; a < ROLLUP_MAX_AFTER; a++)
        length += strlen(counted->after[a]);
    for (size_t b = 0; b < ROLLUP_MAX_BY; b++)
        length += strlen(counted->by[b]);
    return length > MOST_ROW;
}

static struct rollup_cell cell_of(const struct run_rollup *rollup, const struct counted *counted)
{
    struct rollup_cell cell = {.year = counted->year,
                               .lea = counted->lea,
                               .school = counted->school,
                               .before = counted->before,
                               .course = "",
                               .state = counted->state,
                               .records = counted->records};
    memcpy(cell.after, counted->after, sizeof cell.after);
    memcpy(cell.by, counted->by, sizeof cell.by);
    if (rollup->rollup->through == NULL)
        give_properties(rollup, &cell);
    return cell;
}

/* Who stands in a row. What stands in a later source too counts there. */
static void take_people(struct counting *counting, struct run_rollup *rollup,
                        const struct counted *counted)
{
    struct cte_error *error = &counting->told->error;
    const struct rollup_cell cell = cell_of(rollup, counted);
    const size_t item = (size_t)(rollup - counting->rollups->items);
    uint64_t person;
    while (error->status == CTE_OK &&
           next_distinct(&counting->people, counting->row, &person, error)) {
        if (counted->is_again)
            continue;
        if (rollup->rollup->is_companion)
            add_person_value(counting->rollups, rollup, counted, person, error);
        if (rollup->rollup->through != NULL)
            add_person_to_course(&counting->join, item, counted, person, error);
        else
            add_person(rollup, &cell, person, error);
    }
}

static void take_counted(void *context, const struct counted *counted)
{
    struct counting *counting = context;
    struct cte_error *error = &counting->told->error;
    add_counted(&counting->sums, counted);
    counting->row++;
    struct run_rollup *rollup = find_rollup(counting, counted);
    if (rollup == NULL)
        return;
    if (is_too_long(counted)) {
        cte_fail(error, CTE_BAD_INPUT, "%s: has a row that is longer than any can be",
                 counting->shown);
        return;
    }
    const struct rollup *about = rollup->rollup;
    if (about->is_companion)
        note_told_place(rollup, counted);
    const size_t known = rollup->kinds.keys.count;
    const bool is_added = about->through == NULL && !counted->is_again;
    const struct rollup_cell cell = cell_of(rollup, counted);
    if (is_added && add_cell(rollup, &cell, error) == CTE_OK && !counted->is_delete)
        add_to_sequences(&rollup->sequences, &cell, error);
    /* of records that are alike, the codes are looked at once */
    if ((!is_added || rollup->kinds.keys.count > known) && !has_known_codes(rollup, counted))
        refuse_row(counting, "a code");
    else if (!counted->is_again &&
             (about->through != NULL ||
              ((about->is_linked || about->is_matched) && counted->state != 'X')))
        add_to_course(&counting->join, (size_t)(rollup - counting->rollups->items), counted, error);
    take_people(counting, rollup, counted);
}

/* The file of people, where the source has one. */
static void open_people(struct counting *counting, const struct told_source *source,
                        const char *path, const char *shown)
{
    counting->row = 0;
    counting->people = (struct distinct_reading){.file = NULL};
    if (source->people.name != NULL)
        open_distinct(&counting->people, path, shown, source->people.sha256,
                      &counting->told->error);
}

static void read_both(struct counting *counting, const struct told_source *source)
{
    struct told *told = counting->told;
    char *path = cte_format("%s/%s", source->run->folder, source->counts.name),
         *shown = path_shown(path),
         *people = cte_format("%s/%s", source->run->folder,
                              source->people.name != NULL ? source->people.name : ""),
         *people_shown = path_shown(people);
    const struct counts_file counts = {path, shown, source->counts.sha256, take_counted, counting};
    counting->shown = shown;
    open_people(counting, source, people, people_shown);
    if (told->error.status == CTE_OK)
        read_counts(&counts, &told->error);
    close_distinct(&counting->people, &told->error);
    free(people_shown);
    free(people);
    free(shown);
    free(path);
}

/* Takes the counts of one source, and holds their sums against those of the source. */
static int count_source(struct counting *counting, const struct told_source *source)
{
    struct told *told = counting->told;
    const uint64_t *sums = source->sums;
    const struct fact_sums *counted = &counting->sums;
    counting->sums = (struct fact_sums){0};
    if (source->counts.name != NULL)
        read_both(counting, source);
    if (told->error.status == CTE_OK &&
        (counted->written != sums[SUM_WRITTEN] || counted->merged != sums[SUM_MERGED] ||
         counted->rejected != sums[SUM_REJECTED] || counted->held != sums[SUM_HELD]))
        cte_fail(&told->error, CTE_BAD_INPUT,
                 "%s: the counts for roll-ups do not add up: %" PRIu64 " written, %" PRIu64
                 " merged, %" PRIu64 " rejected, %" PRIu64 " held, where the manifest says %" PRIu64
                 ", %" PRIu64 ", %" PRIu64 ", %" PRIu64,
                 source->shown, counted->written, counted->merged, counted->rejected, counted->held,
                 sums[SUM_WRITTEN], sums[SUM_MERGED], sums[SUM_REJECTED], sums[SUM_HELD]);
    return told->error.status;
}

/* Opens the tables, and takes the roll-ups of which there are records. Without a source there is
 * nothing to count, and no table. */
static int open_rollups(struct told *told, struct run_rollups *rollups)
{
    struct cte_error *error = &told->error;
    struct counted_rollups counted = {.table = NULL};
    if (told->source_count > 0 && tables_open(&rollups->tables, told->codetables, error) == CTE_OK)
        load_counted_rollups(&rollups->tables, told->rollups, &told->types, &counted, error);
    rollups->items = cte_zalloc(counted.count + 1, sizeof *rollups->items);
    rollups->count = counted.count;
    rollups->table = counted.table;
    for (size_t i = 0; i < counted.count; i++) {
        rollups->items[i].rollup = counted.items[i].rollup;
        rollups->items[i].sets = counted.items[i].sets;
        rollups->items[i].also = counted.items[i].also;
    }
    find_companions(rollups);
    return error->status == CTE_OK ? check_chosen(told, &rollups->tables) : error->status;
}

/* How many rows of counts there are: more than cells. */
static uint64_t count_rows(const struct told *told)
{
    uint64_t rows = 0;
    for (size_t s = 0; s < told->source_count; s++)
        rows += told->sources[s].counts.rows;
    return rows;
}

int count_rollups(struct told *told, struct run_rollups *rollups, bool wants_cells)
{
    struct cte_error *error = &told->error;
    if (open_rollups(told, rollups) != CTE_OK)
        return error->status;
    struct counting counting = {.told = told, .rollups = rollups};
    const char *folder = told->scratch;
    const bool keeps_cells = wants_cells || count_rows(told) <= ROLLUP_MOST_CELLS;
    counting.join = (struct course_join){rollups, {.folder = folder, .memory = COURSES_MEMORY}};
    for (size_t i = 0; i < rollups->count; i++) {
        rollups->items[i].keeps_cells = keeps_cells;
        rollups->items[i].hides = told->policy.hide_small || told->policy.make_public;
        rollups->items[i].cells = (struct group_counts){.folder = folder, .memory = CELLS_MEMORY};
        rollups->items[i].people = (struct group_counts){.folder = folder, .memory = PEOPLE_MEMORY};
        rollups->items[i].cell_people = rollups->items[i].cells;
        begin_sequences(&rollups->items[i].sequences, rollups->items[i].rollup,
                        &rollups->items[i].sets, folder);
    }
    for (size_t s = 0; s < told->source_count && error->status == CTE_OK; s++) {
        if (source_is_read(&told->sources[s]))
            count_source(&counting, &told->sources[s]);
    }
    if (error->status == CTE_OK)
        join_courses(&counting.join, error);
    free_course_join(&counting.join);
    for (size_t i = 0; i < rollups->count && error->status == CTE_OK; i++) {
        total_cells(&rollups->items[i]);
        if (count_people(&rollups->items[i], error) == CTE_OK && keeps_cells)
            sort_cells(&rollups->items[i], error);
    }
    return error->status;
}

static void free_sums(struct keyed_sums *sums)
{
    map_free(&sums->keys);
    free(sums->records);
    free(sums->rows);
}

void free_rollups(struct run_rollups *rollups)
{
    for (size_t i = 0; i < rollups->count; i++) {
        struct run_rollup *rollup = &rollups->items[i];
        free_sums(&rollup->kinds);
        free_sums(&rollup->places);
        group_counts_free(&rollup->cells);
        group_counts_free(&rollup->people);
        group_counts_free(&rollup->cell_people);
        map_free(&rollup->told_places);
        for (size_t c = 0; c < ROLLUP_MAX_COMPANIONS; c++)
            map_free(&rollup->companions[c].texts);
        code_flow_free(&rollup->flow);
        free_sequences(&rollup->sequences);
        for (size_t t = 0; t < TOTALS; t++)
            linked_table_free(&rollup->totals[t]);
    }
    free(rollups->items);
    tables_free(&rollups->tables);
    *rollups = (struct run_rollups){0};
}
