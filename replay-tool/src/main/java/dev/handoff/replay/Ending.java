package dev.handoff.replay;

import dev.handoff.codec.event.Outcome;

/** How a handoff ended, as far as the journal tells. */
public sealed interface Ending {

    /** As its {@code HandoffEnded} says; {@code reason} is empty for an ordinary commit. */
    record Ended(Outcome outcome, String reason) implements Ending {}

    /** It never began: the service could not take the request. */
    record Refused(String reason) implements Ending {}

    /** The journal ends in the middle of it. */
    record InFlight() implements Ending {}

    /** The record of its end is lost. */
    record Untold() implements Ending {}

    /** The name in command output and JSON. */
    default String word() {
        return switch (this) {
            case Ended ended -> ended.outcome().wireName();
            case Refused _ -> "refused";
            case InFlight _ -> "in_flight";
            case Untold _ -> "untold";
        };
    }

    /** Why, for people; may hold anything that a daemon said. Empty for an ordinary commit, and where nobody knows. */
    default String cause() {
        return switch (this) {
            case Ended ended -> ended.reason();
            case Refused refused -> refused.reason();
            case InFlight _ -> "";
            case Untold _ -> "the record of its end is lost";
        };
    }
}
