/* import notam: ICAO messages become notices of the importing party, one line each on what became of it. */
#include <stdlib.h>
#include <string.h>

#include "base/instant.h"
#include "base/limits.h"
#include "cli/commands.h"
#include "cli/statement.h"
#include "core/render.h"
#include "notam/notam_area.h"
#include "notam/notam_file.h"

enum { FILE_MOST = 64 * 1024 * 1024, BODY_MOST = 4 * 1024 * 1024, ARENA_MOST = 1024 * 1024 * 1024 };

struct importer {
    struct client client;
    struct arena file_arena, arena; /* of a file, of one message */
    struct json_reader *json;
    struct append body, readers, answer, known; /* known: ids (16 bytes each) of every notice in the own stream */
    bool known_read;
    unsigned filed, changed, unchanged, ended, cancelled, refused, unread, incomplete;
};

/* The notice of a message: the same message names the same notice for ever. */
static struct id entity_id(const char *identity) {
    struct append text = append_growing(256);
    append_str(&text, "parley/notam/1\n");
    append_str(&text, identity);
    struct hash h = sha256_of(text.at, text.size);
    struct id id;
    memcpy(id.bytes, h.bytes, sizeof id.bytes);
    append_free(&text);
    return id;
}

static void entity_name(const struct importer *m, const struct id *id, char out[80]) {
    struct append text = append_fixed(out, 79);
    append_text(&text, name_text(&m->client.keys[0].party));
    append_char(&text, '/');
    append_id(&text, id);
    out[text.size] = '\0';
}

/* --- what stands in the own stream already: notices that have ended are in no table any more --- */

static void remember_page(struct importer *m, struct text page) {
    char mark[64];
    int size = snprintf(mark, sizeof mark, "\\\"on\\\":\\\"%.*s/", TEXT_ARG(name_text(&m->client.keys[0].party)));
    for (const char *at = page.at; (at = memmem(at, page.size - (size_t)(at - page.at), mark, (size_t)size)) != NULL; at += size) {
        struct id id;
        if (page.size - (size_t)(at + size - page.at) >= 32 && id_read((struct text){at + size, 32}, &id)) append_bytes(&m->known, id.bytes, sizeof id.bytes);
    }
}

static result read_known(struct importer *m, struct fault *f) {
    enum { PAGE = 256 };
    for (uint64_t from = 0;;) {
        char path[96];
        struct http_reply reply;
        const struct json *top;
        snprintf(path, sizeof path, "/v1/stream?from=%llu&limit=%d", (unsigned long long)from, PAGE);
        TRY(client_get(&m->client, path, &reply, &top, f));
        const struct json *items = json_member(top, "records");
        uint32_t got = items != NULL ? items->count : 0;
        remember_page(m, append_view(&reply.body));
        append_free(&reply.body);
        if (got == 0) break;
        from += got;
    }
    m->known_read = true;
    return OK;
}

static result is_known(struct importer *m, const struct id *id, bool *out, struct fault *f) {
    if (!m->known_read) TRY(read_known(m, f));
    *out = false;
    for (size_t i = 0; i + sizeof id->bytes <= m->known.size; i += sizeof id->bytes)
        if (memcmp(m->known.at + i, id->bytes, sizeof id->bytes) == 0) *out = true;
    return OK;
}

enum stand { STAND_ABSENT, STAND_FILED, STAND_HAZARDOUS /* active or unconfirmed */, STAND_ENDED /* over, closed or cancelled */ };

static enum stand stand_of(const struct json *item) {
    const struct json *state = json_member(item, "state");
    struct text t = state != NULL ? state->string : TEXT("");
    return text_is(t, "filed") ? STAND_FILED : text_is(t, "active") || text_is(t, "unconfirmed") ? STAND_HAZARDOUS : STAND_ENDED;
}

/* What the server has of it now, and its text as filed. */
static result present(struct importer *m, const char *entity, enum stand *stand, struct append *text, struct fault *f) {
    char path[160];
    struct http_reply reply;
    const struct json *top;
    snprintf(path, sizeof path, "/v1/notices/%s", entity);
    result r = client_get(&m->client, path, &reply, &top, f);
    *stand = STAND_ABSENT;
    if (r.code == RESULT_NOT_FOUND) return OK;
    TRY(r);
    const struct json *item = json_member(top, "item"), *body = json_member(item, "text");
    for (const struct json *s = json_first(json_member(item, "sections")); s != NULL && body == NULL; s = json_next(json_member(item, "sections"), s))
        body = json_member(s, "text");
    if (body != NULL) append_text(text, body->string);
    *stand = stand_of(item);
    append_free(&reply.body);
    return OK;
}

