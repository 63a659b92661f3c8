package dev.handoff.replay.verify;

import java.util.Optional;

/**
 * What contradicts what.
 *
 * @param at      the record that cannot be, or behind which something is wrong
 * @param against the record that it contradicts, if it is one record
 * @param text    for people
 */
public record Finding(Rule rule, At at, Optional<At> against, String text) {

    @Override
    public String toString() {
        return at + (against.isPresent() ? " against " + against.get() : "") + ": " + text + " [" + rule.wireName()
                + "]";
    }
}
