#include <assert.h>

#include "core/statement.h"

static const char *const names[STATEMENT_KINDS] = {
    [KIND_GENESIS] = "genesis",
    [KIND_SETTINGS] = "settings",
    [KIND_PARTY] = "party",
    [KIND_KEY] = "key",
    [KIND_KEY_REVOKE] = "key/revoke",
    [KIND_KEY_RECOVER] = "key/recover",
    [KIND_KEY_OBJECT] = "key/object",
    [KIND_AGREEMENT] = "agreement",
    [KIND_AGREEMENT_SUSPEND] = "agreement/suspend",
    [KIND_AGREEMENT_RESUME] = "agreement/resume",
    [KIND_AGREEMENT_LEAVE] = "agreement/leave",
    [KIND_AREA] = "area",
    [KIND_AREA_END] = "area/end",
    [KIND_FEED] = "feed",
    [KIND_NOTICE] = "notice",
    [KIND_NOTICE_ACTIVATE] = "notice/activate",
    [KIND_NOTICE_OVER] = "notice/over",
    [KIND_NOTICE_CANCEL] = "notice/cancel",
    [KIND_OPEN] = "open",
    [KIND_FLIGHT] = "flight",
    [KIND_FLIGHT_ACTIVATE] = "flight/activate",
    [KIND_FLIGHT_END] = "flight/end",
    [KIND_FLIGHT_CANCEL] = "flight/cancel",
    [KIND_FLIGHT_RELEASE] = "flight/release",
    [KIND_JOIN] = "join",
    [KIND_JOIN_UNDO] = "join/undo",
    [KIND_ACK] = "ack",
    [KIND_HOLD] = "hold",
    [KIND_HOLD_ANSWER] = "hold/answer",
    [KIND_MESSAGE] = "message",
    [KIND_CLOCK] = "clock",
    [KIND_FRAME] = "frame",
    [KIND_DSS] = "dss",
    [KIND_TICK] = "tick",
    [KIND_CONTINUE] = "continue",
    [KIND_SNAPSHOT] = "snapshot",
    [KIND_SNAPSHOT_DIGEST] = "snapshot/digest",
    [KIND_CAPACITY] = "capacity",
    [KIND_GROW] = "grow",
    [KIND_BRIDGE] = "bridge",
    [KIND_COSIGNED] = "cosigned",
};

const char *statement_kind_name(enum statement_kind k) {
    assert((unsigned)k < STATEMENT_KINDS && names[k] != NULL);
    return names[k];
}

bool statement_kind_read(struct text in, enum statement_kind *out) {
    for (int k = 0; k < STATEMENT_KINDS; k++)
        if (text_is(in, names[k])) {
            *out = (enum statement_kind)k;
            return true;
        }
    return false;
}
