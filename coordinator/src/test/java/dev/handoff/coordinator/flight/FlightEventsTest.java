package dev.handoff.coordinator.flight;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

import com.sun.management.ThreadMXBean;
import dev.handoff.codec.FrameEncoder;
import dev.handoff.codec.HandoffId;
import dev.handoff.codec.Message;
import dev.handoff.codec.event.Event;
import dev.handoff.codec.event.Stamp;
import dev.handoff.coordinator.loop.EventLog;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FlightEventsTest {

    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    private static final int WARM_UP = 20_000;
    private static final int MEASURED = 5_000;
    private static final int ROUNDS = 8;

    @TempDir
    private Path directory;
    private final FlightSwitch recording = FlightSwitch.install();
    private final CountingLog counted = new CountingLog();
    private final RecordedLog log = new RecordedLog(counted, recording);
    private final UnsafeBuffer frame = new UnsafeBuffer(new FrameEncoder().encode(new Message.Heartbeat(7)));
    private final EventLog.Frame at = new EventLog.Frame();

    /** Keeps the number of appends. */
    private static final class CountingLog implements EventLog {
        private long appended;

        @Override
        public void append(Event event) {
            appended++;
        }

        @Override
        public void appendReceived(Frame at, DirectBuffer frame, int offset, int length) {
            appended++;
        }

        @Override
        public void appendSending(Frame at, DirectBuffer frame, int offset, int length) {
            appended++;
        }

        @Override
        public long lastSequence() {
            return appended;
        }

        @Override
        public void endOfBatch() {}
    }

    @AfterEach
    void stopFollowing() {
        recording.remove();
    }

    private void appendAll() {
        log.append(new Event.CoordinatorStarted(new Stamp(1, Stamp.COORDINATOR, HandoffId.NONE), 1, "test", "boot"));
        log.appendReceived(at, frame, 0, frame.capacity());
        log.appendSending(at, frame, 0, frame.capacity());
    }

    @Test
    void showsEachAppendWhileSomethingIsRecorded() throws IOException {
        Path file = directory.resolve("appends.jfr");
        appendAll();
        try (Recording running = new Recording()) {
            running.enable("handoff.Append").withThreshold(Duration.ZERO);
            running.start();
            appendAll();
            running.stop();
            appendAll();
            running.dump(file);
        }
        List<String> kinds = RecordingFile.readAllEvents(file).stream()
                .filter(event -> event.getEventType().getName().equals("handoff.Append"))
                .map((RecordedEvent event) -> event.getString("kind")).toList();
        assertEquals(List.of("CoordinatorStarted", "MessageReceived Heartbeat", "MessageSending Heartbeat"), kinds);
        assertEquals(9, counted.lastSequence());
    }

    @Test
    void allocatesNothingWhileNothingIsRecorded() {
        long least = Long.MAX_VALUE;
        for (int round = 0; round < ROUNDS && least > 0; round++) {
            receive(WARM_UP);
            long before = THREADS.getCurrentThreadAllocatedBytes();
            receive(MEASURED);
            least = Math.min(least, THREADS.getCurrentThreadAllocatedBytes() - before);
        }
        assertEquals(0, least, "bytes in " + MEASURED + " appends");
        assertTrue(counted.lastSequence() > MEASURED);
    }

    private void receive(int times) {
        for (int i = 0; i < times; i++) {
            log.appendReceived(at, frame, 0, frame.capacity());
        }
    }
}
