/* text.h - a text that grows.
 *
 *     struct text text = {0};
 *     text_add(&text, "held: ");
 *     text_format(&text, "%zu of %zu", held, all);
 *     puts(text_string(&text));
 *     text_free(&text);
 *
 * The text owns its bytes. They may hold anything, NUL too; one NUL more always stands behind them.
 */
#ifndef CTE_TEXT_H
#define CTE_TEXT_H

#include <stdbool.h>
#include <stddef.h>

struct text {
    char *bytes; /* NULL while nothing was put; text_string() is never NULL */
    size_t length, room;
};

void text_put(struct text *text, const char *bytes, size_t length);
void text_add(struct text *text, const char *string);
void text_add_byte(struct text *text, char byte);

/* Adds a string with the NUL behind it, so that strings one behind another stay apart: a part of a
 * key or of a list. */
void text_add_part(struct text *text, const char *string);

/* The part at *at, which moves behind it; it lasts as long as the key. */
const char *next_part(const char **at);

void text_format(struct text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Whether a list of words, parted by blanks, has this one. */
bool has_word(const char *words, const char *word);

/* Adds a string of UTF-8 as JSON writes one, in its quotes. */
void text_add_json(struct text *text, const char *string);

/* Adds `between` where there is something before, and then the string: items of a list. */
void text_join(struct text *text, const char *between, const char *string);

/* Room for `size` more bytes, to be written by the caller, who then adds them to the length. */
char *text_space(struct text *text, size_t size);

/* The bytes as a string; "" when there are none. Valid until the text changes. */
const char *text_string(const struct text *text);

/* The string, now the caller's to free; the text is empty then. */
char *text_take(struct text *text);

/* Empties the text and keeps its room. */
void text_clear(struct text *text);
void text_free(struct text *text);

#endif
