/* Receipts: every verdict from logs that are made here by hand, with the log's own keys, as a server that lies could; every byte of a receipt and of what is said about it changed; and
 * the node's: given only for what is durable and where it stands, kept through a crash and an orderly end. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "fixture.h"

#include "base/cosignature.h"
#include "log/receipt.h"
#include "log/stream.h"

#include <cmocka.h>
#undef fail /* cmocka's macros; `fail` is a function of ours */
#undef fail_msg
#define fail_msg(...) (print_error(__VA_ARGS__), print_error("\n"), _fail(__FILE__, __LINE__))

enum { LOG2 = 3, WIDTH = 1 << LOG2, TICKS = 16, PLACES = 12, SLOT = 2, SEQ = 5 };
static struct fixture script;
static struct mirror known;
static struct json_reader *json, *inner;
static struct arena scratch;

/* --- a log of one's own --- */

/* Tick t seals the first `size` leaves of the stream, at `time`. */
struct made {
    char leaf[PLACES][STREAM_LEAF_BYTES * 2];
    size_t leaf_size[PLACES];
    struct hash leaves[PLACES];
    struct { instant time; uint64_t size; } tick[TICKS];
    uint32_t ticks;
    struct hash slots[TICKS][WIDTH], roots[TICKS], log[TICKS];
};
static struct made made;
static struct receipt promise;

static struct hash numbered(uint8_t a, uint8_t b) {
    uint8_t bytes[2] = {a, b};
    return sha256_of(bytes, sizeof bytes);
}

static void set_leaf(struct made *m, uint64_t place, struct text leaf) {
    memcpy(m->leaf[place], leaf.at, leaf.size);
    m->leaf_size[place] = leaf.size;
    m->leaves[place] = merkle_leaf(leaf.at, leaf.size);
}

/* A stream whose record SEQ is the promised one. */
static void begin(struct made *m) {
    *m = (struct made){0};
    for (uint64_t i = 0; i < PLACES; i++) {
        char room[STREAM_LEAF_BYTES];
        struct append leaf = append_fixed(room, sizeof room);
        struct hash root = numbered(1, (uint8_t)i);
        stream_leaf(i, FIXTURE_START + (instant)i * 1000000, 7, &root, &leaf);
        set_leaf(m, i, append_view(&leaf));
    }
    promise = (struct receipt){.log = script.log, .statement = numbered(9, 9), .root = numbered(1, SEQ), .party = {"velland"}, .slot = SLOT, .seq = SEQ,
                               .time = FIXTURE_START + SEQ * 1000000, .parts = 7};
}

static struct hash blind_of_tick(uint32_t tick) { return numbered(2, (uint8_t)tick); }

/* Another party has a stream, too, as long, with other records. */
enum { OTHER = 1 };
static const char other_leaf[] = "{\"another\":\"party's\"}";
static struct hash other_blind(uint32_t tick) { return numbered(3, (uint8_t)tick); }
static struct hash other_root(struct hash leaves[PLACES], uint64_t size) {
    for (uint8_t i = 0; i < PLACES; i++) leaves[i] = i == SEQ ? merkle_leaf(other_leaf, sizeof other_leaf - 1) : numbered(4, i);
    return merkle_root_of(leaves, (size_t)size);
}

static void seal(struct made *m, instant after, uint64_t size) {
    uint32_t t = m->ticks++;
    struct hash slots[WIDTH], others[PLACES], blind = blind_of_tick(t + 1), root = merkle_root_of(m->leaves, (size_t)size), foreign = other_blind(t + 1), foreign_root = other_root(others, size);
    m->tick[t].time = promise.time + after;
    m->tick[t].size = size;
    for (unsigned i = 0; i < WIDTH; i++) slots[i] = i == SLOT ? stream_slot(&blind, size, &root) : numbered((uint8_t)(10 + i), (uint8_t)t);
    slots[OTHER] = stream_slot(&foreign, size, &foreign_root);
    memcpy(m->slots[t], slots, sizeof slots);
    m->roots[t] = merkle_perfect(slots, LOG2);
    char room[STREAM_LEAF_BYTES];
    struct append leaf = append_fixed(room, sizeof room);
    stream_log_leaf(&(struct stream_tick){.tick = t + 1, .time = m->tick[t].time, .root = m->roots[t]}, &leaf);
    m->log[t] = merkle_leaf(leaf.at, leaf.size);
}

static void proof_of(const struct made *m, uint32_t tick, uint32_t under, const uint8_t secret[64], struct append *out) {
    struct hash path[MERKLE_DEPTH], root = merkle_root_of(m->log, under);
    char room[512];
    struct append text = append_fixed(room, sizeof room);
    receipt_put_proof(tick - 1, path, merkle_path_of(m->log, under, tick - 1, path), out);
    checkpoint_text(TEXT(FIXTURE_ORIGIN), under, &root, &text);
    note_begin(out, append_view(&text));
    note_sign(out, append_view(&text), TEXT(FIXTURE_ORIGIN), secret);
}

