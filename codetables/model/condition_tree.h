/* condition_tree.h - a condition as it is compiled: between the two halves of condition.h. */
#ifndef CTE_CONDITION_TREE_H
#define CTE_CONDITION_TREE_H

#include "codetables/model/condition.h"

enum node_kind {
    NODE_WHEN,
    NODE_OR,
    NODE_AND,
    NODE_NOT,
    NODE_FILLED,
    NODE_BLANK,
    NODE_EQUALS,
    NODE_IN,
    NODE_LIKE,
    NODE_HAS,
    NODE_PAIR,
    NODE_YEAR,
    NODE_LENGTH
};

enum comparison { AT_MOST, AT_LEAST, EXACTLY };

struct condition {
    enum node_kind kind;
    struct condition *left, *right;
    size_t field, other;
    const char *text; /* NODE_EQUALS, NODE_LIKE, NODE_HAS */
    size_t length;
    bool is_digits; /* NODE_LIKE: every character stands for a digit */
    const char *property;
    const struct codeset *set;
    /* NODE_IN: the same codes and ranges as a crosswalk's condition */
    struct crosswalk_when values;
    enum comparison comparison;
    bool as_of;
    int number; /* NODE_YEAR: the year, or what is added to as-of; NODE_LENGTH */
};

#endif
