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
#include "codetables/base/text.h"
#include "pipeline/run/run_folder.h"

/* The file as it is written, and as earlier versions of the program wrote it. */
#define HEADING_FIRST                                                                              \
    "lea,year,record,school,pathway,local_course,code,decided_by,decided_on,reason,records,"       \
    "choices"
#define HEADING_NAMED HEADING_FIRST ",state_course,name"
static const char heading[] = HEADING_NAMED ",courses_suggest";
enum cell {
    CELL_LEA,
    CELL_YEAR,
    CELL_TYPE,
    CELL_SCHOOL,
    CELL_CODE,
    CELL_LOCAL,
    CELL_RECORDS = 10,
    CELL_CHOICES,
    CELL_ASKED,
    CELL_NAME,
    CELL_COURSES,
    CELLS
};
static const struct heading {
    const char *text;
    size_t columns;
} headings[] = {{heading, CELLS}, {HEADING_NAMED, CELL_COURSES}, {HEADING_FIRST, CELL_ASKED}};

/* ---- what courses suggest ---- */

/* Most records first; those whose courses say nothing last. */
static int compare_choices(const void *a, const void *b)
{
    const struct named_number *x = a, *y = b;
    const int silent =
        (strcmp(x->name, COURSES_SILENT) == 0) - (strcmp(y->name, COURSES_SILENT) == 0);
    return silent != 0              ? silent
           : x->number != y->number ? (x->number < y->number ? 1 : -1)
                                    : strcmp(x->name, y->name);
}

static void sort_courses(struct named_numbers *courses)
{
    if (courses->count > 1)
        qsort(courses->items, courses->count, sizeof *courses->items, compare_choices);
}

/* "050202: 12; 040101: 3; none: 2" */
static char *name_courses(const struct named_numbers *courses)
{
    struct text text = {0};
    for (size_t i = 0; i < courses->count; i++)
        text_format(&text, "%s%s: %" PRIu64, i > 0 ? "; " : "", courses->items[i].name,
                    courses->items[i].number);
    return text_take(&text);
}

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
    for (size_t i = 0; i < count; i++)
        sort_courses(&questions[i].courses);
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
        if (kept > 0 && compare_questions(&list->items[kept - 1], &list->items[i]) == 0) {
            list->items[kept - 1].records += list->items[i].records;
            join_named(&list->memory, &list->items[kept - 1].courses, &list->items[i].courses);
        } else {
            list->items[kept++] = list->items[i];
        }
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
    char records[32], *courses = name_courses(&question->courses);
    for (size_t i = 0; i < sizeof cells / sizeof *cells; i++)
        put_cell(output, cells[i], ",");
    snprintf(records, sizeof records, ",,,,%" PRIu64 ",", question->records);
    output_text(output, records);
    put_cell(output, question->choices, ",");
    put_cell(output, question->local[0] != '\0' ? question->asked : "", ",");
    put_cell(output, question->name, ",");
    put_cell(output, courses, "\r\n");
    free(courses);
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

/* What name_courses() wrote; what is not so is passed over. */
static void take_courses(struct needed_list *list, const char *text, struct named_numbers *courses)
{
    char *kept = arena_string(&list->memory, text), *rest = kept;
    for (char *one; (one = strsep(&rest, ";")) != NULL;) {
        char *colon = strstr(one += strspn(one, " "), ": ");
        uint64_t number;
        if (colon == NULL || colon == one || !read_number(colon + 2, &number))
            continue;
        *colon = '\0';
        const struct named_numbers more = {&(struct named_number){keep_text(list, one), number}, 1};
        join_named(&list->memory, courses, &more);
    }
}

/* To whom the question was put, and what was answered, does not matter. */
static void take_question(void *context, char *const *cells)
{
    struct needed_list *list = context;
    const char *asked = list->columns > CELL_ASKED ? cells[CELL_ASKED] : "",
               *name = list->columns > CELL_NAME ? cells[CELL_NAME] : "";
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
    if (list->columns > CELL_COURSES)
        take_courses(list, cells[CELL_COURSES], &needed.courses);
    GROW(list->items, list->count, list->room);
    list->items[list->count++] = needed;
}

/* The heading that the file has; that of today where it is another. */
static const struct heading *find_heading(const char *path)
{
    enum { HEADINGS = sizeof headings / sizeof *headings };
    char line[sizeof heading + 4] = "";
    FILE *file = file_stream(path);
    if (file != NULL) {
        if (fgets(line, sizeof line, file) == NULL)
            line[0] = '\0';
        fclose(file);
    }
    line[strcspn(line, "\r\n")] = '\0';
    for (size_t i = 0; i < HEADINGS; i++) {
        if (strcmp(line, headings[i].text) == 0)
            return &headings[i];
    }
    return &headings[0];
}

/* `sha256`: the hash that it must have; NULL: nobody says, and it need not be there. */
static int read_file(const char *folder, const char *sha256, struct needed_list *list,
                     struct cte_error *error)
{
    char *path = cte_format("%s/" NEEDED_FILE, folder), *shown = path_shown(path);
    const struct heading *found = find_heading(path);
    list->columns = found->columns;
    struct csv_rows rows = {.shown = shown,
                            .columns = found->columns,
                            .sha256 = sha256,
                            .heading = found->text,
                            .take = take_question,
                            .context = list,
                            .error = error};
    if (file_is_there(path, error))
        read_csv_rows(path, &rows);
    else if (error->status == CTE_OK && sha256 != NULL)
        cte_fail(error, CTE_BAD_INPUT,
                 "%s: is missing, and SHA256SUMS lists it; cte-run --verify says more", shown);
    free(shown);
    free(path);
    return error->status;
}

int read_needed(const char *folder, struct needed_list *list, struct cte_error *error)
{
    return read_file(folder, NULL, list, error);
}

static void take_listed(const char *hash, const char *name, void *context)
{
    if (strcmp(name, NEEDED_FILE) == 0)
        snprintf(context, DIGEST_HEX, "%s", hash);
}

int read_listed_needed(const char *folder, struct needed_list *list, struct cte_error *error)
{
    char sha256[DIGEST_HEX] = "";
    return read_sums(folder, take_listed, sha256, error) == CTE_OK && sha256[0] != '\0'
               ? read_file(folder, sha256, list, error)
               : error->status;
}

void needed_free(struct needed_list *list)
{
    free(list->items);
    map_free(&list->texts);
    arena_free(&list->memory);
    *list = (struct needed_list){0};
}
