/* stages.h - the programs of a chain, by number and by name.
 *
 * STAGES counts those that a record passes; cte-index, the first pass over whole files, stands
 * behind them.
 */
#ifndef CTE_STAGES_H
#define CTE_STAGES_H

enum stage {
    STAGE_READ,
    STAGE_RECODE,
    STAGE_VALIDATE,
    STAGE_WRITE,
    STAGES,
    STAGE_INDEX = STAGES,
    PROGRAMS
};

extern const char *const stage_names[PROGRAMS];

#endif
