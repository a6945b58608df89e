/* flow.h - how many records went from each code before to which codes, or to which fate, after.
 *
 * A move is what one record shows of itself: its type, and the code it is recoded from (before) or
 * the codes it is recoded to (after). Moves are few and are known by number, so that an entry can
 * carry one. Only codes that stand in a code set of their field are told apart, in whatever year;
 * any other value is NOT_A_CODE, for it may be anything, also something personal. So the moves are
 * as many as the tables allow and not as many as a file holds, and MOST_MOVES at most; the flows
 * between them are MOST_FLOWS at most. What comes beyond is counted as NOT_A_CODE.
 *
 * Ownership: texts are those of the tables. Moves of one side belong to one thread at a time.
 */
#ifndef CTE_FLOW_H
#define CTE_FLOW_H

#include <stdbool.h>
#include <stdint.h>

#include "codetables/base/map.h"
#include "codetables/model/codeset.h"
#include "codetables/model/layout.h"

enum {
    MAX_RECODED = 8,
    MAX_FIELD_SETS = 4,
    MOST_MOVES = 1 << 16,
    MOST_FLOWS = 1 << 18,
    NO_MOVE = 0xffffff
};

/* Compared by address. */
extern const char NOT_A_CODE[];

/* The fields whose codes are a move, of a kind of record. */
struct move_plan {
    const char *type;
    size_t count;
    const struct field *fields[MAX_RECODED];
    int at[MAX_RECODED]; /* where they stand in the record, or -1 */
    const struct codeset *sets[MAX_RECODED][MAX_FIELD_SETS];
    uint32_t not_told_apart; /* number + 1 of the move of all that is beyond MOST_MOVES */
};

struct move {
    const struct move_plan *plan;
    const char *codes[MAX_RECODED]; /* empty where the field is */
};

/* Codes repeat: most records find their move here, by the bytes that stand in the fields. */
enum { MOVE_CACHE = 1024, MOVE_BYTES = 32 };
struct move_cached {
    const struct move_plan *plan;
    uint64_t bytes[MOVE_BYTES / 8];
    uint32_t move;
};

struct moves {
    struct map known; /* type, fields and codes, each with a NUL behind it */
    struct move *list;
    size_t room;
    struct move_cached cache[MOVE_CACHE];
};

/* The value as it may be shown in the i-th field of a move: a code of its code sets, empty, or
 * NOT_A_CODE. */
const char *known_code(const struct move_plan *plan, size_t i, struct slice value);

/* The move of a record. The plan must live as long as the moves. */
uint32_t find_move(struct moves *moves, struct move_plan *plan, const struct slice *fields,
                   size_t count);

/* Records by move before, move after and fate. All zero is a good start. */
struct flows {
    struct map keys; /* of 64 bits: both moves and the fate */
    uint64_t *records;
    size_t room;
};

/* Either move may be NO_MOVE: there is no record on that side. */
void count_flow(struct flows *flows, uint32_t before, uint32_t after, unsigned fate,
                uint64_t records);
void add_flows(struct flows *to, struct flows *from); /* and empties `from` */

/* A flow as it is told. */
struct flow_count {
    const char *type; /* empty where no layout reads the record */
    /* NULL: nothing of this type is recoded, or there is no record before */
    const struct field *from;
    const char *before;                  /* its code; empty where there is none */
    const struct field *to[MAX_RECODED]; /* the recoded fields of the target */
    const char *after[MAX_RECODED];      /* their codes */
    size_t after_count;                  /* 0: nothing is recoded, or there is no record after */
    unsigned fate;                       /* an enum difference_kind */
    uint64_t records;
};

/* All flows, by type, code before, fate and codes after. To be freed. */
struct flow_count *list_flows(const struct flows *flows, const struct moves *before,
                              const struct moves *after, size_t *count);

#endif
