#include "pipeline/run/needed_file.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codetables/base/csv_rows.h"
#include "codetables/base/file.h"
#include "codetables/base/memory.h"
#include "codetables/base/number.h"
#include "codetables/base/shown.h"

#define HEADING_BEFORE                                                                             \
    "lea,year,record,school,pathway,local_course,code,decided_by,decided_on,reason,records,"       \
    "choices"
static const char heading_before[] = HEADING_BEFORE,
                  heading[] = HEADING_BEFORE ",state_course,name";
enum cell {
    CELL_LEA,
    CELL_YEAR,
    CELL_TYPE,
    CELL_SCHOOL,
    CELL_CODE,
    CELL_LOCAL,
    CELL_RECORDS = 10,
    CELL_CHOICES,
    CELLS_BEFORE,
    CELL_ASKED = CELLS_BEFORE,
    CELL_NAME,
    CELLS
};

/* ---- order ---- */

/* In the order of what tells questions apart. */
static int compare_texts(const struct fact_needed *a, const struct fact_needed *b)
{
    const char *const texts[][2] = {{a->lea, b->lea},   {a->year, b->year},
                                    {a->type, b->type}, {a->school, b->school},
                                    {a->code, b->code}, {a->local, b->local}};
    int order = 0;
    for (size_t i = 0; i < sizeof texts / sizeof *texts && order == 0; i++)
        order = strcmp(texts[i][0], texts[i][1]);
    return order;
}

static int compare_records(const void *a, const void *b)
{
    const struct fact_needed *x = a, *y = b;
    return x->records != y->records ? (x->records < y->records ? 1 : -1) : compare_texts(x, y);
}

void sort_needed(struct fact_needed *questions, size_t count)
{
    if (count > 1)
        qsort(questions, count, sizeof *questions, compare_records);
}

static int compare_questions(const void *a, const void *b)
{
    const struct fact_needed *x = a, *y = b;
    const int order = compare_texts(x, y);
    return order != 0 ? order : strcmp(x->choices, y->choices);
}

void join_needed(struct needed_list *list)
{
    size_t kept = 0;
    if (list->count > 1)
        qsort(list->items, list->count, sizeof *list->items, compare_questions);
    for (size_t i = 0; i < list->count; i++) {
        if (kept > 0 && compare_questions(&list->items[kept - 1], &list->items[i]) == 0)
            list->items[kept - 1].records += list->items[i].records;
        else
            list->items[kept++] = list->items[i];
    }
    list->count = kept;
    sort_needed(list->items, list->count);
}

/* ---- writing ---- */

static void put_cell(struct output *output, const char *text, const char *after)
{
    output_cell(output, text, strlen(text));
    output_text(output, after);
}

static void put_question(struct output *output, const struct fact_needed *question)
{
    const char *const cells[] = {question->lea,    question->year, question->type,
                                 question->school, question->code, question->local};
    char records[32];
    for (size_t i = 0; i < sizeof cells / sizeof *cells; i++)
        put_cell(output, cells[i], ",");
    snprintf(records, sizeof records, ",,,,%" PRIu64 ",", question->records);
    output_text(output, records);
    put_cell(output, question->choices, ",");
    put_cell(output, question->local[0] != '\0' ? question->asked : "", ",");
    put_cell(output, question->name, "\r\n");
}

int write_needed(struct documents *documents, const struct fact_needed *questions, size_t count)
{
    struct output output;
    if (count == 0 || begin_document(documents, &output, "", NEEDED_FILE) != CTE_OK)
        return documents->error->status;
    output_text(&output, heading);
    output_text(&output, "\r\n");
    for (size_t i = 0; i < count; i++)
        put_question(&output, &questions[i]);
    return end_document(documents, &output, "");
}

/* ---- reading ---- */

static const char *keep_text(struct needed_list *list, const char *text)
{
    return map_key(&list->texts, map_add_string(&list->texts, text)).at;
}

/* To whom the question was put, and what was answered, does not matter. */
static void take_question(void *context, char *const *cells)
{
    struct needed_list *list = context;
    const char *asked = list->has_names ? cells[CELL_ASKED] : "",
               *name = list->has_names ? cells[CELL_NAME] : "";
    struct fact_needed needed = {.lea = keep_text(list, cells[CELL_LEA]),
                                 .year = keep_text(list, cells[CELL_YEAR]),
                                 .type = keep_text(list, cells[CELL_TYPE]),
                                 .school = keep_text(list, cells[CELL_SCHOOL]),
                                 .code = keep_text(list, cells[CELL_CODE]),
                                 .local = keep_text(list, cells[CELL_LOCAL]),
                                 .choices = keep_text(list, cells[CELL_CHOICES]),
                                 .asked = keep_text(list, asked),
                                 .name = keep_text(list, name)};
    if (!read_number(cells[CELL_RECORDS], &needed.records))
        needed.records = 0;
    GROW(list->items, list->count, list->room);
    list->items[list->count++] = needed;
}

/* Whether the file is of a version that told no names. */
static bool lacks_names(const char *path)
{
    char line[sizeof heading + 4] = "";
    FILE *file = file_stream(path);
    const bool is_read = file != NULL && fgets(line, sizeof line, file) != NULL;
    if (file != NULL)
        fclose(file);
    return is_read && strcspn(line, "\r\n") == sizeof heading_before - 1 &&
           strncmp(line, heading_before, sizeof heading_before - 1) == 0;
}

int read_needed(const char *folder, struct needed_list *list, struct cte_error *error)
{
    char *path = cte_format("%s/" NEEDED_FILE, folder), *shown = path_shown(path);
    list->has_names = !lacks_names(path);
    struct csv_rows rows = {.shown = shown,
                            .columns = list->has_names ? CELLS : CELLS_BEFORE,
                            .heading = list->has_names ? heading : heading_before,
                            .take = take_question,
                            .context = list,
                            .error = error};
    if (file_is_there(path, error))
        read_csv_rows(path, &rows);
    free(shown);
    free(path);
    return error->status;
}

void needed_free(struct needed_list *list)
{
    free(list->items);
    map_free(&list->texts);
    *list = (struct needed_list){0};
}
