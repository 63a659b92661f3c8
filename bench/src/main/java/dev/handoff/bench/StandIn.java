package dev.handoff.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

import dev.handoff.codec.BuildId;
import dev.handoff.codec.Fingerprint;
import dev.handoff.codec.ShardRevisions;
import dev.handoff.participant.AbortedAt;
import dev.handoff.participant.ColdStart;
import dev.handoff.participant.DrainDeadline;
import dev.handoff.participant.DrainReport;
import dev.handoff.participant.Drainable;
import dev.handoff.participant.Participant;
import dev.handoff.participant.ParticipantConfig;
import dev.handoff.participant.SealProgress;
import dev.handoff.participant.SealResult;
import dev.handoff.participant.SuccessorStart;
import dev.handoff.participant.Taken;

/**
 * A daemon that keeps nothing, for measuring what is around it. Where its directory holds a file {@code flood}, its seal reports
 * progress, fast, and slowly once there is {@code slow}, until there is {@code seal}. A successor writes when it was told to begin into
 * {@code begun} (System.nanoTime, which all processes of a Linux machine share).
 */
public final class StandIn implements Drainable {

    /** A participant sends the newest of the reports that wait, so each is given the time to be sent before the next. */
    private static final long FAST_NS = 20_000;
    private static final long SLOW_NS = 200_000;
    private static final int ROUND = 64;
    private static final int SHARDS = 16;

    private final Path directory;

    private StandIn(Path directory) {
        this.directory = directory;
    }

    /** One argument: the directory. */
    public static void main(String[] arguments) throws Exception {
        Path directory = Path.of(arguments[0]);
        ParticipantConfig config = ParticipantConfig.of(Files.createDirectories(directory.resolve("data")),
                directory.resolve("c.sock"),
                BuildId.parse("0b"));
        StandIn daemon = new StandIn(directory);
        Taken taken = switch (Participant.start(config)) {
            case ColdStart cold -> cold.takeLock();
            case SuccessorStart successor -> {
                Taken begun = successor.handshake().begin();
                daemon.note(System.nanoTime());
                yield begun;
            }
        };
        System.exit(taken.ready(List.of(), ShardRevisions.of(1)).serve(daemon).exitCode());
    }

    private void note(long begunNs) throws IOException {
        Path beside = directory.resolve("begun.tmp");
        Files.writeString(beside, Long.toString(begunNs));
        Files.move(beside, directory.resolve("begun"), StandardCopyOption.ATOMIC_MOVE);
    }

    @Override
    public DrainReport drain(DrainDeadline deadline) {
        return new DrainReport(0, true);
    }

    @Override
    public SealResult seal(SealProgress progress) throws IOException {
        Files.writeString(directory.resolve("sealing"), "");
        boolean flood = Files.exists(directory.resolve("flood"));
        while (flood && !Files.exists(directory.resolve("seal"))) {
            boolean slow = Files.exists(directory.resolve("slow"));
            for (int i = 0; i < (slow ? 1 : ROUND); i++) {
                progress.sealed(i % SHARDS, SHARDS, i);
                long sentNs = System.nanoTime();
                while (!slow && System.nanoTime() - sentNs < FAST_NS) {
                    Thread.onSpinWait();
                }
            }
            if (slow) {
                LockSupport.parkNanos(SLOW_NS);
            }
        }
        return new SealResult.Sealed(ShardRevisions.of(1), Fingerprint.of(new byte[Fingerprint.BYTES]));
    }

    @Override
    public void resumeAfterAbort(AbortedAt at) {
        System.err.println("stand-in: the handoff was rolled back");
    }
}