static struct receipt_opening opened(const struct made *m, uint32_t tick, struct hash path[MERKLE_DEPTH], struct append *proof) {
    append_reset(proof);
    proof_of(m, tick, m->ticks, script.log_secret, proof);
    unsigned length = merkle_path_of(m->slots[tick - 1], WIDTH, SLOT, path); /* of hashes that are leaves already */
    return (struct receipt_opening){.size = m->tick[tick - 1].size, .slot = SLOT, .blind = blind_of_tick(tick), .tick = tick, .time = m->tick[tick - 1].time, .path = path,
                                    .length = length, .proof = append_view(proof)};
}

/* {"sealed","before"} of these ticks; 0: not there. */
static void evidence(const struct made *m, uint32_t sealed, uint32_t before, struct append *out) {
    struct hash path[MERKLE_DEPTH], stream[MERKLE_DEPTH];
    struct append proof = append_growing(65536);
    append_reset(out);
    append_char(out, '{');
    if (sealed > 0) {
        struct receipt_opening o = opened(m, sealed, path, &proof);
        unsigned length = merkle_path_of(m->leaves, (size_t)o.size, SEQ, stream);
        receipt_put_sealed(&o, (struct text){m->leaf[SEQ], m->leaf_size[SEQ]}, stream, length, out);
    }
    if (before > 0) {
        struct receipt_opening o = opened(m, before, path, &proof);
        struct hash root = merkle_root_of(m->leaves, (size_t)o.size);
        if (sealed > 0) append_char(out, ',');
        receipt_put_before(&o, &root, out);
    }
    append_char(out, '}');
    append_free(&proof);
}

static result judge(struct text text, struct receipt_finding *out, struct fault *f) {
    const struct json *top;
    arena_reset(&scratch);
    TRY(json_parse(json, text, JSON_OPEN, &top, f));
    return receipt_judge(&known, &promise, top, &scratch, out, f);
}

/* --- verdicts --- */

static const struct {
    const char *name;
    struct { int64_t after_ms; uint64_t size; } ticks[4]; /* after the record's time */
    uint32_t sealed, before;
    const char *verdict;
} table[] = {
    {"nothing shown", {{0, 0}}, 0, 0, "unanswered"},
    {"at once", {{-500, 2}, {500, 6}}, 2, 1, "kept"},
    {"without the tick before", {{-500, 2}, {500, 6}}, 2, 0, "kept"},
    {"at the last moment", {{-500, 2}, {10000, 6}}, 2, 1, "kept"},
    {"a later tick in time shows it, too", {{-500, 2}, {500, 6}, {1500, 9}}, 3, 1, "kept"},
    {"a millisecond late", {{-500, 2}, {10001, 6}}, 2, 1, "late"},
    {"late, and none before is shown", {{-500, 2}, {10001, 6}}, 2, 0, "unanswered"},
    {"late, and an older tick is shown", {{-500, 2}, {1000, 5}, {10001, 6}}, 3, 1, "unanswered"},
    {"late, in the log's first tick", {{10001, 6}}, 1, 0, "late"},
    {"in time, in the log's first tick", {{9000, 6}}, 1, 0, "kept"},
    {"not there when time was up", {{-500, 2}, {10001, 5}}, 0, 2, "late"},
    {"not there, and there is time", {{-500, 2}, {10000, 5}}, 0, 2, "unanswered"},
    {"not there when time was up, then there", {{-500, 2}, {10001, 5}, {11001, 6}}, 3, 2, "late"},
    {"an empty stream when time was up", {{10001, 0}}, 0, 1, "late"},
};

static void each_verdict(void **unused) {
    (void)unused;
    struct append text = append_growing(1 << 20);
    bool seen[4] = {false};
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        struct receipt_finding v;
        struct fault f = {0};
        begin(&made);
        for (int t = 0; t < 4 && (t == 0 || table[i].ticks[t].after_ms != 0); t++) seal(&made, table[i].ticks[t].after_ms * 1000000, table[i].ticks[t].size);
        evidence(&made, table[i].sealed, table[i].before, &text);
        fixture_must(judge(append_view(&text), &v, &f), &f, table[i].name);
        if (strcmp(receipt_verdict_name(v.verdict), table[i].verdict) != 0) fail_msg("%s: %s (%s), not %s", table[i].name, receipt_verdict_name(v.verdict), v.why, table[i].verdict);
        assert_true(v.why[0] != '\0');
        seen[v.verdict] = true;
    }
    assert_true(seen[RECEIPT_KEPT] && seen[RECEIPT_LATE] && seen[RECEIPT_UNANSWERED] && !seen[RECEIPT_BREACH]);
    append_free(&text);
}

