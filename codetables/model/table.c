#include "codetables/model/table.h"

#include <libxml/dict.h>
#include <stdio.h>
#include <string.h>

#include "codetables/model/attribute_rules.h"
#include "codetables/model/schema.h"

static const char *const basis_names[] = {
    [BASIS_NONE] = "",         [BASIS_SEEN] = "seen",         [BASIS_FAMILY] = "family",
    [BASIS_OWN] = "own",       [BASIS_INFERRED] = "inferred", [BASIS_ASSUMED] = "assumed",
    [BASIS_UNREAD] = "unread",
};

enum basis basis_from(const char *text)
{
    for (enum basis basis = BASIS_SEEN; text != NULL && basis <= BASIS_UNREAD; basis++) {
        if (strcmp(text, basis_names[basis]) == 0)
            return basis;
    }
    return BASIS_NONE;
}

const char *basis_name(enum basis basis)
{
    return basis_names[basis];
}

bool basis_may_refuse(enum basis basis)
{
    return basis == BASIS_SEEN || basis == BASIS_FAMILY || basis == BASIS_OWN;
}

bool table_is_draft(const struct table_identity *identity)
{
    return strcmp(identity->status, "draft") == 0;
}

/* All that is wrong is told in the order of its lines. */
static int validate(xmlDocPtr doc, const char *path, const char *schema_path,
                    struct cte_error *error)
{
    struct problems problems = {0};
    int status = schema_validate(doc, schema_path, &problems, error);
    if (status == CTE_OK) {
        check_attributes(xmlDocGetRootElement(doc), &problems);
        status = report_problems(&problems, path, error);
    }
    forget_problems(&problems);
    return status;
}

enum basis attribute_basis(xmlNodePtr node, const char *name)
{
    for (enum basis basis = BASIS_SEEN; basis <= BASIS_UNREAD; basis++) {
        if (attribute_is(node, name, basis_names[basis]))
            return basis;
    }
    return BASIS_NONE;
}

static void read_head(xmlNodePtr root, struct table_identity *identity)
{
    struct arena *arena = &identity->arena;
    xmlNodePtr title = first_element(root, "title");
    identity->title = title != NULL ? copy_text(arena, title) : arena_string(arena, "");
    identity->sources =
        arena_alloc(arena, count_elements(root, "source") * sizeof *identity->sources);
    for (xmlNodePtr node = first_element(root, "source"); node != NULL;
         node = next_element(node, "source"))
        identity->sources[identity->source_count++] = (struct table_source){
            copy_attribute_or(arena, node, "file", ""), copy_attribute_or(arena, node, "title", ""),
            copy_attribute_or(arena, node, "date", ""),
            copy_attribute_or(arena, node, "sha256", "")};
    identity->notes = copy_texts(arena, root, "note", &identity->note_count);
}

int table_open(const char *path, const char *schema_path, struct table_identity *identity,
               xmlDocPtr *doc, struct cte_error *error)
{
    *identity = (struct table_identity){0};
    xmlDocPtr tree = parse_table(path, identity->sha256, error);
    if (tree == NULL)
        return error->status;
    if (validate(tree, path, schema_path, error) != CTE_OK) {
        xmlFreeDoc(tree);
        return error->status;
    }
    xmlNodePtr root = xmlDocGetRootElement(tree);
    struct arena *arena = &identity->arena;
    identity->kind = arena_string(arena, (const char *)root->name);
    identity->id = copy_attribute_or(arena, root, "id", "");
    identity->version = copy_attribute_or(arena, root, "version", "");
    identity->status = copy_attribute_or(arena, root, "status", "");
    identity->agency = copy_attribute_or(arena, root, "agency", "");
    identity->supersedes = copy_attribute_or(arena, root, "supersedes", "");
    identity->path = arena_string(arena, path);
    read_head(root, identity);
    *doc = tree;
    return CTE_OK;
}

void table_close(struct table_identity *identity)
{
    arena_free(&identity->arena);
    *identity = (struct table_identity){0};
}

const char *intern(const char *text)
{
    static xmlDictPtr texts;
    if (texts == NULL && (texts = xmlDictCreate()) == NULL)
        cte_die("out of memory");
    const xmlChar *kept = xmlDictLookup(texts, (const xmlChar *)text, -1);
    if (kept == NULL)
        cte_die("out of memory");
    return (const char *)kept;
}

bool is_plain_value(const char *text)
{
    return strpbrk(text, "^\n\r\\") == NULL;
}
