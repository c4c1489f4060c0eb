/* What a person types: values of options, key files, as text with any bytes but zero. What is taken makes JSON that the server can read, what is
 * not names the option. Input: what it is, then the values, each ended by a line feed. */
#include "fuzz.h"

#include "base/json.h"
#include "base/note.h"
#include "cli/volume.h"
#include "cli/settings_file.h"
#include "core/compose.h"

#define NOW (INT64_C(1795413600) * INSTANT_SECOND)
static struct json_reader *json;

static void seeds(void) {
    static const char *const examples[] = {"\1+90m\n", "\1" "14:30\n", "\1" "2026-11-23T10:00:00Z\n", "\2" "5NM\n", "\2" "9.26km\n", "\3" "15m\n", "\4" "FL080\n", "\4" "4500ft:W84\n", "\4UNL\n",
        "\5-47.1,-126.2\n", "\6-46.7,-126.4,15NM\nSFC\nFL250\n+5m\n+30m\n", "\7" "10NM -47.3,-127.3 -46.1,-125.5\nFL160\nFL200\n+0s\n+2h\n",
        "\10-50,170 -50,-170 -40,-170\nSFC\nUNL\n2026-11-23T10:00:00Z\n12:00\n", "\11" "4294967295\n",
        "\14# served\nlisten localhost:8420\nrate-party 500\nlog-level debug\nbehind-proxy\n\ttls-cert  /etc/parley/chain.pem \r\n"};
    for (unsigned i = 0; i < sizeof examples / sizeof *examples; i++) seed_text("value", i, examples[i]);
    struct append a = append_growing(4096);
    uint8_t secret[64], public_key[32], from[32] = {9};
    note_key_from_seed(from, secret, public_key);
    append_char(&a, 10);
    note_skey(&a, TEXT("exercise/aramoor/root"), secret);
    append_char(&a, '\n');
    seed("secret", 0, a.at, a.size);
    append_reset(&a);
    append_char(&a, 11);
    note_vkey(&a, TEXT("exercise/aramoor/root"), public_key);
    append_char(&a, '\n');
    seed("public", 0, a.at, a.size);
    append_free(&a);
}

/* `text` in braces or not is JSON as the server reads it. */
static void check_json(const struct append *out, bool braces) {
    struct append whole = append_growing(1 << 22);
    const struct json *top;
    struct fault f = {0};
    append_str(&whole, braces ? "{\"x\":" : "{");
    append_text(&whole, append_view(out));
    append_char(&whole, '}');
    result r = json_parse(json, append_view(&whole), JSON_PARLEY, &top, &f);
    if (!result_is_ok(r)) fprintf(stderr, "%.*s: %s\n", TEXT_ARG(append_view(&whole)), f.message);
    assert(result_is_ok(r));
    append_free(&whole);
}

static void check_option(result r, const struct fault *f) {
    check_fault(r, f);
    assert(result_is_ok(r) || (f->field[0] == '-' && f->field[1] == '-'));
}

static void as_volumes(const char *shape, const char *const *values) {
    static const struct cli_command command = {.name = "notice file"};
    struct cli c = {.command = &command};
    static const char *const names[] = {"", "lower", "upper", "from", "to"};
    struct append out = append_growing(1 << 20);
    struct fault f = {0};
    for (unsigned i = 0; i < 5; i++)
        if (values[i][0] != '\0') c.values[c.value_count++] = (struct cli_value){i == 0 ? shape : names[i], values[i]};
    result r = volume_list(&c, true, NOW, &out, &f);
    check_option(r, &f);
    if (result_is_ok(r)) check_json(&out, false);
    append_free(&out);
}

