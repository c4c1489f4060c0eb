/* cosign: a further signature on a draft. open: sections that were sealed. */
#include <string.h>

#include "base/instant.h"
#include "base/limits.h"
#include "cli/commands.h"
#include "cli/statement.h"

enum { DRAFT_MOST = 24 * 1024 * 1024 };

/* The draft again with the note replaced: {"note":"…","sections":[…]}. The sections' bytes are re-written as they were read. */
static void draft_render(const struct json *top, struct text note, struct append *out) {
    const struct json *sections = json_member(top, "sections");
    append_str(out, "{\"note\":");
    append_json_string(out, note);
    append_str(out, ",\"sections\":[");
    for (const struct json *s = json_first(sections); s != NULL; s = json_next(sections, s)) {
        const struct json *salt = json_member(s, "salt"), *bytes = json_member(s, "bytes");
        append_str(out, s == json_first(sections) ? "{\"salt\":" : ",{\"salt\":");
        append_json_string(out, salt != NULL ? salt->string : TEXT(""));
        append_str(out, ",\"bytes\":");
        append_json_string(out, bytes != NULL ? bytes->string : TEXT(""));
        append_char(out, '}');
    }
    append_str(out, "]}");
}

static result cosign_note(const struct client *k, struct text note, struct append *out, struct fault *f) {
    struct append current = append_growing(DRAFT_MOST);
    struct json_reader *json = json_reader_new(DRAFT_MOST);
    result r = json == NULL ? fail(f, RESULT_IO, "", "no memory for JSON") : OK;
    append_text(&current, note);
    for (unsigned i = 0; i < k->key_count && result_is_ok(r); i++) {
        struct compose_key key = {.name = text_of(k->keys[i].name), .secret = k->keys[i].secret};
        memcpy(key.public_key.bytes, k->keys[i].public_key, NOTE_KEY_BYTES);
        append_reset(out);
        r = compose_cosign(json, append_view(&current), &key, out, f);
        if (r.code == RESULT_CONFLICT) { /* has signed already: nothing to add, and it may still be sent */
            append_reset(out);
            append_text(out, append_view(&current));
            r = OK;
            continue;
        }
        append_reset(&current);
        append_text(&current, append_view(out));
    }
    json_reader_free(json);
    append_free(&current);
    return r;
}

static int cosign_run(struct cli *c) {
    if (cli_has(c, "receipt") && !cli_has(c, "send")) return cli_error(c, RESULT_USAGE, "--receipt", "comes with what is sent: --send is missing");
    static struct client k;
    struct fault f = {0};
    const struct json *top;
    struct text note;
    struct append file = {0}, signed_note = append_growing(DRAFT_MOST), draft = append_growing(DRAFT_MOST);
    struct json_reader *json = json_reader_new(DRAFT_MOST);
    result r = client_open(&k, c, true, false, &f);
    if (result_is_ok(r) && json == NULL) r = fail(&f, RESULT_IO, "", "no memory for JSON");
    if (result_is_ok(r)) r = cli_read_file(c->arguments[0], DRAFT_MOST, &file, &f);
    if (result_is_ok(r)) r = json_parse(json, append_view(&file), JSON_OPEN, &top, &f);
    if (result_is_ok(r)) r = json_get_text(top, "note", true, 2 * LIMIT_TEXT_BYTES, &note, &f);
    if (result_is_ok(r)) r = cosign_note(&k, note, &signed_note, &f);
    int status = CLI_OK;
    if (result_is_ok(r)) {
        draft_render(top, append_view(&signed_note), &draft);
        r = cli_write_file(c->arguments[0], append_view(&draft), 0600, true, &f);
    }
    if (result_is_ok(r) && cli_has(c, "send")) status = statement_deliver(&k, append_view(&draft));
    else if (result_is_ok(r)) printf("%s: signed with %u key%s; nothing was sent\n", c->arguments[0], k.key_count, k.key_count == 1 ? "" : "s");
    else status = cli_fail(c, &f);
    client_close(&k);
    json_reader_free(json);
    append_free(&file);
    append_free(&signed_note);
    append_free(&draft);
    return status;
}

/* --- open --- */

struct seal { struct compose_earlier earlier; struct hash keys[LIMIT_SIGNERS]; struct part sections[LIMIT_SECTIONS]; };

