/* The number of the core's rules: what a journal means. Raise it with every change after which some journal gives another outcome, another told record or
 * another state than before (a new reason, an order of checks, a distance, a bound of work, what is done at a tick), not for one that only makes it faster.
 * tests/core/rules_test.c finds most such changes and pins what the rules of this number give.
 *
 * A snapshot bears the number of the rules under which its state came about. One of other rules is passed over: the whole journal then shows whether it
 * still means what it meant. */
#ifndef PARLEY_CORE_RULES_H
#define PARLEY_CORE_RULES_H

#define CORE_RULES 20

#endif
