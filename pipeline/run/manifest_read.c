#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codetables/base/number.h"
#include "codetables/base/shown.h"
#include "codetables/model/table.h"
#include "codetables/base/text.h"
#include "pipeline/run/accounts_file.h"
#include "pipeline/run/manifest_elements.h"
#include "pipeline/run/manifest_walk.h"

/* What stands in an attribute, or "". */
static const char *take_text(struct arena *memory, xmlNodePtr node, const char *name)
{
    char *value = attribute(node, name);
    const char *text = value != NULL ? arena_string(memory, value) : "";
    free(value);
    return text;
}

static uint64_t take_number(xmlNodePtr node, const char *name)
{
    uint64_t number = 0;
    char *text = attribute(node, name);
    if (text == NULL || !read_number(text, &number))
        number = 0;
    free(text);
    return number;
}

static bool attribute_says(xmlNodePtr node, const char *name, const char *word)
{
    char *text = attribute(node, name);
    const bool says = text != NULL && strcmp(text, word) == 0;
    free(text);
    return says;
}

static const char *take_path(struct arena *memory, xmlNodePtr node, const char *name)
{
    char *path = path_from_shown(take_text(memory, node, name));
    const char *kept = arena_string(memory, path);
    free(path);
    return kept;
}

static void take_columns(struct arena *memory, xmlNodePtr node, const struct element *element,
                         void *item)
{
    for (size_t i = 0; i < element->count; i++) {
        const struct column *column = &element->columns[i];
        void *at = (char *)item + column->offset;
        const char *name = column->is_wire_only ? "" : column->name;
        switch (column->type) {
        case COLUMN_TEXT: *(const char **)at = take_text(memory, node, name); break;
        case COLUMN_PATH: *(const char **)at = take_path(memory, node, name); break;
        case COLUMN_NUMBER: *(uint64_t *)at = take_number(node, name); break;
        case COLUMN_YES: *(bool *)at = attribute_says(node, name, "yes"); break;
        case COLUMN_LETTER: *(char *)at = take_text(memory, node, name)[0]; break;
        case COLUMN_WORD:
            for (int word = 0; column->words[word] != NULL; word++) {
                if (attribute_says(node, name, column->words[word]))
                    *(int *)at = word;
            }
            break;
        case COLUMN_SUM:
        case COLUMN_NAMED: break;
        }
    }
}

static void take_fact(struct arena *memory, struct account *account, xmlNodePtr node,
                      enum fact fact)
{
    union any_fact item;
    memset(&item, 0, sizeof item);
    const struct element element = element_of(fact);
    take_columns(memory, node, &element, &item);
    account_append(account, fact, &item);
}

static void take_message(struct text *messages, xmlNodePtr node)
{
    char *text = element_text(node);
    text_add(messages, text != NULL ? text : "");
    text_add_byte(messages, '\n');
    free(text);
}

static void take_source(struct arena *memory, xmlNodePtr node, struct manifest_source *source,
                        struct account *account)
{
    struct text messages = {0};
    *source = (struct manifest_source){.name = take_text(memory, node, "name"),
                                       .file = take_text(memory, node, "file"),
                                       .status = take_text(memory, node, "status"),
                                       .exit = (int)take_number(node, "exit"),
                                       .account = account};
    if (xmlHasProp(node, (const xmlChar *)"input-format") != NULL)
        source->input_format = take_text(memory, node, "input-format");
    take_fact(memory, account, node, FACT_SOURCE);
    take_fact(memory, account, node, FACT_CONTENT);
    for (xmlNodePtr child = node->children; child != NULL; child = child->next) {
        const char *name = (const char *)child->name;
        if (child->type != XML_ELEMENT_NODE)
            continue;
        if (strcmp(name, "message") == 0)
            take_message(&messages, child);
        for (enum fact fact = 0; fact < FACTS; fact++) {
            if (fact_shapes[fact].element != NULL && strcmp(fact_shapes[fact].element, name) == 0)
                take_fact(memory, account, child, fact);
        }
    }
    source->messages =
        (struct slice){arena_copy(memory, messages.bytes, messages.length), messages.length};
    text_free(&messages);
}