static result seal_read(const struct json *top, const struct cli *c, struct seal *s, struct fault *f) {
    struct text kind, id;
    const struct json *keys = NULL, *sections = NULL;
    const char *only;
    *s = (struct seal){0};
    TRY(json_get_hex(top, "statement", true, s->earlier.statement.bytes, SHA256_SIZE, f));
    TRY(json_get_text(top, "kind", true, 64, &kind, f));
    TRY(json_get_text(top, "id", true, 32, &id, f));
    TRY(json_get_array(top, "keys", true, LIMIT_SIGNERS, &keys, f));
    TRY(json_get_array(top, "sections", true, LIMIT_SECTIONS, &sections, f));
    if (!statement_kind_read(kind, &s->earlier.kind) || !id_read(id, &s->earlier.id)) return fail(f, RESULT_MALFORMED, "FILE", "is no file of sealed sections");
    for (const struct json *k = json_first(keys); k != NULL; k = json_next(keys, k))
        if (!hex_read(k->string, s->keys[s->earlier.key_count++].bytes, SHA256_SIZE)) return fail(f, RESULT_MALFORMED, "/keys", "a key is not 64 hex digits");
    for (const struct json *e = json_first(sections); e != NULL; e = json_next(sections, e)) {
        struct part *p = &s->sections[s->earlier.section_count];
        int64_t slot;
        *p = (struct part){.part_class = PART_SECTION};
        TRY(json_get_scaled(e, "slot", true, 0, 0, LIMIT_SECTIONS - 1, &slot, f));
        TRY(json_get_text(e, "name", true, 32, &p->name, f));
        TRY(json_get_hex(e, "salt", true, p->salt, sizeof p->salt, f));
        TRY(json_get_text(e, "bytes", true, LIMIT_SECTION_BYTES, &p->bytes, f));
        p->slot = (uint8_t)slot;
        bool wanted = !cli_has(c, "section");
        for (unsigned i = 0; (only = cli_nth(c, "section", i)) != NULL; i++) wanted = wanted || text_is(p->name, only);
        s->earlier.section_count += wanted;
    }
    s->earlier.keys = s->keys;
    s->earlier.sections = s->sections;
    return s->earlier.section_count > 0 ? OK : fail(f, RESULT_USAGE, "--section", "the file has no such section");
}

static int open_run(struct cli *c) {
    static struct client k;
    static struct seal seal;
    struct fault f = {0};
    const struct json *top;
    struct append file = {0}, readers = append_growing(65536);
    struct json_reader *json = json_reader_new(DRAFT_MOST);
    result r = client_open(&k, c, true, false, &f);
    if (result_is_ok(r) && json == NULL) r = fail(&f, RESULT_IO, "", "no memory for JSON");
    if (result_is_ok(r)) r = cli_read_file(c->arguments[0], DRAFT_MOST, &file, &f);
    if (result_is_ok(r)) r = json_parse(json, append_view(&file), JSON_OPEN, &top, &f);
    if (result_is_ok(r)) r = seal_read(top, c, &seal, &f);
    if (result_is_ok(r)) r = statement_readers(c, "log", &readers, &f);
    struct outgoing o = {.kind = "open", .open_by = INSTANT_NONE, .count = 1, .earlier = &seal.earlier, .sections = {{"body", append_view(&readers), TEXT("{}")}}};
    int status = result_is_ok(r) ? statement_send(&k, &o) : cli_fail(c, &f);
    client_close(&k);
    json_reader_free(json);
    append_free(&file);
    append_free(&readers);
    return status;
}

static const struct cli_option cosign_options[] = {{"send", NULL, "send it: the last signer does"}, {"receipt", NULL, "with --send: ask for a signed receipt, check it, and keep it in KEY.receipts"}, {NULL, NULL, NULL}};
static const struct cli_option open_options[] = {{"section", "NAME", "open this section only; may be repeated; default: all"}, STATEMENT_OPTIONS, {NULL, NULL, NULL}};
const struct cli_command command_cosign = {"cosign", "FILE", 1, 1, "sign a draft that another party wrote", "Read it first: it is plain JSON.", cosign_options, true, cosign_run};
const struct cli_command command_open = {"open", "FILE", 1, 1, "open what was sealed with --seal FILE", NULL, open_options, true, open_run};
