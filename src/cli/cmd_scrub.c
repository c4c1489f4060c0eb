/* scrub: rot in a log's directory, found by checksums and hashes, and mended from copies (log/scrub.h). */
#include <string.h>

#include "cli/commands.h"
#include "log/scrub.h"

enum { PATIENCE_MS = 1000, COPIES = LIMIT_SCRUB_COPIES };

static const char *const kinds[SCRUB_KINDS] = {"hashes", "payload", "snapshot", "index", "checkpoint"};

static void say_found(void *context, const struct scrub_found *x) {
    const struct cli *c = context;
    char record[96] = "";
    if (x->any_record) snprintf(record, sizeof record, c->json ? ",\"party\":%u,\"seq\":%llu,\"order\":%llu" : " (party number %u, seq %llu, statement %llu)", x->party, (unsigned long long)x->place, (unsigned long long)x->order);
    if (c->json) {
        struct append why = append_growing(1024);
        append_json_string(&why, text_of(x->why));
        append_str(&why, ",\"from\":");
        append_json_string(&why, text_of(x->from));
        printf("{\"rot\":\"%s\",\"file\":\"%s\",\"byte\":%llu,\"size\":%llu%s,\"repaired\":%s,\"why\":%.*s}\n", kinds[x->kind], x->path, (unsigned long long)x->at, (unsigned long long)x->size, record,
               x->repaired ? "true" : "false", TEXT_ARG(append_view(&why)));
        append_free(&why);
        return;
    }
    printf("ROT  %s, byte %llu", x->path, (unsigned long long)x->at);
    if (x->size > 0) printf(", %llu bytes", (unsigned long long)x->size);
    printf("%s: %s\n", record, x->why);
    if (x->from[0] != '\0') printf("     %s%s\n", x->repaired ? "repaired from " : "", x->from);
}

static int scrub_command(struct cli *c) {
    struct fault f = {0};
    struct scrub_report report;
    const char *backups[COPIES + 1], *mirrors[COPIES + 1];
    struct scrub_options o = {.dir = c->arguments[0], .batch = UINT64_MAX, .patience_ms = PATIENCE_MS, .backups = backups, .mirrors = mirrors, .found = say_found, .context = c};
    while (o.backup_count <= COPIES && (backups[o.backup_count] = cli_nth(c, "backup", o.backup_count)) != NULL) o.backup_count++;
    while (o.mirror_count <= COPIES && (mirrors[o.mirror_count] = cli_nth(c, "mirror", o.mirror_count)) != NULL) o.mirror_count++;
    if (o.backup_count + o.mirror_count > 0) o.patience_ms = 0; /* nobody else is there */
    result r = cli_no_log(scrub_run(&o, &report, &f), o.dir, &f);
    if (!result_is_ok(r)) return cli_fail(c, &f);
    if (c->json)
        printf("{\"scrub\":true,\"origin\":\"%s\",\"batches\":%llu,\"records\":%llu,\"snapshots\":%llu,\"found\":%llu,\"repaired\":%llu,\"lost\":%llu,\"last\":%llu}\n", report.origin, (unsigned long long)report.batches,
               (unsigned long long)report.records, (unsigned long long)report.snapshots, (unsigned long long)report.found, (unsigned long long)report.repaired, (unsigned long long)report.lost, (unsigned long long)report.last);
    else
        printf("%s: %llu batches, %llu records, %llu snapshots are what was written; %llu places are not, %llu of them repaired%s\n", report.origin, (unsigned long long)report.batches, (unsigned long long)report.records,
               (unsigned long long)report.snapshots, (unsigned long long)report.found, (unsigned long long)report.repaired, report.lost > 0 ? "; batches are lost: see the README, \"Backups\"" : "");
    return report.found == report.repaired ? CLI_OK : CLI_UNVERIFIED;
}

static const struct cli_option options[] = {
    {"mirror", "DIR", "repair from this mirror of a party; may be repeated"}, {"backup", "DIR", "repair from this backup; may be repeated"}, {NULL, NULL, NULL}};
const struct cli_command command_scrub = {
    "scrub", "DIR", 1, 1, "find rot in a log's directory, and repair it from copies",
    "Reads the journal, snapshots, index and checkpoint, and names each place that is not what was written, the record too. Beside a running server it only looks. With copies it repairs, the server stopped: only with bytes whose hashes the log "
    "commits to. Payloads come from a backup, or from the mirror of the party in whose stream they stand, hashes from a backup. Exit status 0: all is good, or is again; 7: not. 'parley serve' does the same by itself, slowly, and repairs nothing.", options, false, scrub_command};