/* Near both ends of time nothing overflows: ten seconds are ten seconds, also where they would not end. */
static void up_to_the_last_instant(void **unused) {
    (void)unused;
    static const int64_t last = INT64_MAX / 1000000, first = INT64_MIN / 1000000; /* ms */
    static const struct { int64_t record, tick; const char *verdict; } times[] = {
        {last, last, "kept"}, {last - 9000, last, "kept"}, {last - 10000, last, "kept"}, {last - 10001, last, "late"}, {first, first + 10000, "kept"}, {first, first + 10001, "late"}, {first, last, "late"}, {last, first, "kept"},
    };
    struct append text = append_growing(1 << 20);
    for (size_t i = 0; i < sizeof times / sizeof times[0]; i++) {
        struct receipt_finding v;
        struct fault f = {0};
        char room[STREAM_LEAF_BYTES];
        struct append leaf = append_fixed(room, sizeof room);
        begin(&made);
        promise.time = times[i].record * 1000000;
        receipt_leaf(&promise, &leaf);
        set_leaf(&made, SEQ, append_view(&leaf));
        instant record = promise.time;
        promise.time = times[i].tick * 1000000;
        seal(&made, 0, 6);
        promise.time = record;
        evidence(&made, 1, 0, &text);
        fixture_must(judge(append_view(&text), &v, &f), &f, "judge");
        if (strcmp(receipt_verdict_name(v.verdict), times[i].verdict) != 0) fail_msg("%zu: %s (%s), not %s", i, receipt_verdict_name(v.verdict), v.why, times[i].verdict);
    }
    append_free(&text);
}

/* A count is written in digits alone: no other reader takes 1.0 or 1.4 for one. */
static void a_count_is_a_whole_number(void **unused) {
    (void)unused;
    static const char *const names[] = {"\"tick\":2,", "\"size\":6,", "\"index\":2,"}, *const others[] = {"2.0", "2.4", "2e0", "20e-1", "-2", "\"2\"", "true"};
    struct append text = append_growing(1 << 20), changed = append_growing(1 << 20);
    struct receipt_finding v;
    struct fault f = {0};
    begin(&made);
    seal(&made, -500000000, 2);
    seal(&made, 500000000, 6);
    evidence(&made, 2, 0, &text);
    for (size_t n = 0; n < sizeof names / sizeof names[0]; n++)
        for (size_t o = 0; o < sizeof others / sizeof others[0]; o++) {
            const char *at = memmem(text.at, text.size, names[n], strlen(names[n]));
            assert_non_null(at);
            const char *colon = strchr(names[n], ':');
            append_reset(&changed);
            append_bytes(&changed, text.at, (size_t)(at - text.at) + (size_t)(colon + 1 - names[n]));
            bool six = n == 1 && others[o][0] == '2' && others[o][1] != '0';
            if (six) append_char(&changed, '6');
            append_str(&changed, others[o] + six);
            append_bytes(&changed, at + strlen(names[n]) - 1, text.size - (size_t)(at + strlen(names[n]) - 1 - text.at));
            if (result_is_ok(judge(append_view(&changed), &v, &f))) fail_msg("%s as %s: %s", names[n], others[o], receipt_verdict_name(v.verdict));
        }
    append_free(&changed);
    append_free(&text);
}

/* Our writer of JSON gives U+FFFD for it; others give what it is. */
static void with_a_nul(struct append *text) {
    static const char mark[] = "\xEF\xBF\xBD", nul[] = "\\u0000";
    char *at = memmem(text->at, text->size, mark, 3);
    struct append again = append_growing(1 << 20);
    assert_non_null(at);
    append_bytes(&again, text->at, (size_t)(at - text->at));
    append_str(&again, nul);
    append_bytes(&again, at + 3, text->size - (size_t)(at + 3 - text->at));
    append_reset(text);
    append_text(text, append_view(&again));
    append_free(&again);
}

/* Another record at the place, whenever: one byte of its leaf is enough, also behind what a C string ends with; so is none, or far more than a leaf has. */
static void another_record_is_a_breach(void **unused) {
    (void)unused;
    struct append text = append_growing(1 << 20);
    begin(&made);
    for (size_t at = 0, end = made.leaf_size[SEQ]; at <= end + 2; at++) {
        struct receipt_finding v;
        struct fault f = {0};
        char leaf[STREAM_LEAF_BYTES * 2] = {0};
        begin(&made);
        size_t size = end;
        memcpy(leaf, made.leaf[SEQ], size);
        if (at < end) leaf[at] = leaf[at] == '0' ? '1' : '0';
        else if (at == end) memcpy(leaf + size, "\0more", 5), size += 5;
        else if (at == end + 1) memset(leaf + size, 'x', sizeof leaf - size), size = sizeof leaf;
        else size = 0;
        set_leaf(&made, SEQ, (struct text){leaf, size});
        seal(&made, -500000000, 2);
        seal(&made, at % 2 == 0 ? 500000000 : 20000000000, 6);
        evidence(&made, 2, at % 3 == 0 ? 1 : 0, &text);
        if (at == end) with_a_nul(&text);
        fixture_must(judge(append_view(&text), &v, &f), &f, "judge");
        assert_int_equal(v.verdict, RECEIPT_BREACH);
        assert_true(v.another && v.stands_size == size);
        if (at != end) assert_string_not_equal(v.promised, v.stands);
    }
    append_free(&text);
}

