/* layout.h - how a record of a type looks in a layout (CALPADS File Specification).
 *
 * A layout holds the fields of each record type in order, with what is known of each: length, type,
 * requirement, code set, and how that is known. As a target, a field also says where its value
 * comes from. Record types, field numbers and roles are data; programs find the field they need by
 * its role.
 */
#ifndef CTE_LAYOUT_H
#define CTE_LAYOUT_H

#include <stdint.h>

#include "codetables/base/slice.h"
#include "codetables/model/table.h"

/* Fields of one record, at most. CALPADS' longest has 38. */
enum { LAYOUT_MAX_FIELDS = 256, LAYOUT_MAX_TYPES = 16 };

enum field_role {
    ROLE_NONE,
    ROLE_RECORD_TYPE,
    ROLE_TRANSACTION,
    ROLE_LEA,
    ROLE_SCHOOL,
    ROLE_ACADEMIC_YEAR,
    ROLE_STUDENT,
    ROLE_LOCAL_COURSE,
    ROLE_SECTION,
    ROLE_TERM,
    ROLE_COUNT
};

/* Where a field of a target layout takes its value. */
enum field_origin { ORIGIN_SAME, ORIGIN_CONSTANT, ORIGIN_RECODE };

/* Which bytes a field type allows; not restricted where nobody has read the set. */
struct field_type {
    const char *id;
    enum basis basis;
    bool restricted;
    bool allowed[256];
};

struct field {
    const char *number; /* "11.13" */
    const char *name;
    const char *element; /* in the XML record form */
    enum field_role role;
    const char *delete_code; /* on the transaction field */
    const struct field_type *type;
    enum basis type_basis;
    uint32_t min, max; /* length in characters; max 0 means nobody has said */
    enum basis length_basis;
    bool is_date; /* CCYYMMDD */
    enum basis date_basis;
    uint32_t required_by; /* bit i: record type i of the record requires the field */
    enum basis required_basis;
    int required_first;
    char **code_sets; /* identifiers; a code must stand in one of them */
    size_t code_set_count;
    /* positions of the fields whose year judges this one, in order; the first that is filled
     * counts */
    uint16_t judged_by[4];
    size_t judged_by_count;
    bool key;
    bool personal;
    bool may_be_absent; /* the last field, which a file may leave out */
    enum field_origin origin;
    /* number of the source field: ORIGIN_SAME (NULL: same number) and ORIGIN_RECODE */
    const char *from;
    const char *map;    /* ORIGIN_RECODE */
    const char *output; /* ORIGIN_RECODE */
    const char *value;  /* ORIGIN_CONSTANT */
    const char *reason; /* ORIGIN_CONSTANT: why, for the change row */
};

struct record_layout {
    const struct layout *layout;
    char **types; /* record types that share these fields */
    size_t type_count;
    const char *name;
    enum basis order_basis;
    struct field *fields;
    size_t field_count;
    /* positions of the fields whose values say what an upload takes the place of */
    uint16_t replaces[8];
    size_t replace_count; /* 0: nobody has said */
    enum basis replaces_basis;
    int role_position[ROLE_COUNT]; /* position of the field with a role, or -1 */
};

struct form_extra {
    const char *name;
    const char *element;
};

/* A form is what CALPADS makes of a record: upload, ODS extract, rejected records. It adds a suffix
 * to the record type and fields at the end. */
struct form {
    const char *id;
    const char *suffix;
    size_t suffix_length;
    struct form_extra *extras;
    size_t extra_count;
};

struct layout {
    struct table_identity identity;
    bool is_named; /* a higher version is there: this one was asked for with its version */
    /* academic years this layout is taken for by itself; first is YEAR_NONE when only by name */
    int first, last;
    const char *xml_root;
    struct field_type *types;
    size_t type_count;
    struct form *forms;
    size_t form_count;
    struct record_layout *records;
    size_t record_count;
};

int layout_load(const char *path, const char *schema_path, struct layout *layout,
                struct cte_error *error);
void layout_free(struct layout *layout);

/* The record layout and the number of the type in it, or NULL. type is the bare record type,
 * without a form's suffix. */
const struct record_layout *layout_record(const struct layout *layout, const char *type,
                                          size_t length, size_t *type_index);

/* Position of the field with this number, or -1. */
int record_field(const struct record_layout *record, const char *number);

/* The code of the transaction by which a record asks to be forgotten; empty: there is none. */
struct slice record_delete_code(const struct record_layout *record);

/* Whether a record with that value of the transaction field asks to be forgotten. */
bool record_is_delete(const struct record_layout *record, struct slice transaction);

/* The forms that programs must know by their identifier: what is sent, and what a refused record is
 * given back as. */
#define FORM_UPLOAD "upload"
#define FORM_REJECTED "rejected"

/* The form with this identifier, or NULL. */
const struct form *layout_form(const struct layout *layout, const char *id);

/* True when one of the fields is recoded by this map: a record type that a crosswalk can touch. */
bool record_uses_map(const struct record_layout *record, const char *map);

#endif
