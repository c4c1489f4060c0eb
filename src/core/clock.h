/* Internal to src/core: the passing of time. */
#ifndef PARLEY_CORE_CLOCK_H
#define PARLEY_CORE_CLOCK_H

#include "core/handlers.h"

HANDLER(tick);

#endif