/* What does not hold is an error, whatever it would show. */
static void lies_are_no_evidence(void **unused) {
    (void)unused;
    struct append text = append_growing(1 << 20), proof = append_growing(65536);
    struct hash path[MERKLE_DEPTH], stream[MERKLE_DEPTH];
    for (int lie = 0; lie < 10; lie++) {
        struct receipt_finding v;
        struct fault f = {0};
        begin(&made);
        seal(&made, -500000000, 2);
        seal(&made, 500000000, 6);
        seal(&made, 1500000000, 8);
        struct receipt_opening o = opened(&made, 2, path, &proof);
        unsigned length = merkle_path_of(made.leaves, 6, SEQ, stream);
        struct text leaf = {made.leaf[SEQ], made.leaf_size[SEQ]};
        switch (lie) {
        case 0: o.slot = 1; break;                                            /* another party's slot */
        case 1: o.blind.bytes[3] ^= 1; break;
        case 2: o.tick = 3; break;
        case 3: o.time += 1000000; break;                                     /* the tick dated otherwise */
        case 4: leaf = (struct text){made.leaf[4], made.leaf_size[4]}; break; /* another place's leaf */
        case 5: length--; break;
        case 6: o.size = 7; break;
        case 7: append_reset(&proof), proof_of(&made, 2, made.ticks, script.receipt_secret, &proof), o.proof = append_view(&proof); break; /* not the log's key */
        case 8: append_reset(&proof), proof_of(&made, 1, made.ticks, script.log_secret, &proof), o.proof = append_view(&proof); break;     /* of another leaf */
        case 9: { /* whole and signed, of another party: it would pass for a breach */
            struct hash others[PLACES];
            (void)other_root(others, o.size);
            o.slot = OTHER;
            o.blind = other_blind(2);
            o.length = merkle_path_of(made.slots[1], WIDTH, OTHER, path);
            length = merkle_path_of(others, (size_t)o.size, SEQ, stream);
            leaf = text_of(other_leaf);
            break;
        }
        default: break;
        }
        append_reset(&text);
        append_char(&text, '{');
        receipt_put_sealed(&o, leaf, stream, length, &text);
        append_char(&text, '}');
        result r = judge(append_view(&text), &v, &f);
        if (result_is_ok(r)) fail_msg("lie %d was taken: %s", lie, receipt_verdict_name(v.verdict));
        assert_true(r.code == RESULT_ROT || r.code == RESULT_UNAUTHENTIC || r.code == RESULT_MALFORMED);
        assert_memory_equal(f.field, "sealed", 6);
    }
    /* A tick that holds the place shows neither that it is late nor what stands there. */
    struct receipt_finding v;
    struct fault f = {0};
    begin(&made);
    seal(&made, 20000000000, 6);
    evidence(&made, 0, 1, &text);
    fixture_must(judge(append_view(&text), &v, &f), &f, "judge");
    assert_int_equal(v.verdict, RECEIPT_UNANSWERED);
    assert_non_null(strstr(v.why, "no path to it was given"));
    append_free(&text);
    append_free(&proof);
}

/* Each byte of what is said about a promise that was kept, or late: changed, it is an error, or the verdict is the same or says less. */
static void each_byte_of_the_evidence(void **unused) {
    (void)unused;
    struct append text = append_growing(1 << 20);
    unsigned errors = 0, same = 0;
    for (int late = 0; late < 2; late++) {
        begin(&made);
        seal(&made, -500000000, 2);
        seal(&made, late ? INT64_C(12000000000) : 500000000, 6);
        evidence(&made, 2, 1, &text);
        for (size_t at = 0; at < text.size; at++) {
            struct receipt_finding v;
            struct fault f = {0};
            char was = text.at[at];
            text.at[at] = was == '0' ? '1' : was == '"' ? ' ' : (char)(was ^ 1);
            result r = judge(append_view(&text), &v, &f);
            if (result_is_ok(r)) {
                same++;
                if (v.verdict != (late ? RECEIPT_LATE : RECEIPT_KEPT) && v.verdict != RECEIPT_UNANSWERED) fail_msg("byte %zu made it %s", at, receipt_verdict_name(v.verdict));
            } else {
                errors++;
            }
            text.at[at] = was;
        }
    }
    assert_true(errors > 50 * same); /* names of the members alone */
    append_free(&text);
}

