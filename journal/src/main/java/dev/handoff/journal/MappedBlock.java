package dev.handoff.journal;

import net.openhft.chronicle.bytes.BytesStore;
import net.openhft.chronicle.core.io.ReferenceOwner;

/** One mapping that the queue appends through, and whoever has it keeps: until {@link #release} it stays where it is. */
final class MappedBlock {

    private static final ReferenceOwner HOLDER = ReferenceOwner.temporary("journal-populate");

    private final BytesStore<?, ?> store;
    private final long usedFrom;

    /** @param usedFrom the position in the file from where on the queue writes through it */
    MappedBlock(BytesStore<?, ?> store, long usedFrom) {
        store.reserve(HOLDER);
        this.store = store;
        this.usedFrom = Math.max(usedFrom, store.start());
    }

    long usedFrom() {
        return usedFrom;
    }

    /** The position behind its last byte, with what it has in common with the next one. */
    long end() {
        return store.capacity();
    }

    /** Where the byte at this position of the file lies in memory. */
    long address(long position) {
        return store.addressForRead(position);
    }

    void release() {
        store.release(HOLDER);
    }
}
