package dev.handoff.participant;

import dev.handoff.participant.session.SessionTerms;
import org.slf4j.event.Level;

/**
 * What stays the same from this process's start to its end, whichever stage it is in.
 *
 * @param rehearsed whether this is one of a {@link Rehearsal}
 */
record Generation(ParticipantConfig config, SessionTerms terms, SessionClock clock, InheritedListeners listeners,
        boolean rehearsed) {

    Generation(ParticipantConfig config, SessionTerms terms, SessionClock clock, InheritedListeners listeners) {
        this(config, terms, clock, listeners, false);
    }

    /** The level at which a handoff's course is logged. */
    Level story() {
        return rehearsed ? Level.TRACE : Level.INFO;
    }
}
