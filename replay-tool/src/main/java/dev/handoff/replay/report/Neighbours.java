package dev.handoff.replay.report;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

import dev.handoff.replay.HandoffSummary;

/** The handoffs around one of them, collected while a journal's handoffs go by, however many those are. One thread. */
final class Neighbours {

    private final HandoffSummary chosen;
    private final int most;
    private final Deque<HandoffSummary> kept = new ArrayDeque<>();
    private boolean met;
    private int after;
    private long seen;

    /**
     * @param chosen is among those that go by
     * @param most   how many to keep, with the chosen one; half of them come after it, where there are so many
     */
    Neighbours(HandoffSummary chosen, int most) {
        this.chosen = chosen;
        this.most = most;
    }

    /** Always true: all are counted. */
    boolean take(HandoffSummary summary) {
        seen++;
        boolean enough = met && after >= most / 2 && kept.size() >= most;
        if (!enough) {
            kept.addLast(summary);
            after += met ? 1 : 0;
            met |= summary.id().equals(chosen.id());
        }
        if (kept.size() > most) {
            kept.removeFirst();
        }
        return true;
    }

    /** Without the chosen one, newest first. */
    List<HandoffSummary> others() {
        List<HandoffSummary> others = new ArrayList<>(kept.reversed());
        others.removeIf(each -> each.id().equals(chosen.id()));
        return others;
    }

    /** How many have gone by. */
    long seen() {
        return seen;
    }
}
