/* The portable SHA-256 under the tests of the other one. Its names are changed so that both can be linked. */
#define PARLEY_NO_OPENSSL 1
#define sha256_init plain_sha256_init
#define sha256_update plain_sha256_update
#define sha256_final plain_sha256_final
#define sha256_of plain_sha256_of
#define hmac_key_init plain_hmac_key_init
#define hmac_of plain_hmac_of
#define hash_equal plain_hash_equal
#include "base/sha256.c" /* NOLINT(bugprone-suspicious-include) */

#include "sha256_test.c" /* NOLINT(bugprone-suspicious-include) */
