package dev.handoff.codec.record;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.UUID;

import org.agrona.ExpandableArrayBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;

class RecordLayoutTest {

    /** The checksum was computed independently. Version 1, kind 5, flags 3, payload "hello", epoch 7, sequence 0x1122334455667788, time 99: to be read so for ever. */
    private static final String VERSION_1 = "01a70503050000000fc1b27c07000000887766554433221163000000000000" + "00"
            + "68656c6c6f";

    private static ByteBuffer sample() {
        ByteBuffer bytes = ByteBuffer.allocateDirect(64);
        UnsafeBuffer buffer = new UnsafeBuffer(bytes);
        RecordLayout.writeHeader(buffer, 0, 5, 3, 5, 7, 0x1122334455667788L, 99);
        buffer.putStringWithoutLengthUtf8(RecordLayout.HEADER_LENGTH, "hello");
        buffer.putInt(RecordLayout.CRC_OFFSET, new RecordChecksum().of(bytes, 0, RecordLayout.HEADER_LENGTH + 5),
                RecordLayout.ORDER);
        return bytes;
    }

    @Test
    void writesTheBytesOfVersionOne() {
        byte[] bytes = new byte[RecordLayout.HEADER_LENGTH + 5];
        sample().clear().get(bytes);
        assertEquals(VERSION_1, HexFormat.of().formatHex(bytes));
    }

    @Test
    void readsTheBytesOfVersionOne() {
        byte[] bytes = HexFormat.of().parseHex(VERSION_1);
        RecordView record = new RecordView().wrap(new UnsafeBuffer(bytes), 0);
        assertEquals(1, record.version());
        assertEquals(5, record.kind());
        assertEquals(3, record.flags());
        assertEquals(5, record.length());
        assertEquals(7, record.epoch());
        assertEquals(0x1122334455667788L, record.sequence());
        assertEquals(99, record.timeNs());
        assertEquals("hello", record.payload().getStringWithoutLengthUtf8(0, 5));
        assertFalse(record.isJournalOwn());
        assertEquals(record.crc(),
                new RecordChecksum().ofRecord(ByteBuffer.allocateDirect(64).put(bytes), 0, bytes.length));
    }

    @Test
    void everyFlippedBitChangesTheChecksum() {
        ByteBuffer bytes = sample();
        RecordChecksum checksum = new RecordChecksum();
        int length = RecordLayout.HEADER_LENGTH + 5;
        int crc = checksum.ofRecord(bytes, 0, length);
        for (int bit = 0; bit < length * Byte.SIZE; bit++) {
            int at = bit / Byte.SIZE;
            if (at >= RecordLayout.CRC_OFFSET && at < RecordLayout.EPOCH_OFFSET) {
                continue;
            }
            bytes.clear();
            bytes.put(at, (byte) (bytes.get(at) ^ 1 << bit % Byte.SIZE));
            assertNotEquals(crc, checksum.ofRecord(bytes, 0, length));
            bytes.clear();
            bytes.put(at, (byte) (bytes.get(at) ^ 1 << bit % Byte.SIZE));
        }
    }

    @Test
    void snapshotsCarryTheirParts() {
        UUID id = UUID.fromString("00112233-4455-6677-8899-aabbccddeeff");
        byte[] build = "build".getBytes(StandardCharsets.UTF_8);
        ExpandableArrayBuffer buffer = new ExpandableArrayBuffer();
        buffer.putStringWithoutLengthUtf8(SnapshotLayout.stateOffset(build.length), "state");
        int length = SnapshotLayout.write(buffer, 0, 4, true, id, -9, 12, build, 5);
        UnsafeBuffer payload = new UnsafeBuffer(buffer, 0, length);
        assertTrue(SnapshotLayout.isWellFormed(payload));
        assertEquals(4, SnapshotLayout.schemaVersion(payload));
        assertTrue(SnapshotLayout.beginsRoll(payload));
        assertEquals(id, SnapshotLayout.journalId(payload));
        assertEquals(-9, SnapshotLayout.stateHash(payload));
        assertEquals(12, SnapshotLayout.previousRollSequence(payload));
        assertEquals("build", SnapshotLayout.build(payload));
        assertEquals("state", payload.getStringWithoutLengthUtf8(SnapshotLayout.stateOffset(payload),
                SnapshotLayout.stateLength(payload)));
        for (int shorter = 0; shorter < length; shorter++) {
            assertFalse(SnapshotLayout.isWellFormed(new UnsafeBuffer(buffer, 0, shorter)));
        }
    }

    @Test
    void lossesCarryTheirParts() {
        ExpandableArrayBuffer buffer = new ExpandableArrayBuffer();
        int length = LossLayout.write(buffer, 0, 5, -1, "gone");
        UnsafeBuffer payload = new UnsafeBuffer(buffer, 0, length);
        assertTrue(LossLayout.isWellFormed(payload));
        assertEquals(5, LossLayout.fromSequence(payload));
        assertEquals(-1, LossLayout.toSequence(payload));
        assertEquals("gone", LossLayout.text(payload));
        assertFalse(LossLayout.isWellFormed(new UnsafeBuffer(buffer, 0, LossLayout.TEXT_OFFSET - 1)));
    }
}
