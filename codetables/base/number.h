/* number.h - numbers read strictly from text that another program or a person wrote.
 *
 * Digits alone, to the end, and no more than 64 bits hold. False for anything else, an empty text
 * too; then there is nothing in *number to rely on.
 */
#ifndef CTE_NUMBER_H
#define CTE_NUMBER_H

#include <stdbool.h>
#include <stdint.h>

#include "codetables/base/slice.h"

bool read_number(const char *text, uint64_t *number);
bool read_hex(const char *text, uint64_t *number); /* lower case */

/* The same as read_number(), but from 1: a bound that an option gives. */
bool read_positive(const char *text, uint64_t *number);

/* The same as read_number() for a part of a text. */
bool read_digits(struct slice text, uint64_t *number);

#endif
