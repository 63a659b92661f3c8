package dev.handoff.examples.kv.store;

import dev.handoff.codec.Fingerprint;

/**
 * A segment with a footer: immutable on disk.
 *
 * @param name         its numbers
 * @param length       file length in bytes
 * @param base         revision before its first record
 * @param lastRevision revision of its last record, dropped ones included
 * @param records      records it holds
 * @param digest       SHA-256 of the bytes before the footer
 */
record Segment(SegmentName name, long length, long base, long lastRevision, long records, Fingerprint digest) {}
