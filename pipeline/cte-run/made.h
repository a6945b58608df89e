/* made.h - who made a run, when, where, and with what bytes: the part of the manifest that is
 * another each time. */
#ifndef CTE_MADE_H
#define CTE_MADE_H

#include "pipeline/cte-run/run.h"
#include "codetables/base/xml_out.h"

/* Notes the command line, before options are taken from it and it is put into another order. */
void record_command(int argc, char *const *argv);

/* Hashes the programs of the chain and the libraries they share, beside what follows. To be called
 * before the stages start. Does nothing with a fixed clock: then nothing of this stands in the
 * manifest. */
void hash_programs(struct run *run);

/* <made>: user, host, command, start, end, build, programs and libraries. */
void put_made(const struct run *run, struct xml_out *xml);

#endif
