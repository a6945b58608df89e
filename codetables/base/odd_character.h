/* odd_character.h - characters that nobody sees, or that look like others: a no-break blank after a
 * code, a Cyrillic letter in a record type. They are named by code point, so that people can find
 * them; the value they stand in is never shown.
 */
#ifndef CTE_ODD_CHARACTER_H
#define CTE_ODD_CHARACTER_H

#include <stdbool.h>
#include <stddef.h>

enum { ODD_WORDS = 64 };

/* Describes the first character of a UTF-8 value that cannot be seen, as "U+00A0, a no-break
 * blank". False when there is none. */
bool name_hidden_character(const char *text, size_t length, char words[ODD_WORDS]);

/* The same for a code, in which any character outside ASCII is odd, and so is a blank at an edge.
 */
bool name_odd_character(const char *text, size_t length, char words[ODD_WORDS]);

#endif
