/* Are two decoded calls the same, whatever memory they lie in? */
#ifndef PARLEY_TEST_CORE_DSS_SAME_H
#define PARLEY_TEST_CORE_DSS_SAME_H

#include "core/dss.h"

#include <string.h>

static inline bool dss_same_extent(const struct dss_extent *a, const struct dss_extent *b) {
    if (a->count != b->count || a->has_lower != b->has_lower || a->has_upper != b->has_upper || a->has_start != b->has_start || a->has_end != b->has_end) return false;
    if (a->lower_cm != b->lower_cm || a->upper_cm != b->upper_cm || a->start != b->start || a->end != b->end) return false;
    for (uint32_t i = 0; i < a->count; i++) {
        const struct shape *s = &a->shapes[i], *t = &b->shapes[i];
        if (s->kind != t->kind || s->count != t->count || s->reach_cm != t->reach_cm) return false;
        if (memcmp(s->at, t->at, s->count * sizeof *s->at) != 0) return false;
    }
    return true;
}

static inline bool dss_same(const struct dss_request *a, const struct dss_request *b) {
    const struct text *const x[] = {&a->manager, &a->issuer, &a->request, &a->version, &a->base_url, &a->new_base_url, &a->uss, &a->old_version, &a->report};
    const struct text *const y[] = {&b->manager, &b->issuer, &b->request, &b->version, &b->base_url, &b->new_base_url, &b->uss, &b->old_version, &b->report};
    for (size_t i = 0; i < sizeof x / sizeof *x; i++)
        if (!text_equal(*x[i], *y[i])) return false;
    if (a->key_count != b->key_count) return false;
    for (uint32_t i = 0; i < a->key_count; i++)
        if (!text_equal(a->key[i], b->key[i])) return false;
    return a->route == b->route && a->scopes == b->scopes && a->plain_http == b->plain_http && memcmp(a->entropy, b->entropy, sizeof a->entropy) == 0 && id_equal(&a->id, &b->id) &&
           a->has_version == b->has_version && a->has_extent == b->has_extent && dss_same_extent(&a->extent, &b->extent) && a->state == b->state &&
           a->has_subscription == b->has_subscription && id_equal(&a->subscription, &b->subscription) && a->new_subscription == b->new_subscription &&
           a->new_for_constraints == b->new_for_constraints && a->has_suffix == b->has_suffix && id_equal(&a->suffix, &b->suffix) && a->for_intents == b->for_intents &&
           a->for_constraints == b->for_constraints && a->availability == b->availability && a->has_earliest == b->has_earliest && a->has_latest == b->has_latest &&
           a->earliest == b->earliest && a->latest == b->latest;
}

#endif
