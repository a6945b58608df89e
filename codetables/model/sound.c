#include "codetables/model/sound.h"

#include "codetables/base/file.h"
#include "codetables/base/year.h"
#include "codetables/base/memory.h"

#include <errno.h>
#include <libxml/xmlreader.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The agency of tables that this project states itself: no source for what is published. */
static const char ourselves[] = "cte-pipeline";

/* ---- identity ---- */

static void check_name(const struct table_identity *identity, struct cte_error *error)
{
    const char *slash = strrchr(identity->path, '/');
    bool has_version = identity->version[0] != '\0';
    char *wanted =
        cte_format("%s%s%s.xml", identity->id, has_version ? "-" : "", identity->version);
    if (strcmp(slash != NULL ? slash + 1 : identity->path, wanted) != 0)
        cte_fail(error, CTE_BAD_TABLE, "%s: holds %s%s%s, so it must be named %s", identity->path,
                 identity->id, has_version ? " version " : "", identity->version, wanted);
    free(wanted);
}

/* The folder of the table's file, with its slash. To be freed. */
static char *folder_of(const struct table_identity *identity)
{
    const char *slash = strrchr(identity->path, '/');
    return slash != NULL ? cte_format("%.*s", (int)(slash - identity->path + 1), identity->path)
                         : cte_strdup("./");
}

/* One version in two spellings, 1 and 01: which of them is taken would be chance. */
static void check_twins(const struct table_identity *identity, struct cte_error *error)
{
    char *path = folder_of(identity);
    size_t id_length = strlen(identity->id);
    char **names;
    size_t count;
    if (file_names(path, file_is_xml, &names, &count) != 0) {
        file_fail(path, "cannot read the folder", CTE_BAD_TABLE, error);
        count = 0;
    }
    for (size_t i = 0; i < count; i++) {
        const size_t length = strlen(names[i]);
        if (length < id_length + 6 || memcmp(names[i], identity->id, id_length) != 0 ||
            names[i][id_length] != '-')
            continue;
        char *other =
            cte_format("%.*s", (int)(length - 4 - id_length - 1), names[i] + id_length + 1);
        if (strcmp(other, identity->version) != 0 && version_compare(other, identity->version) == 0)
            cte_fail(error, CTE_BAD_TABLE,
                     "%s: %s %s is also %s%s; a table version stands once: give the newer of them "
                     "a version of its own",
                     identity->path, identity->id, identity->version, path, names[i]);
        free(other);
    }
    file_free_names(names, count);
    free(path);
}

struct looked_into {
    FILE *file;
    int failed; /* errno of a read that failed; the parser would take it for the end */
};

static int read_piece(void *context, char *buffer, int room)
{
    struct looked_into *looked = context;
    const size_t got = fread(buffer, 1, (size_t)room, looked->file);
    if (got < (size_t)room && ferror(looked->file)) {
        looked->failed = errno;
        return -1;
    }
    return (int)got;
}

/* What the root element of a file says it supersedes; NULL where there is no such file, or no
 * table. To be freed. */
static char *read_supersedes(const char *path, struct cte_error *error)
{
    /* libxml2 would unpack and fetch what it opens itself */
    struct looked_into looked = {file_stream(path), 0};
    xmlTextReaderPtr reader = NULL;
    if (looked.file != NULL)
        reader = xmlReaderForIO(read_piece, NULL, &looked, NULL, NULL,
                                XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING);
    else if (errno != ENOENT)
        file_fail(path, "cannot open the table", CTE_BAD_TABLE, error);
    char *text = NULL;
    while (reader != NULL && text == NULL && xmlTextReaderRead(reader) == 1) {
        int type = xmlTextReaderNodeType(reader);
        if (type == XML_READER_TYPE_DOCUMENT_TYPE)
            break;
        if (type != XML_READER_TYPE_ELEMENT)
            continue;
        xmlChar *value = xmlTextReaderGetAttribute(reader, (const xmlChar *)"supersedes");
        text = cte_strdup(value != NULL ? (const char *)value : "");
        xmlFree(value);
    }
    xmlFreeTextReader(reader);
    if (looked.file != NULL)
        fclose(looked.file);
    if (looked.failed != 0)
        cte_fail(error, CTE_IO, "%s: cannot read the table: %s", path, strerror(looked.failed));
    return text;
}

/* Each version supersedes a lower one, back to the first that is there, so that no two say it of
 * one another. */
