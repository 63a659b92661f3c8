package dev.handoff.journal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Real processes, really killed. */
@Timeout(120)
class CrashTest {

    private static final int KILLS = 6;

    @TempDir
    Path temporary;

    @Test
    void losesNoAcknowledgedRecordToKillNine() throws Exception {
        Path directory = temporary.resolve("journal");
        Random random = new Random(5);
        for (int kill = 1; kill <= KILLS; kill++) {
            Process writer = ChildProcess.start(List.of(), "append", directory.toString());
            long acknowledged = acknowledgements(writer, 1000 + random.nextInt(20_000));
            try (JournalReader reader = JournalDirectory.read(directory)) {
                ReplayEnd.Intact intact = assertInstanceOf(ReplayEnd.Intact.class, reader.replay(_ -> true));
                assertTrue(intact.lastSequence() >= acknowledged, intact.lastSequence() + " < " + acknowledged);
            }
            OpenOutcome.Opened opened = assertInstanceOf(OpenOutcome.Opened.class,
                    JournalDirectory.open(ChildProcess.options(directory)));
            try (Journal journal = opened.journal()) {
                assertInstanceOf(ReplayEnd.Intact.class, opened.found());
                assertTrue(journal.lastSequence() >= acknowledged);
                assertEquals(2 * kill, journal.epoch());
            }
        }
    }

    /** Reads that many, kills the writer, and reads what was already under way: the last one it acknowledged. */
    private static long acknowledgements(Process writer, int count) throws IOException, InterruptedException {
        long last = 0;
        try (DataInputStream out = new DataInputStream(writer.getInputStream())) {
            ByteBuffer line = ByteBuffer.allocate(Long.BYTES).order(ByteOrder.nativeOrder());
            for (int i = 0;; i++) {
                if (i == count) {
                    writer.toHandle().destroyForcibly();
                }
                out.readFully(line.array());
                last = line.getLong(0);
            }
        } catch (EOFException killed) {
            assertTrue(last > 0, "it never wrote");
        }
        writer.waitFor();
        return last;
    }

    @Test
    void namesTheProcessThatHoldsTheJournal() throws Exception {
        Path directory = temporary.resolve("journal");
        Process holder = ChildProcess.start(List.of(), "hold", directory.toString());
        try (BufferedReader out = holder.inputReader(StandardCharsets.UTF_8)) {
            assertEquals("held", out.readLine());
            OpenOutcome.Refused refused = assertInstanceOf(OpenOutcome.Refused.class,
                    JournalDirectory.open(ChildProcess.options(directory)));
            assertEquals(JournalFailure.Reason.HELD, refused.failure().reason());
            assertTrue(refused.failure().getMessage().contains("process " + holder.pid()),
                    refused.failure().getMessage());
            // Reading is free, and leaves the writer alone.
            assertEquals(new ReplayEnd.Intact(2), JournalDirectory.read(directory).replay(_ -> true));
        } finally {
            holder.destroyForcibly();
            holder.waitFor();
        }
        JournalDirectory.open(ChildProcess.options(directory)).journalOrThrow().close();
    }
}
