package dev.handoff.journal;

import java.util.UUID;

import org.agrona.DirectBuffer;

/**
 * An append-only sequence of records, and the only truth about what happened. It knows nothing of what its records mean:
 * payloads are opaque.
 *
 * <p>
 * One thread appends; that is the coordinator's loop. Readers are independent of it and may live on other threads or in
 * other processes.
 *
 * <p>
 * Invariant: sequences are dense from 1; epochs never fall; a record that {@link #append} returned from survives the death
 * of this process, and with {@link SyncLevel#RECORD} that of the machine.
 */
public interface Journal extends AutoCloseable {

    /** Given when the journal was created; every snapshot repeats it. */
    UUID id();

    /** Of this start: greater than that of any start before it. */
    int epoch();

    /** Of the oldest record still kept; {@code lastSequence() + 1} if there is none. */
    long firstSequence();

    /** Of the newest record, 0 in a new journal. */
    long lastSequence();

    /** The longest payload {@link #append} takes, in bytes. */
    int maxPayloadLength();

    /**
     * Appends one record and returns its sequence. Allocates nothing, save where a roll begins: then the state's snapshot
     * comes first, taken from the {@link SnapshotSource} within this call, so the state must be that after
     * {@link #lastSequence()}.
     *
     * @param kind
     *            0..{@code 0xEF}; kinds above are the journal's own
     * @param flags
     *            0..255
     * @param timeNs
     *            nanoseconds since 1970
     * @throws JournalFailure
     *             nothing was appended; {@link JournalFailure#isFinal()} says whether a later append may succeed
     */
    long append(int kind, int flags, long timeNs, DirectBuffer payload, int offset, int length);

    /** Appends a snapshot of the state now, so that a replay need not begin at the roll. Returns its sequence. */
    long snapshot(long timeNs);

    /** The end of the caller's batch: syncs if the level is {@link SyncLevel#BATCH} and something was appended since. */
    void endOfBatch();

    /** Returns once everything appended would survive the machine's death, whatever the level. */
    void sync();

    /** A new reader, before the oldest record. */
    JournalReader reader();

    @Override
    void close();
}
