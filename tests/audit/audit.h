/* The auditor: judges a log from its records alone, with code of its own. Linear scans over everything, no index, nothing of src/core,
 * src/geo or src/log; JSON by jansson, hashes by OpenSSL. It is fed what the operator would be shown of each record, in the order of
 * the log, and complains of every difference between what the record says and what the rules (FORMAT.md, the design) demand. */
#ifndef PARLEY_TEST_AUDIT_H
#define PARLEY_TEST_AUDIT_H

#include <stddef.h>
#include <stdint.h>

struct audit;
/* `complain` gets one line per complaint, without line end; it names order number, rule, expected, found. */
struct audit *audit_new(const char *genesis_note, size_t size, void (*complain)(void *context, const char *line), void *context);
void audit_free(struct audit *a);
/* The blinds of FORMAT.md, chapter 7, for slots: U first, then B_i; `count` of 32 bytes each. Without them slots are not judged. */
void audit_blinds(struct audit *a, const uint8_t (*blinds)[32], size_t count);
/* One record of `party`'s stream: the JSON that node_record_render gives the operator. In the order of the log: by order number, a statement
 * before what it caused, told records ascending by party. A tick comes as its own record (the operator's stream) like the others. */
void audit_record(struct audit *a, const char *party, const char *json, size_t size);
/* The log leaf that a tick made, after the tick's records; and a checkpoint (signed note) at any time behind its last leaf. */
void audit_leaf(struct audit *a, const char *leaf, size_t size);
void audit_checkpoint(struct audit *a, const char *note, size_t size);
/* What the doors of F3548 show after the last record, to whoever asks: {"waits":0,"constraint_references":[…],"operational_intent_references":[…],"details":[…]}, the lists
 * as queries of the whole earth answer, details as the managing USS gives them of each that it has; waits: how many notices and flights the server says are not looked at yet. */
void audit_shown(struct audit *a, const char *json, size_t size);
/* Everything that was to come has come: obligations that are due by now and were not met are complained of. Returns the complaints so far. */
uint64_t audit_end(struct audit *a);
/* What it looked at, for a line of figures: how many of each rule were judged (so that a silent auditor is seen to have worked). */
void audit_figures(const struct audit *a, char *text, size_t room);
/* One of them by its name. */
uint64_t audit_figure(const struct audit *a, const char *name);

#endif
