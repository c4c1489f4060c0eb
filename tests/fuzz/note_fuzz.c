/* Any bytes as a signed note, a public key line, a secret key line. What is taken stands for its bytes: written again from its pieces it
 * is the same text, so that two readers cannot see two notes in one. */
#include "fuzz.h"

#include "base/note.h"

static uint8_t public_key[32], secret[64];
#define NAME "exercise/aramoor/root"

static void start(void) {
    static const uint8_t from[32] = {1};
    if (secret[0] == 0) note_key_from_seed(from, secret, public_key);
}

static void seeds(void) {
    char room[4096];
    struct append a = append_fixed(room, sizeof room);
    start();
    static const char *const texts[] = {"parley/1 statement sorrel.example/exercise\n{\"a\":1}\n", "a\n\nb\n", "sorrel.example/exercise\n17\nAAAA\n"};
    for (unsigned i = 0; i < 3; i++) {
        append_reset(&a);
        append_char(&a, 'n');
        append_str(&a, texts[i]);
        append_char(&a, '\n');
        note_sign(&a, text_of(texts[i]), TEXT(NAME), secret);
        if (i == 1) note_sign(&a, text_of(texts[i]), TEXT("witness"), secret);
        seed("note", i, a.at, a.size);
    }
    append_reset(&a);
    append_char(&a, 'p');
    note_vkey(&a, TEXT(NAME), public_key);
    seed("public", 0, a.at, a.size);
    append_reset(&a);
    append_char(&a, 's');
    note_skey(&a, TEXT(NAME), secret);
    seed("secret", 0, a.at, a.size);
}

static void as_note(struct text in) {
    struct note n;
    struct fault f = {0};
    result r = note_parse(in, &n, &f);
    check_fault(r, &f);
    if (!result_is_ok(r)) return;
    assert(n.count >= 1 && n.count <= NOTE_LINES && n.text.size > 0 && n.text.at == in.at);
    struct append again = append_growing(1 << 20), once = append_growing(1 << 20);
    append_text(&again, n.text);
    append_char(&again, '\n');
    for (uint32_t i = 0; i < n.count; i++) {
        const struct note_line *l = &n.lines[i];
        uint8_t bytes[NOTE_LINE_BYTES];
        assert(note_name_valid(l->name) && l->size > 0);
        append_format(&again, "\xE2\x80\x94 %.*s %.*s\n", TEXT_ARG(l->name), TEXT_ARG(l->base64));
        assert(note_line_signature(l, bytes, l->size) && !note_line_signature(l, bytes, l->size + 1));
        /* Base64 has one spelling. */
        append_reset(&once);
        uint8_t whole[4 + NOTE_LINE_BYTES];
        memcpy(whole, l->key_id, 4);
        memcpy(whole + 4, bytes, l->size);
        append_base64(&once, whole, 4 + l->size);
        assert(text_equal(append_view(&once), l->base64));
        bool good = note_line_verify(&n, l, TEXT(NAME), public_key);
        assert(!good || (l->size == 64 && text_is(l->name, NAME) && note_verify(&n, TEXT(NAME), public_key)));
        for (uint32_t k = 0; k < i; k++)
            assert(memcmp(n.lines[k].key_id, l->key_id, 4) != 0 || !text_equal(n.lines[k].name, l->name));
    }
    assert(text_equal(append_view(&again), in));
    append_free(&again);
    append_free(&once);
}

static void as_key(struct text in, bool is_secret) {
    struct text name;
    struct fault f = {0};
    uint8_t key[64];
    char room[512];
    struct append a = append_fixed(room, sizeof room);
    result r = is_secret ? note_skey_read(in, &name, key, &f) : note_vkey_read(in, &name, key, &f);
    check_fault(r, &f);
    if (!result_is_ok(r)) return;
    if (is_secret) note_skey(&a, name, key);
    else note_vkey(&a, name, key);
    assert(text_equal(append_view(&a), in));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
    start();
    if (size < 1) return 0;
    struct text in = {(const char *)bytes + 1, size - 1};
    if (bytes[0] == 'p' || bytes[0] == 's') as_key(in, bytes[0] == 's');
    else as_note(in);
    return 0;
}