static void check_supersedes(const struct table_identity *identity, struct cte_error *error)
{
    char *folder = folder_of(identity), *path = cte_strdup(identity->path),
         *version = cte_strdup(identity->version);
    char *before = cte_strdup(identity->supersedes);
    while (before != NULL && before[0] != '\0') {
        if (version_compare(before, version) >= 0) {
            cte_fail(error, CTE_BAD_TABLE,
                     "%s: version %s supersedes %s, which is not lower; correct one of them", path,
                     version, before);
            break;
        }
        free(path);
        free(version);
        version = before;
        path = strcmp(version, VERSION_OF_NONE) == 0
                   ? cte_format("%s%s.xml", folder, identity->id)
                   : cte_format("%s%s-%s.xml", folder, identity->id, version);
        before = read_supersedes(path, error);
    }
    free(before);
    free(version);
    free(path);
    free(folder);
}

int sound_identity(const struct table_identity *identity, struct cte_error *error)
{
    check_name(identity, error);
    check_twins(identity, error);
    check_supersedes(identity, error);
    if (strcmp(identity->status, "published") == 0 && strcmp(identity->agency, ourselves) == 0)
        cte_fail(error, CTE_BAD_TABLE,
                 "%s: is published, but the agency is this project; name the agency that states "
                 "it, or call it a draft",
                 identity->path);
    return error->status;
}

/* ---- code sets ---- */

static int compare_texts(const char *a, const char *b)
{
    return a == NULL || b == NULL ? (a != NULL) - (b != NULL) : strcmp(a, b);
}

/* Rows that say the same stand side by side in this order; years and lines come last. */
static int compare_content(const struct code *a, const struct code *b)
{
    int order = strcmp(a->value, b->value);
    if (order == 0)
        order = compare_texts(a->with, b->with);
    if (order == 0)
        order = strcmp(a->name, b->name);
    for (size_t i = 0; order == 0 && i < a->property_count && i < b->property_count; i++) {
        order = strcmp(a->properties[i].name, b->properties[i].name);
        if (order == 0)
            order = strcmp(a->properties[i].value, b->properties[i].value);
    }
    return order != 0
               ? order
               : (a->property_count > b->property_count) - (a->property_count < b->property_count);
}

static int compare_codes(const void *x, const void *y)
{
    const struct code *a = *(const struct code *const *)x, *b = *(const struct code *const *)y;
    int order = compare_content(a, b);
    if (order == 0)
        order = (a->first > b->first) - (a->first < b->first);
    return order != 0 ? order : (a->line > b->line) - (a->line < b->line);
}

int sound_codeset(const struct codeset *set, struct cte_error *error)
{
    const struct code **codes = cte_zalloc(set->code_count, sizeof *codes);
    for (size_t i = 0; i < set->code_count; i++)
        codes[i] = &set->codes[i];
    if (set->code_count > 1)
        qsort(codes, set->code_count, sizeof *codes, compare_codes);
    for (size_t i = 1; i < set->code_count; i++) {
        const struct code *before = codes[i - 1], *code = codes[i];
        char text[YEARS_TEXT];
        if (compare_content(before, code) == 0 && code->first <= before->last)
            cte_fail(error, CTE_BAD_TABLE,
                     "%s:%ld: code %s stands twice %s, also on line %ld; take one out",
                     set->identity.path, code->line, code->value,
                     years_text(code->first, code->last < before->last ? code->last : before->last,
                                text),
                     before->line);
    }
    free(codes);
    return error->status;
}

int sound_related(struct tables *tables, const struct codeset *set, const struct codeset **related,
                  struct cte_error *error)
{
    struct cte_error missing = {0};
    *related = NULL;
    if (set->related == NULL)
        return error->status;
    if (tables_codeset(tables, set->related, related, &missing) != CTE_OK)
        return cte_fail(error, missing.status, "%s: related code set %s cannot be used: %s",
                        set->identity.path, set->related, missing.text);
    for (size_t i = 0; i < (*related)->code_count; i++) {
        const char *use = code_property(&(*related)->codes[i], set->related_by);
        if (use == NULL || codeset_find(set, use, strlen(use)) == NULL)
            return cte_fail(error, CTE_BAD_TABLE,
                            "%s: related code set %s: code %s has no %s that is a code of this set",
                            set->identity.path, set->related, (*related)->codes[i].value,
                            set->related_by);
    }
    return error->status;
}

/* ---- layouts ---- */

