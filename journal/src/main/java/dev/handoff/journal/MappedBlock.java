package dev.handoff.journal;

import java.io.IOException;

import net.openhft.chronicle.bytes.BytesStore;
import net.openhft.chronicle.bytes.MappedFile;
import net.openhft.chronicle.core.io.ReferenceOwner;

/** One of the mappings that the queue appends through, and whoever has it keeps: until {@link #release} it stays where it is. */
final class MappedBlock {

    private static final ReferenceOwner HOLDER = ReferenceOwner.temporary("journal-populate");

    private final MappedFile file;
    private final BytesStore<?, ?> store;
    private final long usedFrom;

    /** Keeps {@code store}. */
    private MappedBlock(MappedFile file, BytesStore<?, ?> store, long usedFrom) {
        this.file = file;
        this.store = store;
        this.usedFrom = Math.max(usedFrom, store.start());
    }

    /** @param usedFrom the position in the file from where on the queue writes through it */
    static MappedBlock of(MappedFile file, BytesStore<?, ?> store, long usedFrom) {
        store.reserve(HOLDER);
        return new MappedBlock(file, store, usedFrom);
    }

    /**
     * The one behind it, mapped if the queue has not mapped it: then the queue finds it there. The file must reach to its end, or Chronicle
     * makes it do so.
     *
     * @throws IOException the kernel does not map it
     */
    MappedBlock next() throws IOException {
        try {
            return new MappedBlock(file, file.acquireByteStore(HOLDER, usedTo()), usedTo());
        } catch (RuntimeException e) {
            throw new IOException("mapping " + file.file() + " from " + usedTo() + " on failed: " + e.getMessage(), e);
        }
    }

    long usedFrom() {
        return usedFrom;
    }

    /** No frame begins behind this position in it; one that begins before may end behind. */
    long usedTo() {
        return store.start() + file.chunkSize();
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
