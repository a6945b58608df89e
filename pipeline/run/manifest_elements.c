#include "pipeline/run/manifest_elements.h"

#define TEXT(of, member, attribute)                                                                \
    {                                                                                              \
        .name = attribute, .type = COLUMN_TEXT, .offset = offsetof(struct of, member)              \
    }
#define NUMBER(of, member, attribute)                                                              \
    {                                                                                              \
        .name = attribute, .type = COLUMN_NUMBER, .offset = offsetof(struct of, member)            \
    }

#define ELEMENT(name, columns)                                                                     \
    {                                                                                              \
        name, columns, sizeof columns / sizeof *columns                                            \
    }

static const struct column link_columns[] = {
    TEXT(manifest_link, id, "run"),
    TEXT(manifest_link, sha256, "sha256"),
    {.name = "started", .offset = offsetof(struct manifest_link, started), .is_optional = true},
};
static const struct column pruned_columns[] = {
    NUMBER(manifest_pruned, runs, "runs"),
    TEXT(manifest_pruned, sha256, "sha256"),
};
static const struct column all_sources_columns[] = {
    NUMBER(manifest_all_sources, count, "count"),
    TEXT(manifest_all_sources, sha256, "sha256"),
};
static const struct column accounts_columns[] = {
    TEXT(manifest_accounts, file, "file"),
    TEXT(manifest_accounts, sha256, "sha256"),
};
static const struct column binary_columns[] = {
    TEXT(manifest_binary, name, "name"),
    TEXT(manifest_binary, sha256, "sha256"),
};
static const struct column option_columns[] = {
    TEXT(manifest_option, name, "name"),
    TEXT(manifest_option, value, "value"),
};
static const struct column shrunk_columns[] = {
    TEXT(shrunk, type, "type"),
    TEXT(shrunk, lea, "lea"),
    TEXT(shrunk, year, "year"),
    NUMBER(shrunk, now, "records"),
    NUMBER(shrunk, before, "before"),
    TEXT(shrunk, run, "run"),
    TEXT(shrunk, schools, "schools"),
    {.name = "moved-on",
     .type = COLUMN_YES,
     .offset = offsetof(struct shrunk, is_moved_on),
     .is_optional = true},
};
static const struct column overlap_columns[] = {
    TEXT(overlap, type, "type"),
    TEXT(overlap, values, "replaces"),
};
static const struct column unused_columns[] = {
    TEXT(unused, what, "what"),
    TEXT(unused, text, "text"),
};
const struct element before_element = ELEMENT("before", link_columns),
                     repeats_element = ELEMENT("repeats", link_columns),
                     pruned_element = ELEMENT("pruned", pruned_columns),
                     all_sources_element = ELEMENT("all-sources", all_sources_columns),
                     accounts_element = ELEMENT("accounts", accounts_columns),
                     binary_element = ELEMENT("binary", binary_columns),
                     option_element = ELEMENT("option", option_columns),
                     shrunk_element = ELEMENT("shrunk", shrunk_columns),
                     overlap_element = ELEMENT("overlap", overlap_columns),
                     unused_element = ELEMENT("unused", unused_columns);

struct element element_of(enum fact fact)
{
    const struct fact_shape *shape = &fact_shapes[fact];
    return (struct element){shape->element, shape->columns, shape->column_count};
}
