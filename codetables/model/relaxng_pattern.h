/* relaxng_pattern.h - patterns, and what is left of one after a step. Of the relaxng files alone.
 *
 * A pattern is a number. Two patterns that are made alike have one number, so that steps can be
 * remembered by it. Names are those of intern(): equal names are equal pointers.
 */
#ifndef CTE_RELAXNG_PATTERN_H
#define CTE_RELAXNG_PATTERN_H

#include <libxml/tree.h>
#include <libxml/xmlregexp.h>
#include <libxml/xmlschemastypes.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef uint32_t pattern_id;

/* The first two have one pattern each, with the number of the kind. */
enum pattern_kind {
    PATTERN_NOT_ALLOWED,
    PATTERN_EMPTY,
    PATTERN_TEXT,
    PATTERN_DATA,      /* a: datatype */
    PATTERN_ATTRIBUTE, /* a: name class, b: content */
    PATTERN_ELEMENT,   /* a: element */
    PATTERN_CHOICE,    /* a, b */
    PATTERN_GROUP,     /* a, then b */
    PATTERN_MORE,      /* a, once or more often */
    PATTERN_AFTER      /* a, then the end of the element, then b */
};

struct pattern {
    enum pattern_kind kind;
    uint32_t a, b;
    bool nullable;
};

/* What a text may be. */
struct datatype {
    enum { DATA_VALUE, DATA_LIST, DATA_TYPE } kind;
    const char *text;        /* DATA_VALUE */
    bool exact;              /* DATA_VALUE: blanks count */
    pattern_id content;      /* DATA_LIST: of the words of the list; DATA_TYPE: what is excepted */
    xmlSchemaTypePtr type;   /* DATA_TYPE: NULL for strings, which need no look */
    xmlRegexpPtr expression; /* or NULL */
    const char *expression_text;
    size_t min_length;
};

/* Names of an attribute: one, or all but some. */
struct name_class {
    const char *name;  /* NULL: all but those in except */
    bool no_namespace; /* all means all of no namespace */
    const char **except;
    size_t except_count;
};

struct element_pattern {
    xmlNodePtr node; /* of the schema, while that is read */
    const char *name;
    /* content is worked out when it is first asked for, since elements may hold one another */
    bool is_read;
    pattern_id content;
};

/* More datatypes than the bits of a step for one attribute: not known here. */
enum { MOST_ASKED = 64 };

/* The datatypes that an attribute of some name, or a text, is held against in some pattern. */
struct asked_types {
    uint32_t *types;
    size_t count;
};

struct step; /* a step that is remembered */

struct grammar {
    xmlDocPtr doc; /* while it is read */
    bool unknown;  /* the schema uses what is not known here */
    struct pattern *patterns;
    size_t pattern_count;
    struct datatype *types;
    size_t type_count;
    struct name_class *classes;
    size_t class_count;
    struct element_pattern *elements;
    size_t element_count;
    struct asked_types *asked;
    size_t asked_count;
    struct step *steps;
    size_t step_count, step_room;
    pattern_id start;
};

/* ---- relaxng_read.c: from the schema ---- */

/* The grammar of a schema, which may be let go afterwards. With `unknown` set it must not be used.
 */
struct grammar *grammar_read(xmlDocPtr doc);
pattern_id element_content(struct grammar *grammar, uint32_t element);

/* ---- relaxng_pattern.c: making patterns, and steps ---- */

void grammar_start(struct grammar *grammar);
pattern_id pattern_of(struct grammar *grammar, enum pattern_kind kind, uint32_t a, uint32_t b);
pattern_id choice_of(struct grammar *grammar, pattern_id a, pattern_id b);
pattern_id group_of(struct grammar *grammar, pattern_id a, pattern_id b);
pattern_id more_of(struct grammar *grammar, pattern_id a);

/* What is left of a pattern after the start of an element, an attribute, the end of all attributes,
 * a text, the end of the element. PATTERN_NOT_ALLOWED when that may not stand there. */
pattern_id after_start(struct grammar *grammar, pattern_id pattern, const char *name);
pattern_id after_attribute(struct grammar *grammar, pattern_id pattern, const char *name,
                           const char *value);
pattern_id after_attributes(struct grammar *grammar, pattern_id pattern);
pattern_id after_text(struct grammar *grammar, pattern_id pattern, const char *text);
pattern_id after_end(struct grammar *grammar, pattern_id pattern);

/* The same where a problem was told: as if the value had been right, nothing had been missing. */
pattern_id after_any_value(struct grammar *grammar, pattern_id pattern, const char *name);
pattern_id without_attributes(struct grammar *grammar, pattern_id pattern);
pattern_id after_any_end(struct grammar *grammar, pattern_id pattern);

/* The datatypes that decide about an attribute; NULL name: about a text. */
const struct asked_types *asked_of(struct grammar *grammar, pattern_id pattern, const char *name);

/* True when the pattern has an attribute of this name; of an open element, or before it. */
bool has_attribute(const struct grammar *grammar, pattern_id pattern, const char *name);
bool class_holds(const struct name_class *names, const char *name);

/* ---- relaxng_types.c: texts ---- */

/* Which of the datatypes the text is of, a bit each; and the bit of one of them. */
uint64_t types_of(struct grammar *grammar, const struct asked_types *asked, const char *text);
bool fits_type(const struct asked_types *asked, uint64_t fits, uint32_t type);
bool is_blank(const char *text);

#endif
