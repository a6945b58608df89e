#include "codetables/model/table_folder.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "codetables/base/file.h"
#include "codetables/base/map.h"
#include "codetables/base/text.h"

int version_compare(const char *a, const char *b)
{
    a = *a != '\0' ? a : VERSION_OF_NONE;
    b = *b != '\0' ? b : VERSION_OF_NONE;
    while (*a != '\0' || *b != '\0') {
        char *end_a, *end_b;
        unsigned long x = strtoul(a, &end_a, 10), y = strtoul(b, &end_b, 10);
        if (x != y)
            return x < y ? -1 : 1;
        if (end_a == a || end_b == b)
            return strcmp(a, b);
        a = *end_a == '.' ? end_a + 1 : end_a;
        b = *end_b == '.' ? end_b + 1 : end_b;
    }
    return 0;
}

bool is_version(const char *text)
{
    enum { MOST_DIGITS = 9 };
    for (;; text++) {
        const size_t digits = strspn(text, "0123456789");
        text += digits;
        if (digits == 0 || digits > MOST_DIGITS || (*text != '.' && *text != '\0'))
            return false;
        if (*text == '\0')
            return true;
    }
}

bool is_table_reference(const char *text)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz", *const more = "0123456789";
    if (*text == '\0' || strchr(letters, *text) == NULL)
        return false;
    for (;; text++) {
        const char *part = text;
        while (*text != '\0' && (strchr(letters, *text) != NULL || strchr(more, *text) != NULL))
            text++;
        if (text == part)
            return false;
        if (*text != '-')
            return *text == '\0' || (*text == '@' && is_version(text + 1));
    }
}

/* Sorted, so that nothing depends on the order of the disk. */
static int list_tables(const char *folder, char ***names, size_t *count, struct cte_error *error)
{
    if (file_names(folder, file_is_xml, names, count) == 0)
        return CTE_OK;
    const int why = errno;
    return cte_fail(error, file_status(why, CTE_BAD_TABLE),
                    "%s: cannot read the folder of code tables: %s; name it with --codetables",
                    folder, strerror(why));
}

/* The name of a layout's file, in its two parts. */
struct layout_name {
    size_t id_length;
    const char *version;
    size_t version_length;
};

/* An identifier holds no point, and the version of a layout holds one: so `a-2018.xml` is a layout
 * of its own, and `a-2018-2026.2.xml` a version of it. */
static struct layout_name split_layout_name(const char *name)
{
    const size_t stem = strlen(name) - strlen(".xml");
    const char *point = memchr(name, '.', stem);
    size_t dash = stem;
    for (size_t i = 0; point != NULL && name + i < point; i++)
        dash = name[i] == '-' ? i : dash;
    if (dash == stem || strspn(name + dash + 1, "0123456789.") < stem - dash - 1)
        return (struct layout_name){stem, "", 0};
    return (struct layout_name){dash, name + dash + 1, stem - dash - 1};
}

static int compare_layout_versions(const struct layout_name *a, const struct layout_name *b)
{
    char *one = cte_format("%.*s", (int)a->version_length, a->version),
         *other = cte_format("%.*s", (int)b->version_length, b->version);
    const int order = version_compare(one, other);
    free(one);
    free(other);
    return order;
}

int list_layout_files(const char *folder, struct arena *arena, char ***names, size_t *count,
                      struct cte_error *error)
{
    char **all;
    size_t all_count, kept = 0;
    *count = 0;
    if (list_tables(folder, &all, &all_count, error) != CTE_OK)
        return error->status;
    *names = arena_alloc(arena, all_count * sizeof **names);
    for (size_t i = 0; i < all_count; i++) {
        const struct layout_name name = split_layout_name(all[i]);
        struct layout_name other;
        size_t k = 0;
        for (; k < kept; k++) {
            other = split_layout_name((*names)[k]);
            if (other.id_length == name.id_length &&
                memcmp(all[i], (*names)[k], name.id_length) == 0)
                break;
        }
        const int order = k < kept ? compare_layout_versions(&name, &other) : 1;
        if (order == 0)
            cte_fail(error, CTE_BAD_TABLE,
                     "%s: %s and %s are one version; a table version stands once", folder,
                     (*names)[k], all[i]);
        if (order > 0)
            (*names)[k] = arena_string(arena, all[i]);
        kept += k == kept;
    }
    file_free_names(all, all_count);
    *count = kept;
    return error->status;
}

