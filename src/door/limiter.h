/* How many requests a second a party (with a session), a manager (with an access token) or an address (without either) may make, and how many signatures that do not verify it
 * may send. All who have no session have a common rate too: beyond it each address is left its modest share, so that many
 * addresses together starve nobody who asks little. Bounded: addresses share a table; under pressure the fullest bucket, which
 * is the one that least needs remembering, is forgotten. */
#ifndef PARLEY_DOOR_LIMITER_H
#define PARLEY_DOOR_LIMITER_H

#include <stdbool.h>
#include <stdint.h>

struct limiter;
/* Requests a second; NULL without memory. */
struct limiter *limiter_new(uint32_t parties, uint32_t party_rate, uint32_t address_rate);
void limiter_free(struct limiter *l);
void limiter_rates(struct limiter *l, uint32_t party_rate, uint32_t address_rate); /* from now on */
void limiter_manager_rate(struct limiter *l, uint32_t rate);                       /* the same; DOOR_RATE_MANAGER until told */
/* Takes one; false: none is left (429). `now_ms` is monotonic. */
bool limiter_party(struct limiter *l, uint16_t party, int64_t now_ms);
bool limiter_manager(struct limiter *l, uint32_t row, int64_t now_ms); /* of managers.h */
bool limiter_address(struct limiter *l, const uint8_t address[16], int64_t now_ms);
/* Signatures: whoever comes with a session is judged by its party, else by its address (party: PARTY_NONE or any above those there are).
 * May one more be verified, after so many that failed? */
bool limiter_may_verify(struct limiter *l, uint16_t party, const uint8_t address[16], int64_t now_ms);
void limiter_failed(struct limiter *l, uint16_t party, const uint8_t address[16], int64_t now_ms);

#endif
