/* What this project's verifier says of signatures: reads lines "<A hex> <signature hex> <message hex>" and prints 1 or 0 for each. Used by
 * ed25519_test.py. */
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/note.h"

int main(void) {
    static char line[1 << 16];
    static uint8_t message[1 << 15];
    uint8_t key[32], signature[64];
    if (sodium_init() < 0) return 1;
    while (fgets(line, sizeof line, stdin) != NULL) {
        char *first = strchr(line, ' '), *second = first == NULL ? NULL : strchr(first + 1, ' ');
        if (second == NULL) return 1;
        size_t size = strcspn(second + 1, "\n");
        if (!hex_read((struct text){line, (size_t)(first - line)}, key, 32) || !hex_read((struct text){first + 1, (size_t)(second - first - 1)}, signature, 64) ||
            size % 2 != 0 || (size > 0 && !hex_read((struct text){second + 1, size}, message, size / 2)))
            return 1;
        puts(note_signature_verify((struct text){(const char *)message, size / 2}, signature, key) ? "1" : "0");
    }
    return 0;
}