/* The elements of a name in the root, as an array of their structs. */
static void *take_all(struct manifest *manifest, xmlNodePtr root, const struct element *element,
                      size_t size, size_t *count)
{
    *count = count_elements(root, element->name);
    char *items = arena_alloc(&manifest->memory, *count * size), *item = items;
    for (xmlNodePtr node = first_element(root, element->name); node != NULL;
         node = next_element(node, element->name), item += size)
        take_columns(&manifest->memory, node, element, item);
    return items;
}

/* Names of sources, in their order. */
static size_t find_source(const struct map *names, const char *name)
{
    const size_t found = map_find_string(names, name);
    return found != MAP_NONE ? found : names->count - 1;
}

static void take_overlaps(struct manifest *manifest, xmlNodePtr root, const struct map *names)
{
    struct overlap *overlaps = NULL, place = {0};
    size_t count = 0, room = 0;
    for (xmlNodePtr node = first_element(root, overlap_element.name); node != NULL;
         node = next_element(node, overlap_element.name)) {
        place.number++;
        take_columns(&manifest->memory, node, &overlap_element, &place);
        for (xmlNodePtr in = first_element(node, "in"); in != NULL && names->count > 0;
             in = next_element(in, "in")) {
            GROW(overlaps, count, room);
            overlaps[count] = place;
            overlaps[count].source = find_source(names, take_text(&manifest->memory, in, "source"));
            overlaps[count++].records = take_number(in, "records");
        }
    }
    struct overlap *kept = arena_alloc(&manifest->memory, count * sizeof *kept);
    if (count > 0)
        memcpy(kept, overlaps, count * sizeof *kept);
    free(overlaps);
    manifest->overlaps = kept;
    manifest->overlap_count = count;
}

/* An element that is there once, or not at all. */
static void take_single(struct manifest *manifest, xmlNodePtr root, const struct element *element,
                        void *item)
{
    xmlNodePtr node = first_element(root, element->name);
    if (node != NULL)
        take_columns(&manifest->memory, node, element, item);
}

static void take_root(struct manifest *manifest, xmlNodePtr root, const struct map *names)
{
    const struct element table = element_of(FACT_TABLE);
    struct arena *memory = &manifest->memory;
    manifest->id = take_text(memory, root, "id");
    manifest->program = take_text(memory, root, "program");
    manifest->version = take_text(memory, root, "version");
    manifest->started = take_text(memory, root, "started");
    manifest->exit = (int)take_number(root, "exit");
    manifest->is_beside = xmlHasProp(root, (const xmlChar *)"beside") != NULL;
    take_single(manifest, root, &before_element, &manifest->before);
    take_single(manifest, root, &repeats_element, &manifest->repeats);
    take_single(manifest, root, &pruned_element, &manifest->pruned);
    take_single(manifest, root, &all_sources_element, &manifest->all_sources);
    take_single(manifest, root, &accounts_element, &manifest->accounts_file);
    xmlNodePtr made = first_element(root, "made");
    if (made != NULL)
        manifest->binaries = take_all(manifest, made, &binary_element, sizeof *manifest->binaries,
                                      &manifest->binary_count);
    manifest->options = take_all(manifest, root, &option_element, sizeof *manifest->options,
                                 &manifest->option_count);
    manifest->tables =
        take_all(manifest, root, &table, sizeof *manifest->tables, &manifest->table_count);
    manifest->shrunk = take_all(manifest, root, &shrunk_element, sizeof *manifest->shrunk,
                                &manifest->shrunk_count);
    manifest->unused = take_all(manifest, root, &unused_element, sizeof *manifest->unused,
                                &manifest->unused_count);
    take_overlaps(manifest, root, names);
}

/* ---- the head, and the sources ---- */

static int read_head(const char *folder, struct manifest *manifest, struct cte_error *error)
{
    struct manifest_walk walk = {
        .folder = folder, .error = error, .head = xmlNewDoc((const xmlChar *)"1.0")};
    *manifest = (struct manifest){0};
    if (begin_manifest(&walk) == CTE_OK && walk_manifest(&walk) == CTE_OK) {
        manifest->source_count = walk.names.count;
        take_root(manifest, xmlDocGetRootElement(walk.head), &walk.names);
    }
    end_manifest(&walk);
    return error->status;
}

/* The sources as they are given out. */
struct giving {
    const struct manifest *head;
    void (*take)(void *context, const struct manifest_source *source);
    void *context;
    struct manifest *whole; /* that keeps all of them; NULL: none does */
    size_t count;
    struct accounts_reader *accounts;
};

