package dev.handoff.replay.verify;

/** What a sound journal keeps. */
public enum Rule {
    /** Every record is there, whole, in its place. */
    BYTES("bytes"),
    /** No writer found records lost. */
    NO_LOSS("no-loss"),
    /** Every record is one of this release's. */
    UNDERSTOOD("understood"),
    /** An epoch begins as a coordinator begins. */
    BEGINNING("beginning"),
    /** Within an epoch time does not go back, and the mark's epoch is the last. */
    TIME("time"),
    /** A snapshot holds the state that the records before it lead to. */
    SNAPSHOT("snapshot"),
    /** What the coordinator sent, started and decided is what the core ordered, in its turn. */
    ORDERED("ordered"),
    /** The core has an answer to every record. */
    CORE("core"),
    /** A record names the service, the handoff and the request that it can be about. */
    STAMP("stamp"),
    /** What is heard comes on a session that is open, and follows what came before on it. */
    SESSION("session"),
    /** Only a process that runs can end. */
    PROCESS("process"),
    /** Only a timer that was armed fires, and not before its time. */
    TIMER("timer"),
    /** What answers an order follows that order. */
    ANSWER("answer"),
    /** A seal is asked for only after the drain. */
    DRAIN_BEFORE_SEAL("drain-before-seal"),
    /** A successor begins only after the seal, or the incumbent's death. */
    SEAL_BEFORE_BEGIN("seal-before-begin"),
    /** An incumbent is let go only after its SealComplete. */
    SEAL_BEFORE_COMMIT("seal-before-commit"),
    /** Nothing is committed without its gates. */
    GATES_BEFORE_COMMIT("gates-before-commit"),
    /** A gate says what the successor and the kernel said. */
    GATE("gate"),
    /** One handoff is in flight per service. */
    ONE_IN_FLIGHT("one-in-flight"),
    /** The successor is dead and reaped before the incumbent resumes. */
    REAP_BEFORE_RESUME("reap-before-resume"),
    /** An incumbent seals once in a handoff. */
    SEALED_ONCE("sealed-once"),
    /** A handoff ends once, and nothing of it follows. */
    ONE_END("one-end"),
    /** One process at a time may write. */
    ONE_WRITER("one-writer");

    private final String wireName;

    Rule(String wireName) {
        this.wireName = wireName;
    }

    /** As reports and JSON show it. */
    public String wireName() {
        return wireName;
    }
}