/* True when some layout has the field in a record of a type that this one has too. */
static bool is_a_source(const struct tables *tables, const struct record_layout *record,
                        const char *number)
{
    for (size_t l = 0; l < tables->layout_count; l++) {
        for (size_t t = 0; t < record->type_count; t++) {
            size_t index;
            const struct record_layout *other = layout_record(&tables->layouts[l], record->types[t],
                                                              strlen(record->types[t]), &index);
            if (other != NULL && record_field(other, number) >= 0)
                return true;
        }
    }
    return tables->layouts_missing;
}

static void check_years(const struct layout *layout, const struct layout *other,
                        struct cte_error *error)
{
    for (size_t r = 0; r < layout->record_count; r++) {
        for (size_t t = 0; t < layout->records[r].type_count; t++) {
            const char *type = layout->records[r].types[t];
            size_t index;
            if (layout_record(other, type, strlen(type), &index) != NULL)
                cte_fail(error, CTE_BAD_TABLE,
                         "%s: layout %s has record type %s in the same years; only one layout can "
                         "be taken by year",
                         layout->identity.path, other->identity.id, type);
        }
    }
}

int sound_layout(const struct tables *tables, const struct layout *layout, struct cte_error *error)
{
    for (size_t r = 0; r < layout->record_count; r++) {
        for (size_t f = 0; f < layout->records[r].field_count; f++) {
            const struct field *field = &layout->records[r].fields[f];
            if (field->from != NULL && !is_a_source(tables, &layout->records[r], field->from))
                cte_fail(error, CTE_BAD_TABLE,
                         "%s: field %s: takes its value from field %s, which no layout has for its "
                         "record types; correct the number",
                         layout->identity.path, field->number, field->from);
        }
    }
    for (size_t i = 0; layout->first != YEAR_NONE && i < tables->layout_count; i++) {
        const struct layout *other = &tables->layouts[i];
        if (strcmp(other->identity.id, layout->identity.id) != 0 && other->first != YEAR_NONE &&
            other->first <= layout->last && layout->first <= other->last)
            check_years(layout, other, error);
    }
    return error->status;
}

/* ---- crosswalks ---- */

/* Academic years, inclusive; none where the first is after the last. */
struct span {
    int first, last;
};

static struct span both(struct span a, struct span b)
{
    return (struct span){a.first > b.first ? a.first : b.first, a.last < b.last ? a.last : b.last};
}

/* The first stretch of the years in which no row of the code set has the value; false when there is
 * none. */
static bool not_listed(const struct code *code, struct span years, struct span *gap)
{
    for (int year = years.first; year <= years.last;) {
        int next = YEAR_LAST + 1;
        const struct code *covers = NULL;
        for (const struct code *c = code; c != NULL && covers == NULL; c = c->same) {
            if (c->first <= year && year <= c->last)
                covers = c;
            else if (c->first > year && c->first < next)
                next = c->first;
        }
        if (covers == NULL) {
            *gap = both((struct span){year, next - 1}, years);
            return true;
        }
        year = covers->last + 1;
    }
    return false;
}

static void check_target_years(const struct crosswalk *crosswalk, const struct crosswalk_map *map,
                               const struct crosswalk_row *row, unsigned n, long line,
                               const struct targets *to, struct cte_error *error)
{
    struct span covered =
        both((struct span){row->first, row->last}, (struct span){map->first, map->last});
    char text[YEARS_TEXT];
    for (size_t o = 0; o < map->output_count; o++) {
        const struct code *target =
            to->code[o] != NULL
                ? codeset_find(map->outputs[o].set, to->code[o], strlen(to->code[o]))
                : NULL;
        const struct code *source =
            row->kind == ROW_NEW ? NULL : codeset_find(map->set, row->code, row->length);
        struct span gap;
        bool missing = false;
        if (target == NULL)
            continue;
        /* A row is asked only in years in which its own code may stand. */
        for (const struct code *s = source; s != NULL && !missing; s = s->same)
            missing = not_listed(target, both(covered, (struct span){s->first, s->last}), &gap);
        if (source == NULL)
            missing = (map->first != YEAR_FIRST || row->first != YEAR_FIRST) &&
                      not_listed(target, covered, &gap);
        if (missing)
            cte_fail(error, CTE_BAD_TABLE,
                     "%s:%ld: row %u: target code %s is not valid %s in code set %s; limit the "
                     "row's years",
                     crosswalk->identity.path, line, n, to->code[o],
                     years_text(gap.first, gap.last, text), map->outputs[o].code_set);
    }
}

