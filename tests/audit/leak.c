/* Owner first: what the server says of itself names nothing of another's flights and tracks that its reader may not read. */
#include <stdio.h>
#include <stdlib.h>

#include "inner.h"

struct word { char text[48]; };
/* May this party know the word from something that it reads, or said itself? */
static bool known_otherwise(const struct audit *a, int party, const char *word) {
    for (size_t i = 0; i < a->flights.count + a->gone_flights.count; i++) {
        const struct flight *f = i < a->flights.count ? a->flights.at[i] : a->gone_flights.at[i - a->flights.count];
        int ranks = flight_readable(a, f, party);
        for (int r = 0; r < RANKS; r++)
            if ((ranks >> r & 1) && (strcmp(f->section[r].callsign, word) == 0 || strcmp(f->section[r].icao24, word) == 0)) return true;
    }
    for (size_t i = 0; i < a->tracks.count + a->gone_tracks.count; i++) {
        const struct track *t = i < a->tracks.count ? a->tracks.at[i] : a->gone_tracks.at[i - a->tracks.count];
        if (feed_readable(a, t->feed, party) && (strcmp(t->identity, word) == 0 || strcmp(t->callsign, word) == 0)) return true;
    }
    return false;
}
static void search(struct audit *a, int party, const char *text, const char *word, const char *what) {
    char quoted[48];
    if (!*word) return;
    snprintf(quoted, sizeof quoted, "%s%s\"", strlen(word) == 32 ? "/" : "\"", word);
    a->figure[G_LEAKS]++;
    if (strstr(text, quoted) && !known_otherwise(a, party, word)) wrong(a, "owner first", "%s is told %s '%s', which it may not read", a->parties.at[party].name, what, word);
}
static void text_judge(struct audit *a, int party, const char *text) {
    for (size_t i = 0; i < a->flights.count; i++) {
        const struct flight *f = a->flights.at[i];
        if (flight_readable(a, f, party)) continue;
        search(a, party, text, f->id, "the flight");
        for (int r = 0; r < RANKS; r++) {
            search(a, party, text, f->section[r].callsign, "the callsign");
            search(a, party, text, f->section[r].icao24, "the address");
        }
    }
    for (size_t i = 0; i < a->tracks.count; i++) {
        const struct track *t = a->tracks.at[i];
        bool own = t->flight && t->flight->party == party;
        if (feed_readable(a, t->feed, party) || own) continue;
        search(a, party, text, t->identity, "the track");
        search(a, party, text, t->callsign, "the callsign");
    }
}
void leaks_judge(struct audit *a) {
    for (size_t i = 0; i < a->group.count; i++) {
        const struct record *r = &a->group.at[i];
        const json_t *j = r->told ? r->told : r->outcome;
        if (!j || r->party >= (int)a->parties.count || a->parties.at[r->party].operator_ || strcmp(text_of(j, "told"), "statement") == 0) continue;
        /* An alert that ends names what it named when it began (sides_judge), for who lost sight of it since: that there was one he has been told. */
        json_t *shown = json_copy((json_t *)(uintptr_t)j);
        if (strcmp(text_of(j, "told"), "alert") == 0 && strcmp(text_of(j, "state"), "ended") == 0) {
            json_object_del(shown, "own");
            json_object_del(shown, "other");
        }
        char *text = json_dumps(shown, JSON_COMPACT);
        json_decref(shown);
        if (text) text_judge(a, r->party, text);
        free(text);
    }
}
