#include "pipeline/cte-run/rollup.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "pipeline/run/counts_file.h"
#include "codetables/base/memory.h"
#include "codetables/base/number.h"
#include "pipeline/stream/stream.h"

static struct rollup_cell *add_rollup_cell(struct run_rollup *rollup)
{
    GROW(rollup->cells, rollup->count, rollup->room);
    return &rollup->cells[rollup->count++];
}

/* A text that lives as long as the roll-ups. */
static const char *keep_text(const struct run_rollup *rollup, const char *text)
{
    return map_key(rollup->texts, map_add_string(rollup->texts, text)).at;
}

/* A text that lives as long as the roll-ups; `unlisted` has one address everywhere. */
static const char *keep_code(const struct run_rollup *rollup, const char *code)
{
    return strcmp(code, ROLLUP_UNLISTED) == 0 ? unlisted : keep_text(rollup, code);
}

static void take_cell(struct run_rollup *rollup, const struct counted *counted)
{
    struct rollup_cell *cell = add_rollup_cell(rollup);
    *cell = (struct rollup_cell){.year = keep_text(rollup, counted->year),
                                 .lea = keep_text(rollup, counted->lea),
                                 .school = keep_text(rollup, counted->school),
                                 .local = keep_text(rollup, counted->local),
                                 .before = keep_text(rollup, counted->before),
                                 .course = "",
                                 .state = counted->state,
                                 .records = counted->records};
    for (size_t a = 0; a < ROLLUP_MAX_AFTER; a++)
        cell->after[a] = keep_code(rollup, counted->after[a]);
    for (size_t b = 0; b < ROLLUP_MAX_BY; b++)
        cell->by[b] = keep_text(rollup, counted->by[b]);
}

/* The counts of one source, while they are read. */
struct taking {
    struct run_rollups *rollups;
    uint64_t records[4];
};
static const char states[] = "RMXH";

static void take_counted(void *context, const struct counted *counted)
{
    struct taking *taking = context;
    struct run_rollups *rollups = taking->rollups;
    const char *state = strchr(states, counted->state);
    if (state != NULL)
        taking->records[state - states] += counted->records;
    for (size_t i = 0; i < rollups->count && !counted->is_again; i++) {
        if (strcmp(rollups->items[i].rollup->id, counted->rollup) == 0)
            take_cell(&rollups->items[i], counted);
    }
}

/* Takes the counts of one source, and holds their sums against those of the source. */
static int take_source(struct run *run, struct run_rollups *rollups,
                       const struct run_source *source)
{
    struct taking taking = {.rollups = rollups};
    const uint64_t *records = taking.records;
    const struct fact_file *file = account_file(&source->account, "counts");
    if (file != NULL) {
        char *path = cte_format("%s/%s", run->place.folder, file->name);
        read_counts(path, path, take_counted, &taking, &run->error);
        free(path);
    }
    if (run->error.status == CTE_OK &&
        (records[0] != source->written || records[1] != source->merged ||
         records[2] != source->rejected || records[3] != source->held))
        cte_fail(&run->error, CTE_BUG,
                 "%s: the counts for roll-ups do not add up: %" PRIu64 " written, %" PRIu64
                 " merged, %" PRIu64 " rejected, %" PRIu64
                 " held, where the sums say %llu, %llu, %llu, %llu; nothing is published; "
                 "this is a fault of the program, report it",
                 source->shown, records[0], records[1], records[2], records[3], source->written,
                 source->merged, source->rejected, source->held);
    return run->error.status;
}

/* ---- courses ---- */

/* By LEA, year and local course. Texts that are the same have one address, so that is enough to
 * find courses that are alike. */
static int compare_courses(const void *x, const void *y)
{
    const struct rollup_cell *a = *(const struct rollup_cell *const *)x,
                             *b = *(const struct rollup_cell *const *)y;
    const uintptr_t keys[2][3] = {{(uintptr_t)a->lea, (uintptr_t)a->year, (uintptr_t)a->local},
                                  {(uintptr_t)b->lea, (uintptr_t)b->year, (uintptr_t)b->local}};
    for (size_t i = 0; i < 3; i++) {
        if (keys[0][i] != keys[1][i])
            return keys[0][i] < keys[1][i] ? -1 : 1;
    }
    return 0;
}

