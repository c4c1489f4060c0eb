/* Internal to src/core: settings, complete in the state, partial in statements (absent = INT64_MIN). */
#ifndef PARLEY_CORE_SETTINGS_H
#define PARLEY_CORE_SETTINGS_H

#include "core/statement.h"

extern const struct body_settings settings_default;
/* Would `now` with `change` merged in make sense? RESULT_RANGE names the member. */
result settings_check_body(const struct body_settings *change, const struct body_settings *now, struct fault *f);
void settings_merge(struct body_settings *now, const struct body_settings *change);

#endif
