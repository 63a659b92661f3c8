package dev.handoff.simulator;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** The mutants by name. */
public final class Mutants {

    private record Named(String description, Mutant mutant) {}

    private static final Map<String, Named> BY_NAME = byName();

    private Mutants() {}

    private static Map<String, Named> byName() {
        Map<String, Named> mutants = new LinkedHashMap<>();
        mutants.put("effect-before-append",
                new Named("a message is written before it is in the journal", new LateAppends(LateAppends.Which.SENT)));
        mutants.put("consume-before-append", new Named("a frame is taken from its socket before it is in the journal",
                new LateAppends(LateAppends.Which.RECEIVED)));
        mutants.put("unlock-before-seal",
                new Named("a daemon releases its lock when the seal begins, not when it is done", new EarlyUnlock()));
        mutants.put("begin-before-seal-complete", new Named(
                "the successor is told to begin when the incumbent is told to seal", new EarlyBegin()));
        mutants.put("ready-ungated",
                new Named("a successor is committed whatever its Ready and the kernel's lock table say",
                        new NoGates()));
        mutants.put("seal-repeated-unfenced", new Named(
                "after a restart a SealRequest in doubt is written again without a fence", new BlindSeal()));
        mutants.put("resume-before-reap",
                new Named("the incumbent is told to resume while the successor still lives", new EarlyResume()));
        mutants.put("drop-high-water",
                new Named("a journal that lost its end looks as if it were whole", new NoHighWater()));
        mutants.put("store-forgets", new Named("the sessions are not parked", new NoParking()));
        mutants.put("drained-unsynced",
                new Named("a daemon says Drained with a client's write unfinished", new HastyDrain()));
        return Collections.unmodifiableMap(mutants);
    }

    /** What each of them breaks, in a line, by name. */
    public static Map<String, String> descriptions() {
        Map<String, String> descriptions = new LinkedHashMap<>();
        BY_NAME.forEach((name, named) -> descriptions.put(name, named.description()));
        return descriptions;
    }

    static Optional<Mutant> named(String name) {
        return Optional.ofNullable(BY_NAME.get(name)).map(Named::mutant);
    }
}