/* --- the receipt itself --- */

static void write_receipt(const struct receipt *r, struct text origin, const char *name, const uint8_t secret[64], unsigned lines, struct append *out) {
    char room[RECEIPT_BYTES];
    struct append text = append_fixed(room, sizeof room);
    receipt_text(origin, r, &text);
    note_begin(out, append_view(&text));
    for (unsigned i = 0; i < lines; i++) note_sign(out, append_view(&text), i == 0 ? text_of(name) : TEXT("another"), secret);
}

static void a_receipt_has_one_form_and_one_key(void **unused) {
    (void)unused;
    static const char name[] = FIXTURE_ORIGIN "/receipt";
    struct append note = append_growing(65536);
    struct receipt r, changed;
    struct fault f = {0};
    begin(&made);
    write_receipt(&promise, TEXT(FIXTURE_ORIGIN), name, script.receipt_secret, 1, &note);
    fixture_must(receipt_read(&known, append_view(&note), inner, &r, &f), &f, "read");
    assert_memory_equal(&r, &promise, sizeof r);
    for (size_t at = 0; at < note.size; at++)
        for (int bit = 0; bit < 8; bit++) {
            note.at[at] ^= (char)(1 << bit);
            if (result_is_ok(receipt_read(&known, append_view(&note), inner, &r, &f))) fail_msg("byte %zu, bit %d", at, bit);
            note.at[at] ^= (char)(1 << bit);
        }
    for (size_t size = 0; size < note.size; size++) assert_false(result_is_ok(receipt_read(&known, (struct text){note.at, size}, inner, &r, &f)));
    for (int i = 0; i < 7; i++) {
        changed = promise;
        enum result_code want = RESULT_MALFORMED;
        append_reset(&note);
        if (i == 0) write_receipt(&changed, TEXT(FIXTURE_ORIGIN), name, script.log_secret, 1, &note), want = RESULT_UNAUTHENTIC; /* the log's key signs none */
        if (i == 1) write_receipt(&changed, TEXT(FIXTURE_ORIGIN), FIXTURE_ORIGIN, script.receipt_secret, 1, &note), want = RESULT_UNAUTHENTIC;
        if (i == 2) write_receipt(&changed, TEXT("other.example/live"), name, script.receipt_secret, 1, &note), want = RESULT_CONFLICT;
        if (i == 3) changed.log.bytes[0] ^= 1, write_receipt(&changed, TEXT(FIXTURE_ORIGIN), name, script.receipt_secret, 1, &note), want = RESULT_CONFLICT;
        if (i == 4) write_receipt(&changed, TEXT(FIXTURE_ORIGIN), name, script.receipt_secret, 2, &note);
        if (i == 5) changed.slot = WIDTH, write_receipt(&changed, TEXT(FIXTURE_ORIGIN), name, script.receipt_secret, 1, &note);
        if (i == 6) changed.parts = 0, write_receipt(&changed, TEXT(FIXTURE_ORIGIN), name, script.receipt_secret, 1, &note);
        assert_int_equal(receipt_read(&known, append_view(&note), inner, &r, &f).code, want);
    }
    append_reset(&note);
    for (int i = 0; i <= RECEIPT_BYTES; i++) append_char(&note, ' ');
    assert_int_equal(receipt_read(&known, append_view(&note), inner, &r, &f).code, RESULT_TOO_LARGE);
    append_free(&note);
}

/* --- the node's --- */

struct life { struct disk *disk; struct node *node; struct hash said[FIXTURE_STEPS]; uint64_t place[FIXTURE_STEPS]; uint16_t party[FIXTURE_STEPS]; enum verdict verdict[FIXTURE_STEPS]; };

static struct node *start(struct disk *d, bool stepped) {
    struct fault f = {0};
    struct node *n = NULL;
    struct node_report report;
    struct node_options o = {.dir = "/log", .disk = d, .random = fixture_random, .inline_writer = !stepped, .stepped_writer = stepped};
    fixture_must(node_open(&o, &n, &report, &f), &f, "open");
    return n;
}

static void hear(struct life *l) {
    struct node_event e;
    while (node_next(l->node, &e)) {
        if (e.kind != NODE_ANSWERED) continue;
        uint32_t i = (uint32_t)e.ticket - 1;
        l->said[i] = e.statement;
        l->place[i] = e.outcome->place;
        l->party[i] = e.outcome->party;
        l->verdict[i] = e.outcome->verdict;
    }
}

static void step(struct life *l, uint32_t i) {
    struct fault f = {0};
    const struct step_script *s = &script.steps[i];
    fixture_must(s->tick ? node_tick(l->node, s->now, 1000000, false, &f) : node_submit(l->node, s->parts, s->count, s->now, i + 1, &f), &f, "step");
    fixture_must(node_poll(l->node, &f), &f, "poll");
}