static bool has_field(const struct tables *tables, const char *number)
{
    for (size_t l = 0; l < tables->layout_count; l++) {
        for (size_t r = 0; r < tables->layouts[l].record_count; r++) {
            if (record_field(&tables->layouts[l].records[r], number) >= 0)
                return true;
        }
    }
    return tables->layouts_missing;
}

/* A range of values, with the condition it stands in. */
struct placed {
    const struct crosswalk_when *when;
    const struct value_range *range;
};

static int compare_kind(const struct placed *a, const struct placed *b)
{
    int order = strcmp(a->when->field, b->when->field);
    return order != 0
               ? order
               : (a->range->length > b->range->length) - (a->range->length < b->range->length);
}

static int compare_placed(const void *x, const void *y)
{
    const struct placed *a = x, *b = y;
    int order = compare_kind(a, b);
    if (order == 0)
        order = strcmp(a->range->first, b->range->first);
    return order != 0 ? order : (a->when > b->when) - (a->when < b->when);
}

/* A value stands in one condition of a row only. In their order, each range is held against the one
 * before that reaches furthest. */
static void check_conditions(const struct crosswalk *crosswalk, const struct crosswalk_row *row,
                             struct cte_error *error)
{
    size_t count = 0, room = 0;
    for (size_t w = 0; w < row->when_count; w++)
        room += row->whens[w].range_count;
    struct placed *ranges = cte_zalloc(room, sizeof *ranges);
    for (size_t w = 0; w < row->when_count; w++) {
        for (size_t i = 0; i < row->whens[w].range_count; i++)
            ranges[count++] = (struct placed){&row->whens[w], &row->whens[w].ranges[i]};
    }
    if (count > 1)
        qsort(ranges, count, sizeof *ranges, compare_placed);
    for (size_t i = 1, furthest = 0; i < count; i++) {
        const struct placed *one = &ranges[i], *other = &ranges[furthest];
        bool is_kind = compare_kind(other, one) == 0;
        if (is_kind && other->when != one->when &&
            strcmp(one->range->first, other->range->last) <= 0) {
            const struct crosswalk_when *when = one->when > other->when ? one->when : other->when;
            cte_fail(error, CTE_BAD_TABLE,
                     "%s:%ld: row %u: %s of field %s is in the condition of row %u too; a value "
                     "can be in one condition only",
                     crosswalk->identity.path, when->line, when->n, one->range->first, when->field,
                     (when == one->when ? other->when : one->when)->n);
        }
        if (!is_kind || strcmp(one->range->last, other->range->last) > 0)
            furthest = i;
    }
    free(ranges);
}

static void check_row(const struct tables *tables, const struct crosswalk *crosswalk,
                      const struct crosswalk_map *map, const struct crosswalk_row *row,
                      struct cte_error *error)
{
    check_target_years(crosswalk, map, row, row->n, row->line, &row->to, error);
    if (row->when_count > 1)
        check_conditions(crosswalk, row, error);
    for (size_t i = 0; i < row->when_count; i++) {
        const struct crosswalk_when *when = &row->whens[i];
        if (!has_field(tables, when->field))
            cte_fail(error, CTE_BAD_TABLE,
                     "%s:%ld: row %u: the condition names field %s, which no layout has",
                     crosswalk->identity.path, when->line, when->n, when->field);
        check_target_years(crosswalk, map, row, when->n, when->line, &when->to, error);
    }
    for (size_t i = 0; i < row->choice_count; i++)
        check_target_years(crosswalk, map, row, row->choices[i].n, row->choices[i].line,
                           &row->choices[i].to, error);
}

int sound_crosswalk(struct tables *tables, const struct crosswalk *crosswalk,
                    struct cte_error *error)
{
    const char *path = crosswalk->identity.path;
    if (crosswalk->target_layout != NULL && !tables->layouts_missing &&
        tables_layout(tables, crosswalk->target_layout, error) == NULL)
        cte_fail(error, CTE_BAD_TABLE, "%s: its target layout %s is not in layouts/", path,
                 crosswalk->target_layout);
    for (size_t m = 0; m < crosswalk->map_count; m++) {
        const struct crosswalk_map *map = &crosswalk->maps[m];
        if (map->evidence != NULL && tables->rules != NULL &&
            rules_join(tables->rules, map->evidence) == NULL)
            cte_fail(error, CTE_BAD_TABLE,
                     "%s:%ld: map %s: its evidence %s is no join of the rule table", path,
                     map->line, map->id, map->evidence);
        for (size_t r = 0; r < map->row_count; r++)
            check_row(tables, crosswalk, map, &map->rows[r], error);
    }
    return error->status;
}
