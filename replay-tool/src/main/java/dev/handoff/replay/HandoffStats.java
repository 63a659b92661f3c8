package dev.handoff.replay;

import java.util.Collection;
import java.util.Collections;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BiConsumer;

/**
 * How many handoffs there were of each service, how they ended and how long they took. Its memory grows with the number of services
 * alone. One thread.
 *
 * <p>
 * Times are of the handoffs that ended: one in flight, one that was refused, and one whose end is lost are only counted.
 */
public final class HandoffStats {

    /** The words of {@link Ending#word}, in the order in which they are shown. */
    public static final List<String> OUTCOMES = List.of("committed", "rolled_back", "indeterminate", "refused",
            "in_flight", "untold");

    private final Map<String, OfService> services = new TreeMap<>();

    /** What was counted and measured of one service. */
    public static final class OfService {
        private final Map<String, Long> outcomes = new LinkedHashMap<>();
        private final Map<Phase, Quantiles> phases = new EnumMap<>(Phase.class);
        private final Quantiles writerGap = new Quantiles();
        private final Quantiles total = new Quantiles();
        private long handoffs;
        private long takenOver;

        private OfService() {
            for (String outcome : OUTCOMES) {
                outcomes.put(outcome, 0L);
            }
        }

        private void add(HandoffSummary summary) {
            handoffs++;
            takenOver += summary.takeovers() > 0 ? 1 : 0;
            outcomes.merge(summary.ending().word(), 1L, Long::sum);
            if (!(summary.ending() instanceof Ending.Ended)) {
                return;
            }
            total.add(summary.totalNs());
            summary.writerGapNs().ifPresent(writerGap::add);
            for (Phase phase : Phase.values()) {
                summary.inPhaseNs(phase)
                        .ifPresent(ns -> phases.computeIfAbsent(phase, _ -> new Quantiles()).add(ns));
            }
        }

        public long handoffs() {
            return handoffs;
        }

        /** Those that a second coordinator went on with, because the first had died. */
        public long takenOver() {
            return takenOver;
        }

        /** How many ended so, by {@link Ending#word}, zeros included, in the order in which they are shown. */
        public Map<String, Long> outcomes() {
            return Collections.unmodifiableMap(outcomes);
        }

        /** The phases that occurred, in a handoff's order; all visits of one handoff together are one value. */
        public Map<Phase, Quantiles> phases() {
            return Collections.unmodifiableMap(phases);
        }

        /** Of those in which the writer paused. */
        public Quantiles writerGap() {
            return writerGap;
        }

        public Quantiles total() {
            return total;
        }
    }

    /** Takes a handoff. */
    public void add(HandoffSummary summary) {
        services.computeIfAbsent(summary.serviceName(), _ -> new OfService()).add(summary);
    }

    /** The services that had a handoff, in the order of their names. */
    public Collection<String> services() {
        return Collections.unmodifiableSet(services.keySet());
    }

    /** Shows each service's numbers, in the order of the names. */
    public void each(BiConsumer<String, OfService> action) {
        services.forEach(action);
    }
}