/* --- message -> body of a notice --- */

static const struct {
    unsigned notam;
    const char *word;
} mark_words[] = {
    {NOTAM_MARK_MINUTES | NOTAM_MARK_LINES | NOTAM_MARK_ARC | NOTAM_MARK_DOUBTFUL | NOTAM_MARK_HOLE, "widened"},
    {NOTAM_MARK_CROSSING, "hull"},
    {NOTAM_MARK_BOUNDARY, "boundary"},
    {NOTAM_MARK_SCHEDULE_UNREAD | NOTAM_MARK_SCHEDULE_LONG, "schedule-unread"},
    {NOTAM_MARK_Q_CIRCLE | NOTAM_MARK_COORDS_UNREAD, "q-fallback"},
    {NOTAM_MARK_ESTIMATED | NOTAM_MARK_PERMANENT | NOTAM_MARK_NO_END, "end-estimated"},
};

/* The message as text of the notice: what JSON here does not allow is shown as '?', and its length is bounded. */
static void message_text(struct text raw, struct append *out) {
    for (size_t i = 0; i < raw.size && out->size < LIMIT_TEXT_FIELD; i++) {
        unsigned char c = (unsigned char)raw.at[i];
        if (c == '\r') continue;
        append_char(out, c == '\t' ? ' ' : c == '\n' || (c >= 0x20 && c < 0x7f) ? (char)c : '?');
    }
}

static void notice_json(const struct importer *m, const char *identity, const struct notam_areas *areas, const struct volume *volumes,
                        uint32_t count, struct text text, struct append *out) {
    const char *category = cli_get(m->client.cli, "category");
    bool first = true;
    append_str(out, "{\"area\":");
    append_json_string(out, text_of(identity));
    append_str(out, ",\"category\":");
    append_json_string(out, text_of(category != NULL ? category : "notam"));
    append_str(out, ",\"text\":");
    append_json_string(out, text);
    append_str(out, ",\"marks\":[");
    if (!areas->complete) append_str(out, "\"incomplete\""), first = false;
    for (size_t i = 0; i < sizeof mark_words / sizeof mark_words[0]; i++) {
        if ((areas->marks & mark_words[i].notam) == 0) continue;
        append_format(out, "%s\"%s\"", first ? "" : ",", mark_words[i].word);
        first = false;
    }
    append_str(out, "],\"volumes\":[");
    for (uint32_t i = 0; i < count; i++) {
        if (i > 0) append_char(out, ',');
        render_volume(&volumes[i], out);
    }
    append_str(out, "]}");
}

/* --- sending --- */

static result send(struct importer *m, const char *kind, const char *entity, const char *section, struct text body, bool *accepted, struct fault *f) {
    struct outgoing o = {.kind = kind, .on = entity, .open_by = INSTANT_NONE, .count = 1, .sections = {{section, append_view(&m->readers), body}}};
    append_reset(&m->answer);
    int status = statement_post(&m->client, &o, &m->answer, f);
    *accepted = status == CLI_OK || status == CLI_PENDING;
    return status == CLI_UNREACHABLE || status == CLI_SYSTEM ? result_of(RESULT_UNKNOWN) : OK;
}

/* Ends a notice: one that has not begun is cancelled, of one that may be hazardous its sender says OVER. */
static result end_notice(struct importer *m, const char *entity, enum stand stand, const char *why, bool *done, struct fault *f) {
    struct append body = append_growing(1024);
    append_str(&body, "{\"text\":");
    append_json_string(&body, text_of(why));
    append_char(&body, '}');
    result r = send(m, stand == STAND_FILED ? "notice/cancel" : "notice/over", entity, "body", append_view(&body), done, f);
    if (result_is_ok(r) && *done) *(stand == STAND_FILED ? &m->cancelled : &m->ended) += 1;
    append_char(&m->answer, '\0');
    append_free(&body);
    return r;
}

static void say(const struct importer *m, const char *identity, const char *became, const char *detail) {
    if (m->client.cli->json) {
        struct append line = append_growing(65536);
        append_str(&line, "{\"notam\":");
        append_json_string(&line, text_of(identity));
        append_format(&line, ",\"became\":\"%s\",\"detail\":", became);
        append_json_string(&line, text_of(detail));
        append_str(&line, "}");
        printf("%.*s\n", TEXT_ARG(append_view(&line)));
        append_free(&line);
    } else {
        printf("%-20s %-10s %s\n", identity, became, detail);
    }
}

