package dev.handoff.replay.verify;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Collects the first findings and counts all. One thread. */
final class Findings {

    /** The first one is the cause; what follows from it may be anything. */
    private static final int KEPT = 100;

    private final List<Finding> kept = new ArrayList<>();
    private long count;

    void add(Rule rule, At at, At against, String text) {
        add(new Finding(rule, at, Optional.of(against), text));
    }

    void add(Rule rule, At at, String text) {
        add(new Finding(rule, at, Optional.empty(), text));
    }

    private void add(Finding finding) {
        count++;
        if (kept.size() < KEPT) {
            kept.add(finding);
        }
    }

    List<Finding> kept() {
        return List.copyOf(kept);
    }

    long count() {
        return count;
    }
}
