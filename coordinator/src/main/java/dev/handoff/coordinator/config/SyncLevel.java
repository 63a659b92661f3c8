package dev.handoff.coordinator.config;

/** What a journaled record survives; the key {@code sync}. */
public enum SyncLevel {
    /** The death of the process. */
    NONE,
    /** Also that of the machine, save for the last batch. */
    BATCH,
    /** Also that of the machine, each record. */
    RECORD
}
