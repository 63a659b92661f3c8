package dev.handoff.codec;

import java.util.Arrays;

/** A reusable {@link Message.SealComplete}; see {@link FrameFlyweight}. */
public final class SealCompleteFlyweight extends FrameFlyweight {

    private static final int INITIAL_SHARDS = 64;

    private long handoffIdMostSignificantBits;
    private long handoffIdLeastSignificantBits;
    private long[] revisions = new long[INITIAL_SHARDS];
    private int shards;
    private final byte[] fingerprint = new byte[Fingerprint.BYTES];

    public SealCompleteFlyweight() {
        super(MessageKind.SEAL_COMPLETE);
    }

    public long handoffIdMostSignificantBits() {
        return handoffIdMostSignificantBits;
    }

    public long handoffIdLeastSignificantBits() {
        return handoffIdLeastSignificantBits;
    }

    public SealCompleteFlyweight handoffId(long mostSignificantBits, long leastSignificantBits) {
        handoffIdMostSignificantBits = mostSignificantBits;
        handoffIdLeastSignificantBits = leastSignificantBits;
        return this;
    }

    /** Number of shards. */
    public int shards() {
        return shards;
    }

    /** The revision a shard was sealed at, unsigned. */
    public long lastRevision(int shard) {
        if (shard >= shards) {
            throw new IndexOutOfBoundsException("there are " + shards + " shards, no shard " + shard);
        }
        return revisions[shard];
    }

    /** Copies the first {@code count} of {@code newRevisions}. */
    public SealCompleteFlyweight lastRevisions(long[] newRevisions, int count) {
        makeRoomForShards(count);
        System.arraycopy(newRevisions, 0, revisions, 0, count);
        return this;
    }

    /** One of the fingerprint's {@value Fingerprint#BYTES} bytes. */
    public byte fingerprintByteAt(int index) {
        return fingerprint[index];
    }

    /** Copies the first {@value Fingerprint#BYTES} of {@code bytes}. */
    public SealCompleteFlyweight fingerprint(byte[] bytes) {
        System.arraycopy(bytes, 0, fingerprint, 0, Fingerprint.BYTES);
        return this;
    }

    /** Takes the fields of a value. */
    public void set(Message.SealComplete message) {
        handoffId(message.handoffId().mostSignificantBits(), message.handoffId().leastSignificantBits());
        ShardRevisions values = message.lastRevisionPerShard();
        makeRoomForShards(values.size());
        values.copyTo(revisions);
        message.dataDirFingerprint().copyTo(fingerprint);
    }

    @Override
    public Message.SealComplete toMessage() {
        return new Message.SealComplete(new HandoffId(handoffIdMostSignificantBits, handoffIdLeastSignificantBits),
                ShardRevisions.of(Arrays.copyOf(revisions, shards)), Fingerprint.of(fingerprint));
    }

    @Override
    void readFields(PostcardReader from) {
        int idOffset = from.skipHandoffId();
        if (from.failed()) {
            return;
        }
        handoffIdMostSignificantBits = from.bigEndianLong(idOffset);
        handoffIdLeastSignificantBits = from.bigEndianLong(idOffset + Long.BYTES);
        makeRoomForShards(from.readCount());
        from.readU64s(revisions, shards);
        from.readBytes(fingerprint, Fingerprint.BYTES);
    }

    @Override
    void writeFields(PostcardWriter to) {
        to.writeHandoffId(handoffIdMostSignificantBits, handoffIdLeastSignificantBits);
        to.writeVarint(shards);
        to.writeVarints(revisions, shards, Fingerprint.BYTES);
        to.writeBytes(fingerprint, Fingerprint.BYTES);
    }

    private void makeRoomForShards(int count) {
        if (count > revisions.length) {
            revisions = new long[count];
        }
        shards = count;
    }
}
