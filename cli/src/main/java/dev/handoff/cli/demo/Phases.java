package dev.handoff.cli.demo;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.OptionalLong;
import java.util.function.Function;

import dev.handoff.replay.HandoffTrail;

/**
 * Where one handoff's time went, by the journal's own clock; empty where it never came so far.
 *
 * @param drainNs       from {@code PrepareHandoff} to {@code Drained}
 * @param sealNs        from {@code SealRequest} to {@code SealComplete}
 * @param beginToReadyNs from {@code Begin} to {@code Ready}
 * @param commitNs      from {@code Ready} to {@code Commit}
 */
record Phases(OptionalLong drainNs, OptionalLong sealNs, OptionalLong beginToReadyNs, OptionalLong commitNs) {

    static final Phases NONE = new Phases(OptionalLong.empty(), OptionalLong.empty(), OptionalLong.empty(),
            OptionalLong.empty());

    static Phases of(HandoffTrail trail) {
        return new Phases(trail.betweenNs(HandoffTrail.PREPARE, HandoffTrail.DRAINED),
                trail.betweenNs(HandoffTrail.SEAL_REQUEST, HandoffTrail.SEAL_COMPLETE),
                trail.betweenNs(HandoffTrail.BEGIN, HandoffTrail.READY),
                trail.betweenNs(HandoffTrail.READY, HandoffTrail.COMMIT));
    }

    /** The middle and the longest of several times; zero where there are none. */
    record Spread(long p50Ns, long maxNs) {

        /** By nearest rank: the smaller middle one of an even number. */
        static <T> Spread of(Collection<T> all, Function<T, OptionalLong> part) {
            List<Long> sorted = new ArrayList<>();
            all.forEach(each -> part.apply(each).ifPresent(sorted::add));
            sorted.sort(null);
            return sorted.isEmpty()
                    ? new Spread(0, 0)
                    : new Spread(sorted.get((sorted.size() - 1) / 2), sorted.getLast());
        }
    }
}
