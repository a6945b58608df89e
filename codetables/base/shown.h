/* shown.h - texts from outside, put so that they can stand in XML, JSON, HTML and on one line of a
 * terminal.
 *
 * A path is any bytes. Those that are not UTF-8, and control characters, are written %XX wherever a
 * path is shown or stored; a percent sign that would read as such is written %25, so that the path
 * can be had back.
 */
#ifndef CTE_SHOWN_H
#define CTE_SHOWN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The length of the character at `text` and its code point; 0 where the bytes are not UTF-8: also
 * overlong forms and surrogates. */
size_t decode_utf8(const char *text, size_t left, uint32_t *point);

/* Whether XML can hold the bytes as text. */
bool is_xml_text(const char *text, size_t length);

/* A path as it is shown. To be freed. */
char *path_shown(const char *path);

/* The path that is shown so. To be freed. */
char *path_from_shown(const char *shown);

/* Words that may hold a path: line feeds, tabs and percent signs stay, what else cannot be shown is
 * written %XX. To be freed. */
char *text_shown(const char *text, size_t length);

#endif
