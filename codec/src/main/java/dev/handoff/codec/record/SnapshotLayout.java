package dev.handoff.codec.record;

import java.nio.charset.StandardCharsets;
import java.util.UUID;

import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;

/**
 * The payload of a record of kind {@link RecordLayout#KIND_SNAPSHOT}. The state it holds is the one after the record before
 * it, so a replay may begin here.
 *
 * <pre>
 *  +---------------------------------------------------------------+
 *  |      schema version of the state, given by its owner (u32)    |   0
 *  +---------------------------------------------------------------+
 *  |                   1 if it begins a roll (u32)                 |   4
 *  +---------------------------------------------------------------+
 *  |                 journal id, high and low u64                  |   8
 *  |                                                               |  16
 *  +---------------------------------------------------------------+
 *  |             hash of the state, given by its owner (u64)       |  24
 *  +---------------------------------------------------------------+
 *  |   sequence that began the roll before this one, 0: none (u64) |  32
 *  +---------------------------------------------------------------+
 *  |       length of build (u32)   |   length of state (u32)       |  40
 *  +---------------------------------------------------------------+
 *  |  build, UTF-8 ...  state ...                                  |  48
 * </pre>
 */
public final class SnapshotLayout {

    public static final int SCHEMA_OFFSET = 0;
    public static final int ROLL_OFFSET = 4;
    public static final int JOURNAL_ID_OFFSET = 8;
    public static final int STATE_HASH_OFFSET = 24;
    public static final int PREVIOUS_ROLL_OFFSET = 32;
    public static final int BUILD_LENGTH_OFFSET = 40;
    public static final int STATE_LENGTH_OFFSET = 44;
    public static final int BUILD_OFFSET = 48;

    private SnapshotLayout() {}

    /** Where the state's bytes go for a build name of this many UTF-8 bytes. */
    public static int stateOffset(int buildLength) {
        return BUILD_OFFSET + buildLength;
    }

    /** Writes everything but the state's bytes, which the owner puts at {@link #stateOffset}. Returns the payload's length. */
    public static int write(MutableDirectBuffer buffer, int offset, int schemaVersion, boolean beginsRoll,
            UUID journalId,
            long stateHash, long previousRollSequence, byte[] build, int stateLength) {
        buffer.putInt(offset + SCHEMA_OFFSET, schemaVersion, RecordLayout.ORDER);
        buffer.putInt(offset + ROLL_OFFSET, beginsRoll ? 1 : 0, RecordLayout.ORDER);
        buffer.putLong(offset + JOURNAL_ID_OFFSET, journalId.getMostSignificantBits(), RecordLayout.ORDER);
        buffer.putLong(offset + JOURNAL_ID_OFFSET + Long.BYTES, journalId.getLeastSignificantBits(),
                RecordLayout.ORDER);
        buffer.putLong(offset + STATE_HASH_OFFSET, stateHash, RecordLayout.ORDER);
        buffer.putLong(offset + PREVIOUS_ROLL_OFFSET, previousRollSequence, RecordLayout.ORDER);
        buffer.putInt(offset + BUILD_LENGTH_OFFSET, build.length, RecordLayout.ORDER);
        buffer.putInt(offset + STATE_LENGTH_OFFSET, stateLength, RecordLayout.ORDER);
        buffer.putBytes(offset + BUILD_OFFSET, build);
        return stateOffset(build.length) + stateLength;
    }

    /** False if the lengths inside contradict the payload's own: a forged or foreign record. */
    public static boolean isWellFormed(DirectBuffer payload) {
        if (payload.capacity() < BUILD_OFFSET) {
            return false;
        }
        long build = payload.getInt(BUILD_LENGTH_OFFSET, RecordLayout.ORDER);
        long state = payload.getInt(STATE_LENGTH_OFFSET, RecordLayout.ORDER);
        return build >= 0 && state >= 0 && BUILD_OFFSET + build + state == payload.capacity();
    }

    public static int schemaVersion(DirectBuffer payload) {
        return payload.getInt(SCHEMA_OFFSET, RecordLayout.ORDER);
    }

    public static boolean beginsRoll(DirectBuffer payload) {
        return payload.getInt(ROLL_OFFSET, RecordLayout.ORDER) != 0;
    }

    public static UUID journalId(DirectBuffer payload) {
        return new UUID(payload.getLong(JOURNAL_ID_OFFSET, RecordLayout.ORDER),
                payload.getLong(JOURNAL_ID_OFFSET + Long.BYTES, RecordLayout.ORDER));
    }

    public static long stateHash(DirectBuffer payload) {
        return payload.getLong(STATE_HASH_OFFSET, RecordLayout.ORDER);
    }

    /** The sequence of the record that began the roll before this one, 0 if there was none. */
    public static long previousRollSequence(DirectBuffer payload) {
        return payload.getLong(PREVIOUS_ROLL_OFFSET, RecordLayout.ORDER);
    }

    /** The build that wrote the record. */
    public static String build(DirectBuffer payload) {
        byte[] utf8 = new byte[payload.getInt(BUILD_LENGTH_OFFSET, RecordLayout.ORDER)];
        payload.getBytes(BUILD_OFFSET, utf8);
        return new String(utf8, StandardCharsets.UTF_8);
    }

    public static int stateOffset(DirectBuffer payload) {
        return stateOffset(payload.getInt(BUILD_LENGTH_OFFSET, RecordLayout.ORDER));
    }

    public static int stateLength(DirectBuffer payload) {
        return payload.getInt(STATE_LENGTH_OFFSET, RecordLayout.ORDER);
    }
}
