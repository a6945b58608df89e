/* fits.h - whether a value is one of its field, and so may be shown or counted by.
 *
 * A record that lost or gained a field holds a student's name where the layout has a school. So
 * what reaches a manifest, a roll-up, a message or a difference is shown only when its field's
 * type, length, form and code sets all allow it, and when something is known of the field at all,
 * and when XML can hold it. The value of a personal field is never shown.
 *
 * Code sets are loaded when a field is first asked about; where one cannot be, nothing is shown and
 * the error is set.
 */
#ifndef CTE_FITS_H
#define CTE_FITS_H

#include "codetables/model/tables.h"

/* What stands in the place of a value that may not be shown. */
#define NOT_A_VALUE "(not a value of this field)"

struct fits;

/* Those of the record layouts that a program met. All zero: none yet. They live as long as the
 * tables; fits_free() frees the list. */
struct fits_list {
    struct fits **items;
    size_t count, room;
};

/* For the fields of a record; made when it is first asked for. `error` is set by what is asked
 * of it later. */
struct fits *fits_of(struct fits_list *list, struct tables *tables,
                     const struct record_layout *record, struct cte_error *error);

void fits_free(struct fits_list *list);

/* Whether the field may hold the value, personal or not. An empty one fits; of a field of which
 * nothing is known, no other does. */
bool fits_value(struct fits *fits, size_t position, struct slice value);

/* Whether the value is empty, or a code of the field's lists: then it may be shown, whatever
 * else its record holds. */
bool fits_code(struct fits *fits, size_t position, struct slice value);

/* What a code of the field's lists is called in a year; NULL where none has it. */
const char *fits_name(struct fits *fits, size_t position, struct slice value, int year);

/* Whether the value at `position` may be shown. One that no list of codes has is believed only
 * where the personal fields of its record look like themselves: where they do not, a neighbour
 * may hold what is theirs. */
bool fits_show(struct fits *fits, const struct slice *fields, size_t count, size_t position);

/* Whether all of several may; positions of -1 are none. */
bool fits_show_all(struct fits *fits, const struct slice *fields, size_t count,
                   const int *positions, size_t asked);

/* A part of the question, also asked by those who tell which part is wrong. */
bool has_only_allowed(const struct field_type *type, const char *text, size_t length);

#endif
