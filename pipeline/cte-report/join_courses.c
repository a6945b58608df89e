/* Records that have no code of their own take that of their course: counted by LEA, year and local
 * course, those that tell the codes of a course come out before those that take them. */
#include <string.h>

#include "codetables/base/number.h"
#include "pipeline/cte-report/cell_key.h"
#include "pipeline/cte-report/rollup.h"

/* The tail of a group begins with what it is. */
enum { TELLS = '0', TAKES = '1', PERSON_TAKES = '2' };

static bool put_byte(struct cell_key *key, size_t byte)
{
    return put_key_bytes(key, (char[1]){(char)byte}, 1);
}

/* The number of the roll-up that one goes through, or itself. */
static size_t item_through(const struct run_rollups *rollups, size_t item)
{
    const struct rollup *through = rollups->items[item].rollup->through;
    size_t i = 0;
    while (through != NULL && rollups->items[i].rollup != through)
        i++;
    return through != NULL ? i : item;
}

/* The course, by its local identifier or its code, and the roll-up that tells its codes. */
static bool put_course(struct cell_key *head, const struct counted *counted, size_t told_by,
                       bool is_by_code)
{
    return put_part(head, counted->lea) && put_part(head, counted->year) &&
           put_part(head, is_by_code ? counted->before : counted->local) &&
           put_byte(head, told_by + (is_by_code ? ROLLUP_MAX : 0));
}

static bool put_codes(struct cell_key *tail, const struct counted *counted)
{
    bool fits = put_byte(tail, (size_t)counted->state) && put_part(tail, counted->before);
    for (size_t a = 0; a < ROLLUP_MAX_AFTER; a++)
        fits = fits && put_part(tail, counted->after[a]);
    return fits;
}

static bool put_bys(struct cell_key *tail, const struct counted *counted)
{
    bool fits = true;
    for (size_t b = 0; b < ROLLUP_MAX_BY; b++)
        fits = fits && put_part(tail, counted->by[b]);
    return fits;
}

/* Of records that take codes: what else they are. */
static bool put_taking(struct cell_key *tail, const struct counted *counted, size_t item)
{
    return put_byte(tail, item) && put_part(tail, counted->school) && put_bys(tail, counted);
}

int add_person_to_course(struct course_join *join, size_t item, const struct counted *counted,
                         uint64_t person, struct cte_error *error)
{
    const struct rollup *about = join->rollups->items[item].rollup;
    struct cell_key head = {.length = 0}, tail = {.length = 0};
    if (!put_course(&head, counted, item_through(join->rollups, item), about->matches != NULL) ||
        !put_byte(&tail, PERSON_TAKES) || !put_codes(&tail, counted) ||
        !put_taking(&tail, counted, item) ||
        !put_key_bytes(&tail, (const char *)&person, sizeof person))
        return cte_fail(error, CTE_BAD_INPUT, "a row of counts is longer than any can be");
    return group_counts_add(&join->waiting, key_slice(&head), key_slice(&tail), 1, error);
}

static int add_waiting(struct course_join *join, size_t item, const struct counted *counted,
                       bool is_by_code, struct cte_error *error)
{
    const size_t told_by = item_through(join->rollups, item);
    const bool tells = told_by == item;
    struct cell_key head = {.length = 0}, tail = {.length = 0};
    if (!put_course(&head, counted, told_by, is_by_code) ||
        !put_byte(&tail, tells ? TELLS : TAKES) || !put_codes(&tail, counted) ||
        (!tells && !put_taking(&tail, counted, item)) ||
        (join->rollups->items[item].rollup->is_asked && !put_bys(&tail, counted)))
        return cte_fail(error, CTE_BAD_INPUT, "a row of counts is longer than any can be");
    return group_counts_add(&join->waiting, key_slice(&head), key_slice(&tail), counted->records,
                            error);
}

int add_to_course(struct course_join *join, size_t item, const struct counted *counted,
                  struct cte_error *error)
{
    const struct rollup *about = join->rollups->items[item].rollup;
    if ((about->is_linked || (about->through != NULL && about->matches == NULL)) &&
        add_waiting(join, item, counted, false, error) != CTE_OK)
        return error->status;
    if (about->is_matched || about->matches != NULL)
        add_waiting(join, item, counted, true, error);
    return error->status;
}

/* ---- one course ---- */

/* Texts that records of a course tell, and whether some differ. */
struct told_texts {
    struct text texts;
    bool differ;
};

/* The codes that records of a course tell: before, and those after. And their further values, each
 * by itself; where nobody asks for these there are none. */
struct codes {
    struct told_texts codes, bys[ROLLUP_MAX_BY];
    bool is_there;
};

/* Codes of a record that is written go before those of one that is held. */
struct course {
    struct text head;
    struct codes written, held;
};

static void begin_course(struct course *course, struct slice head)
{
    text_clear(&course->head);
    text_put(&course->head, head.at, head.length);
    course->written.is_there = course->held.is_there = false;
}

