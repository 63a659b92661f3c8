package dev.handoff.journal;

/** What a returned append survives besides the death of this process. */
public enum SyncLevel {
    /** Nothing more: when the machine dies, so do both daemons, and the handoff with them. */
    NONE,
    /** The machine's death, once {@link Journal#endOfBatch()} has returned. */
    BATCH,
    /** The machine's death. */
    RECORD
}