static struct life live(uint32_t steps, bool stepped) {
    struct life l = {.disk = disk_simulated(1)};
    struct fault f = {0};
    fixture_seed = 7;
    fixture_must(node_create(l.disk, "/log", script.genesis, script.log_secret, script.receipt_secret, &f), &f, "create");
    l.node = start(l.disk, stepped);
    for (uint32_t i = 0; i < steps; i++) {
        step(&l, i);
        while (stepped && node_write_step(l.node)) fixture_must(node_poll(l.node, &f), &f, "poll");
        hear(&l);
    }
    return l;
}

static void end(struct life *l) {
    node_close(l->node);
    disk_simulated_free(l->disk);
}

/* What a node gave, read as a client does: the receipt, and that its record begins with what was said. */
static struct receipt given(struct node *n, uint16_t party, uint64_t place, const struct hash *said, const struct part *first) {
    struct append out = append_growing(65536);
    struct fault f = {0};
    struct receipt r;
    struct text note;
    const struct json *top;
    struct hash path[MERKLE_DEPTH];
    unsigned length = 0;
    fixture_must(node_receipt(n, party, place, said, &out, &f), &f, "receipt");
    fixture_must(json_parse(json, append_view(&out), JSON_OPEN, &top, &f), &f, "json");
    fixture_must(json_get_text(top, "note", true, RECEIPT_BYTES, &note, &f), &f, "note");
    fixture_must(receipt_read(&known, note, inner, &r, &f), &f, "read");
    assert_true(r.seq == place && r.slot == party && hash_equal(&r.statement, said));
    struct part p = *first;
    fixture_must(json_get_hex(top, "salt", true, p.salt, sizeof p.salt, &f), &f, "salt");
    fixture_must(mirror_read_path(top, "path", MERKLE_DEPTH, path, &length, &f), &f, "path");
    struct hash leaf = part_hash(&p, &script.log);
    assert_true(merkle_check_inclusion(&leaf, 0, r.parts, path, length, &r.root));
    append_free(&out);
    return r;
}

static enum receipt_verdict verdict_of(struct node *n, const struct receipt *r, struct receipt_finding *v) {
    struct append out = append_growing(1 << 20);
    struct fault f = {0};
    promise = *r;
    fixture_must(node_sealed(n, r->slot, r->seq, &out, &f), &f, "sealed");
    fixture_must(judge(append_view(&out), v, &f), &f, "judge");
    append_free(&out);
    return v->verdict;
}

/* Accepted, refused, repeated, plain: each has its place, and is kept. What comes through other doors gets none. */
static void whatever_is_recorded_may_be_promised(void **unused) {
    (void)unused;
    struct life l = live(script.count, false);
    struct receipt_finding v;
    unsigned of[4] = {0};
    for (uint32_t i = 0; i < script.count; i++) {
        if (script.steps[i].tick) continue;
        if (script.steps[i].parts[0].part_class == PART_FRAME) {
            struct append none = append_growing(4096);
            struct fault f = {0};
            assert_int_equal(node_receipt(l.node, l.party[i], l.place[i], &l.said[i], &none, &f).code, RESULT_CONFLICT);
            append_free(&none);
            continue;
        }
        struct receipt r = given(l.node, l.party[i], l.place[i], &l.said[i], &script.steps[i].parts[0]);
        assert_int_equal(verdict_of(l.node, &r, &v), RECEIPT_KEPT);
        of[l.verdict[i]]++;
    }
    assert_true(of[VERDICT_ACCEPTED] > 10 && of[VERDICT_REFUSED] > 0 && of[VERDICT_REPEATED] > 0);
    end(&l);
}

static void what_is_not_so_is_not_promised(void **unused) {
    (void)unused;
    struct life l = live(script.count, false);
    struct append out = append_growing(65536);
    struct fault f = {0};
    struct hash other = numbered(3, 3);
    assert_int_equal(node_receipt(l.node, l.party[0], l.place[0], &other, &out, &f).code, RESULT_CONFLICT);
    assert_int_equal(node_receipt(l.node, l.party[0], l.place[0] + 1, &l.said[0], &out, &f).code, RESULT_CONFLICT);
    assert_int_equal(node_receipt(l.node, l.party[0], 100000, &l.said[0], &out, &f).code, RESULT_NOT_FOUND);
    assert_int_equal(node_receipt(l.node, PARTY_NONE, 0, &l.said[0], &out, &f).code, RESULT_NOT_FOUND);
    assert_int_equal(out.size, 0);
    bool told = false; /* what was told is no statement of that party */
    for (uint64_t place = 0; place < 20 && !told; place++) {
        struct fault why = {0};
        told = node_receipt(l.node, 1, place, &other, &out, &why).code == RESULT_CONFLICT && strstr(why.message, "no party's statement") != NULL;
    }
    assert_true(told);
    assert_int_equal(node_sealed(l.node, PARTY_NONE, 0, &out, &f).code, RESULT_NOT_FOUND);
    node_close(l.node);
    struct node_report report;
    struct node_options o = {.dir = "/log", .disk = l.disk, .inline_writer = true, .read_only = true};
    fixture_must(node_open(&o, &l.node, &report, &f), &f, "open");
    assert_int_equal(node_receipt(l.node, l.party[0], l.place[0], &l.said[0], &out, &f).code, RESULT_FORBIDDEN);
    append_free(&out);
    end(&l);
}