static void give_source(struct manifest_walk *walk, xmlNodePtr node)
{
    struct giving *giving = walk->context;
    struct manifest *whole = giving->whole;
    struct arena memory = {0};
    struct account own = {.places = NULL};
    struct manifest_source source;
    if (giving->count++ >= giving->head->source_count) {
        cte_fail(walk->error, CTE_BAD_INPUT, "%s: was changed while it was read", walk->shown);
        return;
    }
    struct account *account = whole != NULL ? &whole->accounts[giving->count - 1] : &own;
    take_source(whole != NULL ? &whole->memory : &memory, node, &source, account);
    if (giving->accounts != NULL &&
        accounts_next(giving->accounts, source.name, account, walk->error) == CTE_OK &&
        whole != NULL)
        account_pack(account, &whole->texts);
    if (walk->error->status == CTE_OK)
        giving->take(giving->context, &source);
    account_free(&own);
    arena_free(&memory);
}

static int give_sources(const char *folder, struct giving *giving, struct cte_error *error)
{
    struct manifest_walk walk = {
        .folder = folder, .take = give_source, .context = giving, .error = error};
    struct accounts_reader accounts;
    const bool has_accounts = giving->head->accounts_file.file != NULL;
    if (has_accounts && accounts_open(&accounts, folder, giving->head, error) != CTE_OK)
        return error->status;
    giving->accounts = has_accounts ? &accounts : NULL;
    if (begin_manifest(&walk) == CTE_OK && walk_manifest(&walk) == CTE_OK &&
        giving->count != giving->head->source_count)
        cte_fail(error, CTE_BAD_INPUT, "%s: was changed while it was read", walk.shown);
    end_manifest(&walk);
    if (has_accounts)
        accounts_close(&accounts, error);
    return error->status;
}

int manifest_each_source(const char *folder, const struct manifest *head,
                         void (*take)(void *context, const struct manifest_source *source),
                         void *context, struct cte_error *error)
{
    struct giving giving = {.head = head, .take = take, .context = context};
    return give_sources(folder, &giving, error);
}

static void keep_source(void *context, const struct manifest_source *source)
{
    struct giving *giving = context;
    struct manifest_source *sources = (struct manifest_source *)giving->whole->sources;
    sources[giving->count - 1] = *source;
}

int manifest_read_sources(const char *folder, struct manifest *manifest, struct cte_error *error)
{
    const size_t count = manifest->source_count;
    struct giving giving = {.head = manifest, .take = keep_source, .whole = manifest};
    giving.context = &giving;
    manifest->sources = arena_alloc(&manifest->memory, count * sizeof *manifest->sources);
    manifest->accounts = cte_zalloc(count + 1, sizeof *manifest->accounts);
    if (give_sources(folder, &giving, error) != CTE_OK)
        manifest_free(manifest);
    return error->status;
}

int manifest_read(const char *folder, enum manifest_depth depth, struct manifest *manifest,
                  struct cte_error *error)
{
    return read_head(folder, manifest, error) == CTE_OK && depth == MANIFEST_WHOLE
               ? manifest_read_sources(folder, manifest, error)
               : error->status;
}

void manifest_free(struct manifest *manifest)
{
    for (size_t i = 0; i < manifest->source_count && manifest->accounts != NULL; i++)
        account_free(&manifest->accounts[i]);
    free(manifest->accounts);
    account_texts_free(&manifest->texts);
    arena_free(&manifest->memory);
    *manifest = (struct manifest){0};
}

const char *manifest_option(const struct manifest *manifest, const char *name)
{
    for (size_t i = 0; i < manifest->option_count; i++) {
        if (strcmp(manifest->options[i].name, name) == 0)
            return manifest->options[i].value;
    }
    return NULL;
}

const struct fact_source *manifest_form(const struct manifest_source *source)
{
    return account_first(source->account, FACT_SOURCE);
}

const char *manifest_sha256(const struct manifest_source *source)
{
    const struct fact_content *content = account_first(source->account, FACT_CONTENT);
    return content->sha256;
}

const struct fact_sums *manifest_sums(const struct manifest_source *source)
{
    return account_first(source->account, FACT_SUMS);
}