/* Marks in words, and each thing that was not understood, with its text. */
static void details(const struct notam *n, const struct notam_areas *areas, uint32_t volumes, struct append *out) {
    append_format(out, "%u area%s, %u volume%s", areas->area_count, areas->area_count == 1 ? "" : "s", volumes, volumes == 1 ? "" : "s");
    for (unsigned bit = 0; bit < NOTAM_MARKS; bit++)
        if ((areas->marks >> bit & 1) != 0) append_format(out, "; %s", notam_area_mark_text(bit));
    for (const struct notam_remark *r = n->remarks; r != NULL; r = r->next) {
        append_format(out, "; not understood in %s (%s): '", r->field, r->rule);
        for (size_t i = 0; i < r->text.size && i < 200; i++) append_char(out, r->text.at[i] == '\n' ? ' ' : r->text.at[i]);
        append_char(out, '\'');
    }
}

/* NOTAMR and NOTAMC end the message that they name. */
static result supersede(struct importer *m, const struct notam *n, const char *identity, struct fault *f) {
    char old[NOTAM_IDENTITY_ROOM], entity[80], why[160];
    struct append ignored = append_growing(65536);
    enum stand stand;
    bool done = false;
    if (notam_reference_identity(n, old) == 0) return OK;
    struct id id = entity_id(old);
    entity_name(m, &id, entity);
    result r = present(m, entity, &stand, &ignored, f);
    append_free(&ignored);
    TRY(r);
    const char *word = n->type == NOTAM_CANCEL ? "cancelled" : "replaced";
    snprintf(why, sizeof why, "%s by NOTAM %s", word, identity);
    if (stand == STAND_ABSENT || stand == STAND_ENDED) {
        snprintf(why, sizeof why, "%s that it %s %s", old, n->type == NOTAM_CANCEL ? "cancels" : "replaces", stand == STAND_ABSENT ? "is not on file" : "has ended already");
        say(m, identity, "nothing", why);
        return OK;
    }
    TRY(end_notice(m, entity, stand, why, &done, f));
    if (!done) m->refused++;
    say(m, old, !done ? "refused" : stand == STAND_FILED ? "cancelled" : "over", done ? why : m->answer.at);
    return OK;
}

struct message { const struct notam *n; struct notam_areas *areas; const struct volume *volumes; uint32_t count; const char *identity, *entity; struct id id; };

static result file_message(struct importer *m, const struct message *x, struct text text, bool there, struct fault *f) {
    bool accepted = false, ended = false;
    struct append detail = append_growing(65536);
    append_reset(&m->body);
    notice_json(m, x->identity, x->areas, x->volumes, x->count, text, &m->body);
    details(x->n, x->areas, x->count, &detail);
    append_char(&detail, '\0');
    result r = send(m, "notice", x->entity, "public", append_view(&m->body), &accepted, f);
    append_char(&m->answer, '\0');
    if (result_is_ok(r) && accepted) {
        *(there ? &m->changed : &m->filed) += 1;
        if (!x->areas->complete) m->incomplete++;
        append_bytes(&m->known, x->id.bytes, sizeof x->id.bytes);
        say(m, x->identity, there ? "changed" : x->areas->complete ? "filed" : "incomplete", detail.at);
        /* A NOTAM ends by itself at C; a notice does not: its sender has to say OVER. */
        bool over = x->n->has_end && !x->n->estimated && !x->n->permanent && x->areas->end < m->client.now;
        if (over) r = end_notice(m, x->entity, STAND_HAZARDOUS, "the NOTAM's end (item C) has passed", &ended, f);
        if (over && result_is_ok(r) && !ended) m->refused++;
        if (over && result_is_ok(r)) say(m, x->identity, ended ? "over" : "refused", ended ? "its end (item C) has passed" : m->answer.at);
    } else if (result_is_ok(r)) {
        m->refused++;
        say(m, x->identity, "refused", m->answer.size > 1 ? m->answer.at : f->message);
    }
    append_free(&detail);
    return r;
}

