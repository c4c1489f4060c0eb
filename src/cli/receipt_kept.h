/* Receipts (log/receipt.h) as a client takes and keeps them. */
#ifndef PARLEY_CLI_RECEIPT_KEPT_H
#define PARLEY_CLI_RECEIPT_KEPT_H

#include "cli/client.h"
#include "log/receipt.h"

/* What the server of --receipt answered to `body`, a statement: the receipt is held against it, the party's slot and the clock, and kept in `<first --key>.receipts/<seq>-<begin of its root>.receipt`; said where. `status` is that of the
 * statement; it comes back, or CLI_UNANSWERED where none came or it is good for nothing. What was taken is taken all the same. */
int receipt_keep(struct client *k, struct text body, struct text answer, int status);

#endif
