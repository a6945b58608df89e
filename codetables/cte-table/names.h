/* names.h - finds the code that somebody means by a code or a name.
 *
 * A code matches as it stands. A name matches when it is the same after folding: case, `&` and
 * "and", commas, full stops, apostrophes, hyphens, strokes and the number of blanks do not count.
 * Names are those of the code set and, where there is a code set ID-names, the other names it
 * lists. Nothing else matches: what is merely near is named to the person who asked, and not taken.
 */
#ifndef CTE_TABLE_NAMES_H
#define CTE_TABLE_NAMES_H

#include "codetables/model/tables.h"

struct names;

enum { NAMES_MAX_FOUND = 8 };

/* To be freed. */
int names_open(struct tables *tables, const char *set_id, struct names **names,
               struct cte_error *error);
void names_free(struct names *names);
const struct codeset *names_set(const struct names *names);

/* The different codes that a text means, at most NAMES_MAX_FOUND of them; how many. */
size_t names_find(const struct names *names, const char *text,
                  const struct code *found[NAMES_MAX_FOUND]);

/* Whether a name of the code set ends with the text: what stands in brackets behind many names,
 * such as a level, is part of them and no remark. */
bool names_end_with(const struct names *names, const char *end);

/* The code that the text would be with zeros before it; NULL where there is none. */
const char *names_with_zeros(const struct names *names, const char *text);

/* "050100 Agriculture; …": the codes whose names or codes are most alike, at most three; empty when
 * none is alike. To be freed. */
char *names_nearest(const struct names *names, const char *text);

/* The folded copy of a text. To be freed. */
char *folded(const char *text);

#endif
