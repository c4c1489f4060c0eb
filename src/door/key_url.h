/* Where keys of issuers are fetched, as text: what of it may be shown, and whether the way there can be trusted. */
#ifndef PARLEY_DOOR_KEY_URL_H
#define PARLEY_DOOR_KEY_URL_H

#include "base/bytes.h"

bool key_url_is(const char *source); /* http:// or https://; else a file */
/* For logs, errors, figures: without name and password, and of the query only that there is one; a file as it is. */
void key_url_show(const char *source, struct append *out);
struct text key_url_secret(const char *source); /* name and password in it; empty: none */
/* Plain http to another machine than this one (localhost, 127.0.0.0/8, [::1]): whoever is on the line decides which keys come. */
bool key_url_open_line(const char *source);

#endif