/* The length of the identifier in the name of a file: behind its last hyphen stands the version. */
static size_t id_length_of(const char *name)
{
    const char *dash = strrchr(name, '-');
    return dash != NULL ? (size_t)(dash - name) : strlen(name) - strlen(".xml");
}

/* The version in the name of a file of this identifier, and its length; NULL for the file of
 * another table. */
static const char *version_in(const char *name, const char *id, size_t *length)
{
    const size_t id_length = strlen(id);
    if (strncmp(name, id, id_length) != 0 || id_length_of(name) != id_length ||
        name[id_length + 1] < '0' || name[id_length + 1] > '9')
        return NULL;
    *length = strlen(name) - id_length - 1 - strlen(".xml");
    return name + id_length + 1;
}

/* The version that is wanted, or the highest of all; NULL where there is none. To be freed. */
static char *find_version(char *const *names, size_t count, const char *id, const char *wanted)
{
    char *best = NULL;
    for (size_t i = 0; i < count; i++) {
        size_t length;
        const char *found = version_in(names[i], id, &length);
        if (found == NULL)
            continue;
        char *version = cte_format("%.*s", (int)length, found);
        if (wanted != NULL ? strcmp(version, wanted) == 0
                           : best == NULL || version_compare(version, best) > 0) {
            free(best);
            best = version;
        } else {
            free(version);
        }
    }
    return best;
}

/* "; its versions are 2026.1, 2026.2; name one of them", or where there is no such table "; it has
 * clusters; name one of them": how a sentence goes on that says that it is not there. To be
 * freed. */
static char *name_others(char *const *names, size_t count, const char *id)
{
    enum { MOST_NAMED = 12 };
    struct map versions = {0}, tables = {0};
    struct text text = {0};
    for (size_t i = 0; i < count; i++) {
        size_t length;
        const char *version = version_in(names[i], id, &length);
        if (version != NULL)
            map_add(&versions, version, length);
        map_add(&tables, names[i], id_length_of(names[i]));
    }
    const struct map *others = versions.count > 0 ? &versions : &tables;
    for (size_t i = 0; i < others->count && i < MOST_NAMED; i++)
        text_format(&text, "%s%s",
                    i > 0               ? ", "
                    : others == &tables ? "; it has "
                                        : "; its versions are ",
                    map_key(others, i).at);
    if (others->count > MOST_NAMED)
        text_format(&text, " and %zu more", others->count - MOST_NAMED);
    text_add(&text, others->count > 0 ? "; name one of them, or" : "; name");
    map_free(&versions);
    map_free(&tables);
    return text_take(&text);
}

int find_table_file(const char *folder, const char *reference, char **file, struct cte_error *error)
{
    char **names;
    size_t count;
    if (!is_table_reference(reference))
        return cte_fail(error, CTE_BAD_TABLE, "'%s' " NO_TABLE_REFERENCE, reference);
    if (list_tables(folder, &names, &count, error) != CTE_OK)
        return error->status;
    const size_t id_length = strcspn(reference, "@");
    const char *wanted = reference[id_length] == '@' ? reference + id_length + 1 : NULL;
    char *id = cte_format("%.*s", (int)id_length, reference),
         *version = find_version(names, count, id, wanted);
    int status = CTE_OK;
    if (version != NULL)
        *file = cte_format("%s/%s-%s.xml", folder, id, version);
    else {
        char *others = name_others(names, count, id);
        status = cte_fail(
            error, CTE_BAD_TABLE, "%s: there is no %s%s%s in it%s another folder with --codetables",
            folder, id, wanted != NULL ? " version " : "", wanted != NULL ? wanted : "", others);
        free(others);
    }
    free(version);
    free(id);
    file_free_names(names, count);
    return status;
}

int find_only_table(const char *folder, const char *what, char **id, struct cte_error *error)
{
    char **names;
    size_t count;
    *id = NULL;
    int status = list_tables(folder, &names, &count, error);
    if (status != CTE_OK)
        return status;
    for (size_t i = 0; status == CTE_OK && i < count; i++) {
        /* an identifier ends where the version begins; without one, the whole name is told */
        char *dash = names[i];
        while ((dash = strchr(dash, '-')) != NULL && (dash[1] < '0' || dash[1] > '9'))
            dash++;
        if (dash != NULL)
            *dash = '\0';
        if (*id == NULL)
            *id = cte_strdup(names[i]);
        else if (strcmp(*id, names[i]) != 0)
            status =
                cte_fail(error, CTE_BAD_TABLE,
                         "%s: holds the %s %s and %s; there must be one, in any number of versions",
                         folder, what, *id, names[i]);
    }
    file_free_names(names, count);
    return status;
}
