package dev.handoff.participant;

import dev.handoff.participant.session.SessionTerms;

/** What stays the same from this process's start to its end, whichever stage it is in. */
record Generation(ParticipantConfig config, SessionTerms terms, SessionClock clock, InheritedListeners listeners) {}