struct course_list {
    const struct rollup_cell **cells;
    size_t count;
};

static struct course_list list_courses(const struct run_rollup *sections)
{
    struct course_list courses = {
        cte_alloc((sections->count + 1) * sizeof(const struct rollup_cell *)), 0};
    for (size_t i = 0; i < sections->count; i++) {
        if (sections->cells[i].state != 'X')
            courses.cells[courses.count++] = &sections->cells[i];
    }
    if (courses.count > 1)
        qsort(courses.cells, courses.count, sizeof *courses.cells, compare_courses);
    return courses;
}

/* Whether two cells of a course give it the same code, and the same one after. */
static bool same_codes(const struct run_rollup *sections, const struct rollup_cell *a,
                       const struct rollup_cell *b)
{
    bool same = strcmp(a->before, b->before) == 0;
    for (size_t i = 0; i < sections->rollup->after_count; i++)
        same = same && strcmp(a->after[i], b->after[i]) == 0;
    return same;
}

/* Gives a cell the codes of its course. One that is written goes before one that is held; where
 * they differ, there is no answer. */
static void take_course(const struct run_rollup *sections, const struct course_list *courses,
                        struct rollup_cell *cell)
{
    const struct rollup_cell *wanted = cell, *found = NULL, *held = NULL;
    size_t low = 0, high = courses->count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (compare_courses(&courses->cells[middle], &wanted) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    bool found_differ = false, held_differ = false;
    for (; low < courses->count && compare_courses(&courses->cells[low], &wanted) == 0; low++) {
        const struct rollup_cell *course = courses->cells[low];
        const bool is_written = course->state == 'R';
        const struct rollup_cell **kept = is_written ? &found : &held;
        bool *differ = is_written ? &found_differ : &held_differ;
        *differ = *differ || (*kept != NULL && !same_codes(sections, *kept, course));
        *kept = course;
    }
    if (found == NULL && held == NULL) {
        cell->course = "Course not in this run";
    } else if (found != NULL ? found_differ : held_differ) {
        cell->course = "Sections of the course differ";
    } else {
        const struct rollup_cell *course = found != NULL ? found : held;
        cell->course = found != NULL ? "" : "Course held";
        cell->before = course->before;
        memcpy(cell->after, course->after, sizeof cell->after);
    }
}

static void join_courses(const struct run_rollup *sections, struct run_rollup *rollup)
{
    struct course_list courses = list_courses(sections);
    const struct rollup *about = rollup->rollup;
    for (size_t i = 0; i < rollup->count; i++) {
        struct rollup_cell *cell = &rollup->cells[i];
        if (cell->state != 'X')
            take_course(sections, &courses, cell);
        const struct code *code =
            codeset_row(rollup->sets.before, cell->before, strlen(cell->before),
                        academic_year(cell->year, strlen(cell->year)));
        for (size_t b = 0; b < about->by_count; b++) {
            const char *value = about->by[b].property != NULL && code != NULL
                                    ? code_property(code, about->by[b].property)
                                    : NULL;
            if (value != NULL)
                cell->by[b] = keep_text(rollup, value);
        }
    }
    free(courses.cells);
}

/* ---- in the end ---- */

static int compare_cells(const void *x, const void *y)
{
    const struct rollup_cell *a = x, *b = y;
    const char *const texts[][2] = {{a->year, b->year},         {a->lea, b->lea},
                                    {a->school, b->school},     {a->before, b->before},
                                    {a->after[0], b->after[0]}, {a->after[1], b->after[1]},
                                    {a->by[0], b->by[0]},       {a->by[1], b->by[1]},
                                    {a->by[2], b->by[2]},       {a->course, b->course}};
    int order = 0;
    for (size_t i = 0; i < sizeof texts / sizeof *texts && order == 0; i++)
        order = texts[i][0] == texts[i][1] ? 0 : strcmp(texts[i][0], texts[i][1]);
    return order != 0 ? order : (a->state > b->state) - (a->state < b->state);
}

/* Sorts, so that nothing depends on the order of sources and records, and makes one cell of those
 * that are alike. */
static void arrange(struct run_rollup *rollup)
{
    size_t kept = 0;
    for (size_t i = 0; i < rollup->count; i++)
        rollup->cells[i].local = "";
    if (rollup->count > 1)
        qsort(rollup->cells, rollup->count, sizeof *rollup->cells, compare_cells);
    for (size_t i = 0; i < rollup->count; i++) {
        if (kept > 0 && compare_cells(&rollup->cells[kept - 1], &rollup->cells[i]) == 0)
            rollup->cells[kept - 1].records += rollup->cells[i].records;
        else
            rollup->cells[kept++] = rollup->cells[i];
    }
    rollup->count = kept;
}

const char *fate_of(const struct rollup_cell *cell)
{
    return cell->state == 'H'        ? "Held"
           : cell->state == 'X'      ? "Rejected"
           : cell->state == 'M'      ? "Merged"
           : cell->course[0] != '\0' ? cell->course
                                     : NULL;
}

static struct run_rollup *item_of(const struct run_rollups *rollups, const struct rollup *rollup)
{
    size_t i = 0;
    while (rollups->items[i].rollup != rollup)
        i++;
    return &rollups->items[i];
}

static int open_rollups(struct run *run, struct run_rollups *rollups)
{
    struct cte_error *error = &run->error;
    if (tables_open(&rollups->tables, run->program->codetables, error) == CTE_OK &&
        tables_rollups(&rollups->tables, &rollups->table, error) == CTE_OK)
        rollups->items = cte_zalloc(ROLLUP_MAX + 1, sizeof *rollups->items);
    return error->status;
}

/* Whether a source had records of the roll-up's type: else its code sets need not be read. */
static bool is_counted(const struct run *run, const struct rollup *rollup)
{
    bool is_met = false;
    for (size_t s = 0; s < run->source_count && !is_met; s++) {
        const struct account *account = &run->sources[s].account;
        for (const struct fact_kind *kind = account_first(account, FACT_KIND);
             kind != NULL && !is_met; kind = account_next(account, FACT_KIND, kind))
            is_met = strcmp(kind->type, rollup->record) == 0;
    }
    return is_met;
}

/* Takes the roll-ups that were met, and those that one of them goes through. */
static int take_rollups(struct run *run, struct run_rollups *rollups)
{
    for (size_t i = 0; rollups->table != NULL && i < rollups->table->count; i++) {
        const struct rollup *rollup = &rollups->table->rollups[i];
        bool is_needed = is_counted(run, rollup);
        for (size_t t = 0; t < rollups->table->count && !is_needed; t++)
            is_needed = rollups->table->rollups[t].through == rollup &&
                        is_counted(run, &rollups->table->rollups[t]);
        if (is_needed)
            rollups->items[rollups->count++] =
                (struct run_rollup){.rollup = rollup, .texts = &rollups->texts};
    }
    for (size_t i = 0; i < rollups->count && run->error.status == CTE_OK; i++)
        rollup_sets_load(&rollups->tables, rollups->items[i].rollup, &rollups->items[i].sets,
                         &run->error);
    return run->error.status;
}

int gather_rollups(struct run *run, struct run_rollups *rollups)
{
    struct cte_error *error = &run->error;
    if (run->source_count == 0) /* an empty shard: there is nothing to count, nor a table to keep */
        return CTE_OK;
    if (open_rollups(run, rollups) != CTE_OK || take_rollups(run, rollups) != CTE_OK)
        return error->status;
    for (size_t s = 0; s < run->source_count; s++) {
        if (run->sources[s].status <= CTE_SOME_LEFT &&
            take_source(run, rollups, &run->sources[s]) != CTE_OK)
            return error->status;
    }
    for (size_t i = 0; i < rollups->count; i++) {
        const struct rollup *through = rollups->items[i].rollup->through;
        if (through != NULL)
            join_courses(item_of(rollups, through), &rollups->items[i]);
    }
    for (size_t i = 0; i < rollups->count; i++)
        arrange(&rollups->items[i]);
    return CTE_OK;
}

void free_rollups(struct run_rollups *rollups)
{
    for (size_t i = 0; i < rollups->count; i++) {
        struct run_rollup *rollup = &rollups->items[i];
        free(rollup->cells);
        code_flow_free(&rollup->flow);
        for (size_t t = 0; t < TOTALS; t++)
            linked_table_free(&rollup->totals[t]);
    }
    free(rollups->items);
    map_free(&rollups->texts);
    tables_free(&rollups->tables);
    *rollups = (struct run_rollups){0};
}
