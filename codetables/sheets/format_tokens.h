/* format_tokens.h - a number format of a spreadsheet as tokens and sections: what sheet_format.h
 * stands on.
 */
#ifndef CTE_FORMAT_TOKENS_H
#define CTE_FORMAT_TOKENS_H

#include <stddef.h>

enum { MAX_SECTIONS = 4 };

enum token {
    TOKEN_END,     /* of the section */
    TOKEN_DIGIT,   /* 0, # or ? */
    TOKEN_POINT,   /* the decimal point */
    TOKEN_LITERAL, /* text that is shown as it stands */
    TOKEN_BLANK,   /* the width of a character */
    TOKEN_PERIOD,  /* letters of a date or time; the text is the run of them */
    TOKEN_TEXT,    /* @ */
    TOKEN_GENERAL,
    TOKEN_CONDITION,
    TOKEN_COLOUR, /* nothing is shown for it */
    TOKEN_OTHER   /* changes the look in a way that is not followed here */
};

struct piece {
    const char *at;
    size_t length;
};

struct section {
    const char *at;
    size_t counts[TOKEN_OTHER + 1];
    struct piece condition;
};

/* The next token of the section; *at moves behind it. */
enum token next_token(const char **at, struct piece *piece);

/* Splits a format at the semicolons outside quotes; how many sections, 0 for a format that is none.
 */
size_t read_sections(const char *format, struct section sections[MAX_SECTIONS]);

#endif