static void as_keys(struct text in, bool secret) {
    struct compose_key_file file;
    struct fault f = {0};
    struct text name;
    struct hash key;
    result r = secret ? compose_key_read(in, &file, &f) : compose_public_key_read(in, &name, &key, &f);
    check_fault(r, &f);
    if (!result_is_ok(r)) return;
    struct append line = append_growing(4096), public_line = append_growing(4096);
    struct text again_name;
    struct hash again;
    if (secret) {
        struct compose_key_file same;
        compose_key_write(file.name, file.secret, &line, &public_line);
        r = compose_key_read(append_view(&line), &same, &f);
        assert(result_is_ok(r) && memcmp(same.secret, file.secret, sizeof same.secret) == 0 && text_equal(same.name, file.name));
        r = compose_public_key_read(append_view(&public_line), &again_name, &again, &f);
        assert(result_is_ok(r) && hash_equal(&again, &file.public_key) && text_equal(again_name, file.name));
    } else {
        note_vkey(&line, name, key.bytes);
        r = compose_public_key_read(append_view(&line), &again_name, &again, &f);
        assert(result_is_ok(r) && hash_equal(&again, &key) && text_equal(again_name, name));
    }
    append_free(&line);
    append_free(&public_line);
}

/* The settings of `parley serve`: what is taken are options, each once, with a value where it wants one. */
static void as_settings(struct text in) {
    static struct settings_file file;
    struct fault f = {0};
    file.text = append_growing(DOOR_SETTINGS_BYTES);
    append_text(&file.text, in);
    result r = settings_file_read("settings", serve_options, &file.text, &file, &f);
    check_fault(r, &f);
    assert(file.count <= DOOR_SETTINGS);
    for (unsigned i = 0; result_is_ok(r) && i < file.count; i++) {
        const struct cli_option *o = serve_options;
        while (o->name != file.values[i].name) o++; /* it is the table's own name */
        assert((o->value == NULL) == (file.values[i].value[0] == '\0') && settings_file_get(&file, o->name) == file.values[i].value);
    }
    settings_file_free(&file);
}

static void as_value(uint8_t what, const char *value) {
    struct append out = append_growing(1 << 20);
    struct fault f = {0};
    instant t;
    uint64_t n;
    switch (what) {
    case 1: {
        result r = volume_instant("--from", value, NOW, &t, &f);
        check_option(r, &f);
        /* Clock times and spans are of digits and their own signs alone. */
        if (result_is_ok(r)) assert(strspn(value, "0123456789+-:.TtZzsmhd") == strlen(value));
        break;
    }
    case 2: {
        result r = volume_metres("--width", value, &out, &f);
        check_option(r, &f);
        if (result_is_ok(r)) check_json(&out, true);
        break;
    }
    case 3: check_option(volume_seconds("--tail", value, &n, &f), &f); break;
    case 4: {
        result r = volume_altitude("--upper", value, true, &out, &f);
        check_option(r, &f);
        if (result_is_ok(r)) check_json(&out, true);
        break;
    }
    case 5: {
        result r = volume_position("--circle", text_of(value), &out, &f);
        check_option(r, &f);
        if (result_is_ok(r)) check_json(&out, true);
        break;
    }
    default: {
        result r = cli_number("--capacity", value, 1, UINT32_MAX, &n, &f);
        check_option(r, &f);
        if (result_is_ok(r)) assert(n >= 1 && n <= UINT32_MAX && strspn(value, "0123456789") == strlen(value));
    }
    }
    append_free(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
    if (json == NULL) json = json_reader_new(1 << 20);
    if (size < 1) return 0;
    if (bytes[0] == 12) {
        as_settings((struct text){(const char *)bytes + 1, size - 1});
        return 0;
    }
    if (bytes[0] == 10 || bytes[0] == 11) {
        as_keys((struct text){(const char *)bytes + 1, size - 1}, bytes[0] == 10);
        return 0;
    }
    char *text = malloc(size + 8);
    memset(text, 0, size + 8);
    const char *values[5] = {"", "", "", "", ""};
    memcpy(text, bytes + 1, size - 1);
    for (char *at = text, **v = (char **)(uintptr_t)values; v < (char **)(uintptr_t)values + 5 && *at != '\0'; v++) {
        *v = at;
        at = strchrnul(at, '\n');
        if (*at != '\0') *at++ = '\0';
    }
    switch (bytes[0]) {
    case 6: as_volumes("circle", values); break;
    case 7: as_volumes("corridor", values); break;
    case 8: as_volumes("polygon", values); break;
    default: as_value(bytes[0], values[0]);
    }
    free(text);
    return 0;
}
