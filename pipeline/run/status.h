/* status.h - the exit status of a run: of all that went wrong, what says most. */
#ifndef CTE_RUN_STATUS_H
#define CTE_RUN_STATUS_H

/* Which of two exit statuses says more of a run: the first of 70, 74, 73, 77, 78, 75, 65, 66, 1, 0
 * that applies. One that is none of these is a fault of the program: 70. */
int worse_status(int a, int b);

#endif
