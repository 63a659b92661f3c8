package dev.handoff.bench;

import java.util.Arrays;

import dev.handoff.codec.Message;
import dev.handoff.codec.Side;

/** The fields of the three messages that the codecs are compared by, reused from one to the next, so that no format pays for objects. */
final class FieldValues {

    static final int MOST_BYTES = 64;

    int role;
    long pid;
    final byte[] buildId = new byte[MOST_BYTES];
    int buildIdLength;
    int protoMin;
    int protoMax;
    long reserved;
    long idMsb;
    long idLsb;
    final long[] revisions = new long[MOST_BYTES];
    int shards;
    final byte[] fingerprint = new byte[32];
    long tsMs;

    static FieldValues of(Message message) {
        FieldValues values = new FieldValues();
        switch (message) {
            case Message.Hello m -> {
                values.role = m.role() == Side.INCUMBENT ? 0 : 1;
                values.pid = m.pid();
                byte[] id = m.buildId().toBytes();
                values.buildIdLength = id.length;
                System.arraycopy(id, 0, values.buildId, 0, id.length);
                values.protoMin = m.protoMin();
                values.protoMax = m.protoMax();
                values.reserved = m.capabilities().reserved();
            }
            case Message.SealComplete m -> {
                values.idMsb = m.handoffId().mostSignificantBits();
                values.idLsb = m.handoffId().leastSignificantBits();
                values.shards = m.lastRevisionPerShard().size();
                for (int i = 0; i < values.shards; i++) {
                    values.revisions[i] = m.lastRevisionPerShard().get(i);
                }
                System.arraycopy(m.dataDirFingerprint().toBytes(), 0, values.fingerprint, 0, 32);
            }
            case Message.Heartbeat m -> values.tsMs = m.tsMs();
            case Message other -> throw new IllegalArgumentException("not compared: " + other.kind().wireName());
        }
        return values;
    }

    boolean sameAs(FieldValues other) {
        return role == other.role && pid == other.pid && buildIdLength == other.buildIdLength
                && Arrays.equals(buildId, other.buildId) && protoMin == other.protoMin && protoMax == other.protoMax
                && reserved == other.reserved && idMsb == other.idMsb && idLsb == other.idLsb && shards == other.shards
                && Arrays.equals(revisions, other.revisions) && Arrays.equals(fingerprint, other.fingerprint)
                && tsMs == other.tsMs;
    }
}
