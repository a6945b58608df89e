/* package.h - the parts of an .xlsx file: XML in a zip archive, read with care.
 *
 * A part is unpacked piece by piece and given to a parser that calls back for each element; no tree
 * is made. Parts are found by name without regard to case. Elements of other namespaces than the
 * vocabulary of the part are passed over, with all that stands in them.
 *
 *     struct package_part *part;
 *     bool ended = false;
 *     int status = package_open_part(package, "xl/styles.xml", &handler, &part, error);
 *     while (status == CTE_OK && !ended)
 *         status = package_feed(part, &ended, error);       // a piece, and its elements
 *     package_close_part(part);
 *
 * Refused with CTE_BAD_INPUT: an archive that is damaged or has more than 65,536 parts, a part that
 * is encrypted, that stands twice, that unpacks to more than its bounds or whose checksum or size
 * is wrong, XML that is not well-formed or not UTF-8, a tag that is longer than 1 MiB or has more
 * than 64 attributes (which a parser needs more than linear time for), and any DOCTYPE.
 */
#ifndef CTE_PACKAGE_H
#define CTE_PACKAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "codetables/base/error.h"

struct package;
struct package_part;
struct part_attributes;

/* What the parts of a package may unpack to, and how it is told. */
struct package_bounds {
    uint64_t part, all; /* bytes of one part, and of all that are read */
    const char *advice; /* what to say of more, in words that can follow a comma */
    /* What a problem of libxml2 is called. NULL: its own words, which may quote the file. */
    const char *(*problem_words)(int code);
};

/* The namespaces a part is written in, NULL at the end: of worksheets and the like, and of
 * relations between parts. */
extern const char *const package_spreadsheet[], *const package_relations[];

/* Called for the elements of a part by their local names. The attributes are asked for with
 * part_attribute(). */
struct part_handler {
    const char *const *vocabulary;
    /* Elements, NULL at the end, in which an element of another namespace is refused, and which are
     * refused in one: rows, cells or texts in it are shown by one program and not by another. What
     * is in an <extLst> adds to what stands there, and may be anything. NULL: none. */
    const char *const *closed;
    void (*start)(void *context, const char *name, const struct part_attributes *attributes);
    void (*end)(void *context, const char *name);
    void (*text)(void *context, const char *text, size_t length);
    void *context;
};

struct part_attributes {
    const unsigned char **list; /* as libxml2 gives them: name, prefix, namespace, value, its end */
    int count;
};

/* The value of an attribute that has no namespace, in memory of its own; NULL where there is none.
 */
char *part_attribute(const struct part_attributes *attributes, const char *name);

/* True where the attribute says yes. */
bool part_flag(const struct part_attributes *attributes, const char *name);

/* The identifier of the relation that an element leads along; NULL where there is none. */
char *part_relation(const struct part_attributes *attributes);

/* `name` is what messages call the file; it and the bounds must live as long as the package, and so
 * must the bytes. */
int package_open(const char *name, const char *bytes, size_t length,
                 const struct package_bounds *bounds, struct package **package,
                 struct cte_error *error);

/* The same for a file that is open, whose offset may be anywhere after; the descriptor stays the
 * caller's. */
int package_open_file(const char *name, int fd, const struct package_bounds *bounds,
                      struct package **package, struct cte_error *error);
void package_close(struct package *package);

/* One part, piece by piece. The handler must live as long as the part, and so must its context.
 * *ended is set once all of it was read. */
int package_open_part(struct package *package, const char *name, const struct part_handler *handler,
                      struct package_part **part, struct cte_error *error);
int package_feed(struct package_part *part, bool *ended, struct cte_error *error);
void package_close_part(struct package_part *part);

/* The same for a whole part at once. */
int package_parse(struct package *package, const char *name, const struct part_handler *handler,
                  struct cte_error *error);

#endif
