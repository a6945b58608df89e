/* signature.h - SHA256SUMS.sig: who stands for a run, by OpenSSH's signatures.
 *
 * The work is done by ssh-keygen, with the keys and agents that people have; no key is ever read
 * here. What is signed is SHA256SUMS, and so every file of the run. Nobody is asked for a
 * passphrase: a nightly run has nobody. A key that has one needs an agent.
 *
 * Errors: CTE_BAD_TABLE (no such key, no ssh-keygen), CTE_NO_PERMISSION (the key may not be read,
 * or does not sign), CTE_NO_INPUT (no file of signers), CTE_BAD_INPUT (the signature is missing or
 * not good), CTE_IO.
 */
#ifndef CTE_RUN_SIGNATURE_H
#define CTE_RUN_SIGNATURE_H

#include "pipeline/cte-run/run.h"

#define SIGNATURE_FILE "SHA256SUMS.sig"

/* Whether the key signs, asked before the work is done and not after it. */
int test_key(struct run *run);

/* Signs SHA256SUMS of the run folder. */
int sign_run(struct run *run);

/* The manifest's hash to the system's log, which whoever alters the folder later does not reach. */
void write_syslog(const struct run *run, const char *what);

/* Whether SHA256SUMS of a folder is signed by one of those that the file names. `*who` is then the
 * signer and the key, to be freed. */
int check_signature(const char *folder, const char *signers, char **who, struct cte_error *error);

#endif
