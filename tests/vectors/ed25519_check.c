/* What this project's verifier says of signatures: reads lines "<A hex> <signature hex> <message hex>" and prints 1 or 0 for each. Used by
 * ed25519_test.py. */
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/note.h"

static bool verify(const uint8_t key[32], const uint8_t signature[64], struct text message) {
    uint8_t bytes[68];
    char base64[128];
    note_key_id(TEXT("k"), key, bytes);
    memcpy(bytes + 4, signature, 64);
    struct append a = append_fixed(base64, sizeof base64);
    append_base64(&a, bytes, sizeof bytes);
    static struct note n;
    n = (struct note){.text = message, .count = 1};
    n.lines[0] = (struct note_line){.name = TEXT("k"), .base64 = append_view(&a), .size = 64};
    memcpy(n.lines[0].key_id, bytes, 4);
    return note_verify(&n, TEXT("k"), key);
}

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
        puts(verify(key, signature, (struct text){(const char *)message, size / 2}) ? "1" : "0");
    }
    return 0;
}
