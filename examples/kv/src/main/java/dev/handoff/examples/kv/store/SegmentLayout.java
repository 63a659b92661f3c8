package dev.handoff.examples.kv.store;

/**
 * Where things stand in a segment file. All numbers are little-endian.
 *
 * <pre>
 * header, {@value #HEADER_LENGTH} bytes                     record, {@value #RECORD_HEADER_LENGTH} bytes + key + value
 *  0 u64 magic "HKVSEG01"                  0 u32 CRC32C of salt, shard and bytes 4 .. length
 *  8 u64 salt of the store                 4 u32 length, this header included
 * 16 u32 shard                             8 u64 revision
 * 20 u32 0                                16 u8  kind: 1 set, 2 delete, 3 clear, 4 footer
 * 24 u64 first number                     17 u8  flags: bit 0, opens a batch
 * 32 u64 last number                      18 u16 0
 * 40 u64 revision before the first record 20 u32 key length
 * 48 u64 0                                24 i64 expires at, Unix ms; 0 never
 * 56 u32 CRC32C of bytes 0 .. 55          32     key, then value
 * 60 u32 0
 * </pre>
 *
 * <p>A footer is a record of kind 4 and {@value #FOOTER_LENGTH} bytes. Its revision is that of the last record, the place
 * of the expiry holds the number of records, and its value is the SHA-256 of everything before the footer. It ends the
 * file: a segment with a footer never changes again.
 *
 * <p>The salt is random, one for each store, so that a client cannot forge a record inside a value it stores: recovery
 * looks for records behind a damaged place, at any byte.
 *
 * <p>A batch is what one fsync covers, and the next batch is written only after it. So a record that opens a batch proves
 * that all before it was on disk, and recovery can tell a torn tail (never acknowledged) from damage (acknowledged once).
 *
 * <p>A fresh segment has one number. A compacted one stands for a range of numbers, and its revisions have gaps.
 */
final class SegmentLayout {
    /** "HKVSEG01" read as a little-endian u64. */
    static final long MAGIC = 0x31304745_53564B48L;

    static final int HEADER_LENGTH = 64;
    static final int HEADER_SALT = 8;
    static final int HEADER_SHARD = 16;
    static final int HEADER_FIRST = 24;
    static final int HEADER_LAST = 32;
    static final int HEADER_BASE = 40;
    static final int HEADER_CRC = 56;

    static final int RECORD_HEADER_LENGTH = 32;
    static final int RECORD_CRC = 0;
    static final int RECORD_LENGTH = 4;
    static final int RECORD_REVISION = 8;
    static final int RECORD_KIND = 16;
    static final int RECORD_FLAGS = 17;
    static final int RECORD_RESERVED = 18;
    static final int RECORD_KEY_LENGTH = 20;
    static final int RECORD_EXPIRES = 24;

    static final int FOOTER_LENGTH = RECORD_HEADER_LENGTH + 32;

    static final byte SET = 1;
    static final byte DELETE = 2;
    static final byte CLEAR = 3;
    static final byte FOOTER = 4;

    static final byte OPENS_BATCH = 1;

    /** Key and value together; keeps a record, its header included, within a Java array. */
    static final int MAX_BODY_LENGTH = Integer.MAX_VALUE - 1024;

    private SegmentLayout() {}
}