/* What rots on the disk is never promised: the receipt is as it was, or there is none. */
static void rot_is_not_promised(void **unused) {
    (void)unused;
    struct life l = live(script.count, false);
    struct append honest = append_growing(65536), out = append_growing(65536);
    struct fault f = {0};
    static const char *const files[] = {"/log/journal/pay-00000001.seg", "/log/journal/log-00000001.seg"};
    uint32_t plain = 0;
    while (script.steps[plain].tick || script.steps[plain].parts[0].part_class != PART_REQUEST) plain++;
    for (int which = 0; which < 4; which++) {
        uint32_t i = which < 2 ? 0 : plain;
        append_reset(&honest);
        fixture_must(node_receipt(l.node, l.party[i], l.place[i], &l.said[i], &honest, &f), &f, "receipt");
        unsigned rotten = 0, same = 0;
        for (uint64_t bit = 0; bit < 20000 * 8; bit += 13) {
            disk_simulated_flip(l.disk, files[which % 2], bit);
            append_reset(&out);
            result r = node_receipt(l.node, l.party[i], l.place[i], &l.said[i], &out, &f);
            if (result_is_ok(r)) assert_true(text_equal(append_view(&out), append_view(&honest)));
            else if (r.code != RESULT_ROT && r.code != RESULT_TOO_LARGE && r.code != RESULT_CONFLICT /* the claims are no claims any more */) fail_msg("bit %llu of %s: %s: %s", (unsigned long long)bit, files[which % 2], f.field, f.message);
            rotten += !result_is_ok(r);
            same += result_is_ok(r);
            disk_simulated_flip(l.disk, files[which % 2], bit);
        }
        print_message("# %s: %u refused, %u the same\n", files[which % 2], rotten, same);
        assert_true(rotten > 50 && same > 50);
    }
    append_free(&honest);
    append_free(&out);
    end(&l);
}

/* Applied, but not on the disk yet: nothing is promised. Then it is, and the place that the answer named is the one. */
static void nothing_is_promised_before_it_is_durable(void **unused) {
    (void)unused;
    struct life l = live(0, true);
    struct append out = append_growing(65536);
    struct fault f = {0};
    for (uint32_t i = 0; i < 3; i++) step(&l, i); /* the first is handed over, the others wait */
    assert_false(script.steps[0].tick);
    struct note note;
    fixture_must(note_parse(script.steps[0].parts[0].bytes, &note, &f), &f, "note");
    struct hash said = sha256_of(note.text.at, note.text.size);
    assert_int_equal(node_receipt(l.node, 0, 0, &said, &out, &f).code, RESULT_NOT_FOUND);
    fixture_must(node_sealed(l.node, 0, 0, &out, &f), &f, "sealed");
    assert_true(text_is(append_view(&out), "{}")); /* no tick has come */
    append_reset(&out);
    assert_false(node_owes(l.node));
    while (node_write_step(l.node)) fixture_must(node_poll(l.node, &f), &f, "poll");
    hear(&l);
    struct receipt r = given(l.node, l.party[0], l.place[0], &said, &script.steps[0].parts[0]);
    assert_true(r.seq == l.place[0] && node_owes(l.node));
    append_free(&out);
    end(&l);
}

/* Between the answer and the tick: a power cut leaves the record where it was promised; only time can be lost. */
static void a_crash_keeps_the_place(void **unused) {
    (void)unused;
    for (int late = 0; late < 2; late++) {
        uint32_t tick = 0;
        while (!script.steps[tick].tick) tick++;
        struct life l = live(tick, false);
        struct receipt r = given(l.node, l.party[tick - 1], l.place[tick - 1], &l.said[tick - 1], &script.steps[tick - 1].parts[0]);
        struct receipt_finding v;
        struct fault f = {0};
        disk_simulated_fault(l.disk, disk_simulated_operations(l.disk) + 1, DISK_POWER_CUT);
        const struct step_script *next = &script.steps[tick + 1]; /* whatever comes next finds no disk */
        fixture_must(node_submit(l.node, next->parts, next->count, script.steps[tick - 1].now, tick + 2, &f), &f, "submit");
        assert_false(result_is_ok(node_poll(l.node, &f)) && result_is_ok(node_poll(l.node, &f)));
        node_close(l.node);
        disk_simulated_restart(l.disk);
        l.node = start(l.disk, false);
        assert_false(node_owes(l.node));
        fixture_must(node_tick(l.node, script.steps[tick].now + (late ? 30 * INSTANT_SECOND : 0), 1000000, false, &f), &f, "tick");
        fixture_must(node_poll(l.node, &f), &f, "poll");
        hear(&l);
        assert_int_equal(verdict_of(l.node, &r, &v), late ? RECEIPT_LATE : RECEIPT_KEPT);
        assert_string_equal(v.promised, v.stands);
        end(&l);
    }
}