/* Takes what another record tells; the first one is no difference. */
static void take_texts(struct told_texts *told, bool is_first, struct slice texts)
{
    const bool is_same = told->texts.length == texts.length &&
                         memcmp(text_string(&told->texts), texts.at, texts.length) == 0;
    told->differ = !is_first && (told->differ || !is_same);
    text_clear(&told->texts);
    text_put(&told->texts, texts.at, texts.length);
}

static void take_told(struct course *course, char state, struct slice texts)
{
    const char *at = texts.at;
    struct rollup_cell told;
    take_codes(&told, &at);
    struct codes *codes = state == 'R' ? &course->written : &course->held;
    const bool is_first = !codes->is_there;
    take_texts(&codes->codes, is_first, (struct slice){texts.at, (size_t)(at - texts.at)});
    for (size_t b = 0; b < ROLLUP_MAX_BY && at < texts.at + texts.length; b++) {
        const char *by = next_part(&at);
        take_texts(&codes->bys[b], is_first, (struct slice){by, strlen(by)});
    }
    codes->is_there = true;
}

/* The further values that the roll-up gone through tells. */
static void give_bys(const struct codes *codes, const struct rollup *about,
                     struct rollup_cell *cell)
{
    for (size_t b = 0; b < about->by_count; b++) {
        const struct rollup_dimension *of = about->by[b].of;
        const struct told_texts *told = of != NULL ? &codes->bys[of - about->through->by] : NULL;
        if (told != NULL)
            cell->by[b] = told->differ ? SECTIONS_DIFFER : text_string(&told->texts);
    }
}

static void give_codes(const struct course *course, const struct rollup *about,
                       struct rollup_cell *cell)
{
    const struct codes *codes = course->written.is_there ? &course->written : &course->held;
    if (!codes->is_there) {
        cell->course = "Course not in this run";
        return;
    }
    give_bys(codes, about, cell);
    if (codes->codes.differ) {
        cell->course = SECTIONS_DIFFER;
    } else {
        const char *at = codes->codes.texts.bytes;
        cell->course = codes == &course->written ? "" : "Course held";
        take_codes(cell, &at);
    }
}

static void free_codes(struct codes *codes)
{
    text_free(&codes->codes.texts);
    for (size_t b = 0; b < ROLLUP_MAX_BY; b++)
        text_free(&codes->bys[b].texts);
}

void give_properties(const struct run_rollup *rollup, struct rollup_cell *cell)
{
    const struct rollup *about = rollup->rollup;
    const struct code *code = codeset_row(rollup->sets.before, cell->before, strlen(cell->before),
                                          academic_year(cell->year, strlen(cell->year)));
    for (size_t b = 0; b < about->by_count; b++) {
        const char *value = about->by[b].property != NULL && code != NULL
                                ? code_property(code, about->by[b].property)
                                : NULL;
        if (value != NULL)
            cell->by[b] = value;
    }
}

static int take_group(struct course_join *join, struct course *course, const struct group *group,
                      struct cte_error *error)
{
    const char *at = group->head.at, *tail = group->tail.at + 2;
    struct rollup_cell cell = {.state = group->tail.at[1], .course = "", .records = group->records};
    if (group->tail.at[0] == TELLS) {
        take_told(course, cell.state,
                  (struct slice){tail, (size_t)(group->tail.at + group->tail.length - tail)});
        return CTE_OK;
    }
    cell.lea = next_part(&at);
    cell.year = next_part(&at);
    take_codes(&cell, &tail);
    struct run_rollup *rollup = &join->rollups->items[(unsigned char)*tail++];
    cell.school = next_part(&tail);
    take_bys(&cell, &tail);
    /* who names no course has no code, and needs none */
    if (cell.state != 'X' && (rollup->rollup->matches == NULL || cell.before[0] != '\0'))
        give_codes(course, rollup->rollup, &cell);
    give_properties(rollup, &cell);
    if (group->tail.at[0] == TAKES)
        return add_cell(rollup, &cell, error);
    uint64_t person;
    memcpy(&person, tail, sizeof person);
    return add_person(rollup, &cell, person, error);
}

int join_courses(struct course_join *join, struct cte_error *error)
{
    struct course course = {.head = {0}};
    struct group group;
    if (group_counts_sort(&join->waiting, error) != CTE_OK)
        return error->status;
    while (group_counts_next(&join->waiting, &group, error)) {
        if (course.head.length != group.head.length ||
            memcmp(course.head.bytes, group.head.at, group.head.length) != 0)
            begin_course(&course, group.head);
        if (take_group(join, &course, &group, error) != CTE_OK)
            break;
    }
    text_free(&course.head);
    free_codes(&course.written);
    free_codes(&course.held);
    return error->status;
}

void free_course_join(struct course_join *join)
{
    group_counts_free(&join->waiting);
}
