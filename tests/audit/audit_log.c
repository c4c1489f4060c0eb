/* audit_log LOGDIR: audits a log that `parley serve` or `parley replay --dir` made, from what the operator is shown of it: the files genesis and
 * blinds, and what `parley log cat` prints. PARLEY_BIN names the program. Prints complaints and figures; 1 when there is a complaint. */
#include <stdio.h>
#include <stdlib.h>

#include "audit.h"
#include "inner.h"

struct line { uint64_t order; int party; uint64_t seq; bool told; char *text; size_t size; char stream[NAME]; };
static LIST(struct line) lines;

static char *file_read(const char *dir, const char *name, size_t *size) {
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", dir, name);
    FILE *f = fopen(path, "rb");
    char *at = malloc(4 << 20);
    if (!f || !at) {
        fprintf(stderr, "audit_log: %s: cannot be read\n", path);
        exit(2);
    }
    *size = fread(at, 1, 4 << 20, f);
    fclose(f);
    return at;
}
static FILE *cat(const char *dir, const char *more) {
    char command[8192];
    const char *parley = getenv("PARLEY_BIN");
    snprintf(command, sizeof command, "'%s' log cat '%s' %s", parley ? parley : "parley", dir, more);
    FILE *f = popen(command, "r");
    if (!f) exit(2);
    return f;
}
static void done(FILE *f) {
    if (pclose(f) != 0) {
        fprintf(stderr, "audit_log: `parley log cat` failed\n");
        exit(2);
    }
}

/* The order number stands in the last part, as text within the text. */
static uint64_t order_of(const char *text) {
    const char *at = NULL;
    for (const char *next = strstr(text, "{\\\"order\\\":"); next; next = strstr(next + 1, "{\\\"order\\\":")) at = next;
    return at ? strtoull(at + 11, NULL, 10) : 0;
}
static int by_order(const void *x, const void *y) {
    const struct line *a = x, *b = y;
    if (a->order != b->order) return a->order < b->order ? -1 : 1;
    if (a->told != b->told) return a->told ? 1 : -1;
    if (a->party != b->party) return a->party < b->party ? -1 : 1;
    return a->seq < b->seq ? -1 : a->seq > b->seq;
}
static void lines_read(const char *dir) {
    FILE *f = cat(dir, "");
    char *text = NULL, last[NAME] = "";
    size_t room = 0;
    ssize_t size;
    int party = -1;
    uint64_t seq = 0;
    while ((size = getline(&text, &room, f)) > 0) {
        struct line *l = ADD(lines);
        if (sscanf(text, "{\"stream\":\"%63[^\"]\"", l->stream) != 1) exit(2);
        if (strcmp(last, l->stream) != 0) party++, seq = 0;
        strcpy(last, l->stream);
        l->party = party;
        l->seq = seq++;
        l->told = strstr(text, "\"parts\":[{\"class\":\"told\"") != NULL;
        l->order = order_of(text);
        /* As the auditor is fed: without the stream. */
        const char *comma = strchr(text, ',');
        l->size = (size_t)(text + size - comma) - 1;
        l->text = malloc(l->size + 2);
        if (!l->text) exit(2);
        l->text[0] = '{';
        memcpy(l->text + 1, comma + 1, l->size);
        if (l->text[l->size] == '\n') l->size--;
        l->size++;
    }
    free(text);
    done(f);
    qsort(lines.at, lines.count, sizeof *lines.at, by_order);
}

static void complain(void *context, const char *line) {
    uint64_t *count = context;
    if (++*count <= 200) printf("%s\n", line);
}
int main(int argc, char **argv) {
    size_t size;
    uint64_t complaints = 0;
    if (argc != 2) return fprintf(stderr, "usage: audit_log LOGDIR\n"), 2;
    char *genesis = file_read(argv[1], "genesis", &size), *leaf = NULL;
    struct audit *a = audit_new(genesis, size, complain, &complaints);
    char *blinds = file_read(argv[1], "blinds", &size);
    audit_blinds(a, (const uint8_t(*)[32])(void *)blinds, size / 32);
    lines_read(argv[1]);
    FILE *leaves = cat(argv[1], "--ticks");
    size_t room = 0;
    uint64_t tick = 0;
    for (size_t i = 0; i < lines.count; i++) {
        const struct line *l = &lines.at[i];
        bool ticked = !l->told && memmem(l->text, l->size, "\"kind\":\"tick\"", 13) != NULL;
        audit_record(a, l->stream, l->text, l->size);
        tick += ticked;
        if (tick == 0 || (i + 1 < lines.count && lines.at[i + 1].order == l->order)) continue;
        /* The last record of a tick: now its leaf. */
        size_t k = i;
        while (k > 0 && lines.at[k - 1].order == l->order) k--;
        if (!memmem(lines.at[k].text, lines.at[k].size, "\"kind\":\"tick\"", 13)) continue;
        ssize_t length = getline(&leaf, &room, leaves);
        if (length > 0) audit_leaf(a, leaf, (size_t)length - 1);
    }
    while (fgetc(leaves) != EOF) {}
    done(leaves);
    audit_end(a);
    char figures[2048];
    audit_figures(a, figures, sizeof figures);
    printf("%llu complaints; looked at %s\n", (unsigned long long)complaints, figures);
    audit_free(a);
    for (size_t i = 0; i < lines.count; i++) free(lines.at[i].text);
    free(lines.at);
    free(genesis);
    free(blinds);
    free(leaf);
    return complaints > 0;
}