/* An orderly end waits for the tick that a receipt waits for, and for none else. */
static void an_end_waits_for_the_tick(void **unused) {
    (void)unused;
    for (int owing = 0; owing < 2; owing++) {
        uint32_t tick = 0;
        while (!script.steps[tick].tick) tick++;
        struct life l = live(tick, false);
        struct fault f = {0};
        struct receipt r = {0};
        if (owing) r = given(l.node, l.party[0], l.place[0], &l.said[0], &script.steps[0].parts[0]);
        node_end(l.node);
        assert_true(node_quiet(l.node) == !owing && node_owes(l.node) == owing);
        fixture_must(node_tick(l.node, script.steps[tick].now, 1000000, false, &f), &f, "tick");
        for (int i = 0; i < 2; i++) fixture_must(node_poll(l.node, &f), &f, "poll");
        hear(&l);
        assert_true(node_quiet(l.node) && !node_owes(l.node));
        assert_int_equal(node_log_size(l.node), owing);
        struct receipt_finding v;
        if (owing) assert_int_equal(verdict_of(l.node, &r, &v), RECEIPT_KEPT);
        fixture_must(node_tick(l.node, script.steps[tick].now + INSTANT_SECOND, 1000000, false, &f), &f, "tick");
        fixture_must(node_poll(l.node, &f), &f, "poll");
        assert_int_equal(node_log_size(l.node), owing); /* no second one */
        end(&l);
    }
}

/* The record with the promised root, of another statement: the receipt itself is the lie. */
static void another_statement_is_a_breach(void **unused) {
    (void)unused;
    struct life l = live(script.count, false);
    struct fault f = {0};
    struct node_record record;
    struct receipt_finding v;
    struct append out = append_growing(1 << 20);
    struct receipt r = given(l.node, l.party[0], l.place[0], &l.said[0], &script.steps[0].parts[0]);
    struct arena room;
    arena_growing(&room, 1 << 22);
    for (int lie = 0; lie < 3; lie++) {
        promise = r;
        if (lie == 1) promise.statement.bytes[5] ^= 1;
        if (lie == 2) promise.root.bytes[5] ^= 1;
        fixture_must(node_record(l.node, r.slot, r.seq, &room, &record, &f), &f, "record");
        append_reset(&out);
        append_str(&out, "{\"record\":");
        node_record_render(&record, true, &out);
        append_char(&out, '}');
        result done = judge(append_view(&out), &v, &f);
        if (lie == 2) assert_int_equal(done.code, RESULT_ROT); /* of a record that nobody promised */
        else fixture_must(done, &f, "judge");
        if (lie < 2) assert_int_equal(v.verdict, lie == 1 ? RECEIPT_BREACH : RECEIPT_UNANSWERED);
        if (lie == 1) assert_true(v.has_said && hash_equal(&v.said, &r.statement));
    }
    arena_free(&room);
    append_free(&out);
    end(&l);
}

int main(void) {
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_verdict),
        cmocka_unit_test(up_to_the_last_instant),
        cmocka_unit_test(a_count_is_a_whole_number),
        cmocka_unit_test(another_record_is_a_breach),
        cmocka_unit_test(lies_are_no_evidence),
        cmocka_unit_test(each_byte_of_the_evidence),
        cmocka_unit_test(a_receipt_has_one_form_and_one_key),
        cmocka_unit_test(whatever_is_recorded_may_be_promised),
        cmocka_unit_test(what_is_not_so_is_not_promised),
        cmocka_unit_test(rot_is_not_promised),
        cmocka_unit_test(nothing_is_promised_before_it_is_durable),
        cmocka_unit_test(a_crash_keeps_the_place),
        cmocka_unit_test(an_end_waits_for_the_tick),
        cmocka_unit_test(another_statement_is_a_breach),
    };
    struct fault f = {0};
    fixture_make(&script);
    arena_growing(&scratch, 1 << 24);
    json = json_reader_new(1 << 20);
    inner = json_reader_new(65536);
    if (json == NULL || inner == NULL) return 1;
    fixture_must(mirror_new(script.genesis, &known, &f), &f, "genesis");
    cmocka_set_message_output(CM_OUTPUT_TAP);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    mirror_free(&known);
    json_reader_free(json);
    json_reader_free(inner);
    arena_free(&scratch);
    arena_free(&script.arena);
    return failed;
}
