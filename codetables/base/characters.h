/* characters.h - the characters of a text in UTF-8, as people count them: not bytes. A letter with
 * an accent is one. A text that is no UTF-8 is counted by its bytes that begin a character.
 */
#ifndef CTE_CHARACTERS_H
#define CTE_CHARACTERS_H

#include <stddef.h>
#include <stdint.h>

uint32_t count_characters(const char *text, size_t length);

/* The bytes of the character that a string begins with; 0 of an empty one. */
size_t character_length(const char *text);

/* How many bytes of a string fit into so many, whole characters only. */
size_t whole_characters(const char *text, size_t most);

#endif