static result import_message(struct importer *m, struct text raw, struct fault *f) {
    struct notam n;
    struct notam_areas areas;
    struct fault why = {0};
    char identity[NOTAM_IDENTITY_ROOM], entity[80];
    arena_reset(&m->arena);
    result r = notam_read(raw, &m->arena, &n, &why);
    if (!result_is_ok(r)) {
        m->unread++;
        say(m, "?", "not read", why.message);
        return OK;
    }
    notam_identity(&n, identity);
    if (n.type == NOTAM_CANCEL) return supersede(m, &n, identity, f);
    struct message x = {.n = &n, .areas = &areas, .identity = identity, .entity = entity, .id = entity_id(identity)};
    TRY(notam_area_read(&n, m->client.now, &m->arena, &areas, f));
    TRY(notam_area_volumes(&areas, &m->arena, &x.volumes, &x.count, f));
    entity_name(m, &x.id, entity);
    struct append before = append_growing(65536), text = append_growing(2 * LIMIT_TEXT_FIELD);
    enum stand stand;
    bool known = false;
    message_text(raw, &text);
    r = present(m, entity, &stand, &before, f);
    bool there = stand != STAND_ABSENT;
    if (result_is_ok(r) && !there) r = is_known(m, &x.id, &known, f);
    bool same = there ? text_equal(append_view(&before), append_view(&text)) : known;
    if (result_is_ok(r) && same) {
        m->unchanged++;
        say(m, identity, "unchanged", there ? "on file already" : "was filed before and has ended");
    } else if (result_is_ok(r)) {
        r = file_message(m, &x, append_view(&text), there, f);
        if (result_is_ok(r) && n.type == NOTAM_REPLACE) r = supersede(m, &n, identity, f);
    }
    append_free(&before);
    append_free(&text);
    return r;
}

static result import_file(struct importer *m, const char *path, struct fault *f) {
    struct append bytes;
    struct notam_file file;
    TRY(cli_read_file(path, FILE_MOST, &bytes, f));
    arena_reset(&m->file_arena);
    struct fault why = {0};
    result r = notam_file_read(append_view(&bytes), m->json, &m->file_arena, &file, &why);
    if (!result_is_ok(r)) r = fail(f, r.code, path, "%s%s%s", why.field, why.field[0] != '\0' ? ": " : "", why.message);
    for (uint32_t i = 0; result_is_ok(r) && i < file.count; i++) r = import_message(m, file.entries[i].raw, f);
    for (uint32_t i = 0; result_is_ok(r) && i < file.unclaimed_count; i++) {
        char text[256];
        snprintf(text, sizeof text, "%.*s", TEXT_ARG(file.unclaimed[i]));
        say(m, "?", "no NOTAM", text);
    }
    append_free(&bytes);
    return r;
}

static int import_run(struct cli *c) {
    static struct importer m;
    struct fault f = {0};
    m = (struct importer){.json = json_reader_new(FILE_MOST), .body = append_growing(BODY_MOST), .readers = append_growing(65536), .answer = append_growing(BODY_MOST),
                          .known = append_growing(FILE_MOST)};
    arena_growing(&m.file_arena, ARENA_MOST);
    arena_growing(&m.arena, ARENA_MOST);
    result r = statement_readers(c, "log", &m.readers, &f);
    if (result_is_ok(r)) r = client_open(&m.client, c, true, true, &f);
    for (unsigned i = 0; result_is_ok(r) && i < c->argument_count; i++) r = import_file(&m, c->arguments[i], &f);
    if (result_is_ok(r) && !c->json)
        printf("%u filed (%u of them incomplete), %u changed, %u unchanged, %u over, %u cancelled, %u refused, %u not read\n", m.filed, m.incomplete, m.changed,
               m.unchanged, m.ended, m.cancelled, m.refused, m.unread);
    int status = !result_is_ok(r) ? cli_fail(c, &f) : m.refused > 0 ? CLI_REFUSED : m.unread > 0 ? CLI_BROKEN : CLI_OK;
    client_close(&m.client);
    json_reader_free(m.json);
    arena_free(&m.file_arena);
    arena_free(&m.arena);
    append_free(&m.body);
    append_free(&m.readers);
    append_free(&m.answer);
    append_free(&m.known);
    return status;
}

static const struct cli_option import_options[] = {
    {"category", "NAME", "category of the notices; default: notam"}, {"readers", "READER", "who may read them; default: log"}, {NULL, NULL, NULL}};
const struct cli_command command_import_notam = {
    "import notam", "FILE…", 1, 1000, "file ICAO NOTAMs as notices of your party",
    "FILE is plain text with one or several messages, or a JSON collection with a RAWMESSAGE column. NOTAMR replaces, NOTAMC cancels; a file imported twice "
    "changes nothing. What is not understood is listed with its text, and filed as incomplete on the safe side. A message whose end has passed is said OVER.",
    import_options, true, import_run};
