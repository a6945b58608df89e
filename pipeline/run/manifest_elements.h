/* manifest_elements.h - the elements of a manifest, for the two files that write and read it.
 *
 * An element is its name and its attributes, by the columns of account.h. Those of facts come from
 * fact_shapes[].
 */
#ifndef CTE_MANIFEST_ELEMENTS_H
#define CTE_MANIFEST_ELEMENTS_H

#include "pipeline/run/manifest.h"

struct element {
    const char *name;
    const struct column *columns;
    size_t count;
};

/* Of the structs of manifest.h. */
extern const struct element before_element, repeats_element, pruned_element, all_sources_element,
    accounts_element, binary_element, option_element, shrunk_element, overlap_element,
    unused_element;

struct element element_of(enum fact fact);

#endif
