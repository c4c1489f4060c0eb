#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#undef fail /* cmocka's macro; ours is a function */

#include "base/json.h"
#include "door/problem.h"

static void render(const struct problem *p, struct append *out) {
    append_reset(out);
    problem_render(p, TEXT("0123456789abcdef"), out);
    assert_false(out->full);
}

static void every_code_has_a_status(void **state) {
    (void)state;
    for (int c = RESULT_MALFORMED; c < RESULT_CODES; c++) {
        unsigned s = problem_status((enum result_code)c);
        assert_true(s >= 400 && s <= 599);
    }
    for (int r = REASON_WRONG_LOG; r < REASONS; r++) {
        unsigned s = problem_reason_status((enum reason)r);
        assert_true(s == 403 || s == 404 || s == 409 || s == 422 || s == 507);
    }
}

/* Each status that a code or a reason can have has a title of its own; another has one too. */
static void every_status_has_a_title(void **state) {
    static char room[8192];
    struct append out = append_fixed(room, sizeof room);
    (void)state;
    for (int c = RESULT_MALFORMED; c < RESULT_CODES + REASONS; c++) {
        if (c >= RESULT_CODES && c - RESULT_CODES < REASON_WRONG_LOG) continue;
        unsigned status = c < RESULT_CODES ? problem_status((enum result_code)c) : problem_reason_status((enum reason)(c - RESULT_CODES));
        render(&(struct problem){.status = status, .code = "x"}, &out);
        assert_null(memmem(out.at, out.size, "\"An error\"", 10));
    }
    render(&(struct problem){.status = 418, .code = "x"}, &out);
    assert_non_null(memmem(out.at, out.size, "\"An error\"", 10));
}

static void is_json_with_every_member(void **state) {
    static char room[8192];
    struct append out = append_fixed(room, sizeof room);
    struct json_reader *reader = json_reader_new(sizeof room);
    const struct json *top;
    struct fault f;
    (void)state;
    (void)fail(&f, RESULT_RANGE, "/volumes/2/lower", "\"\xe2\x80\xae\" & <b> of %d", 3);
    struct problem p = problem_of(&f);
    p.value = TEXT("a\"b\\c\n\x01");
    p.has_value = true;
    p.extension = TEXT(",\"place\":7");
    render(&p, &out);
    assert_true(result_is_ok(json_parse(reader, append_view(&out), JSON_PARLEY, &top, &f)));
    const char *const names[] = {"type", "title", "status", "detail", "code", "field", "rule", "value", "place", "request"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) assert_non_null(json_member(top, names[i]));
    assert_true(text_is(json_member(top, "type")->string, "urn:parley:problem:range"));
    assert_true(text_is(json_member(top, "status")->string, "422"));
    json_reader_free(reader);
}

static void forbidden_reads_as_unknown(void **state) {
    static char a_room[4096], b_room[4096];
    struct append a = append_fixed(a_room, sizeof a_room), b = append_fixed(b_room, sizeof b_room);
    struct fault f, g;
    (void)state;
    (void)fail(&f, RESULT_FORBIDDEN, "/id", "belongs to velland");
    (void)fail(&g, RESULT_NOT_FOUND, "/other", "no such notice");
    struct problem p = problem_of(&f), q = problem_of(&g);
    render(&p, &a);
    render(&q, &b);
    assert_true(text_equal(append_view(&a), append_view(&b)));
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_code_has_a_status), cmocka_unit_test(every_status_has_a_title), cmocka_unit_test(is_json_with_every_member),
                                       cmocka_unit_test(forbidden_reads_as_unknown)};
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("problem", tests, NULL, NULL);
}
