package dev.handoff.bench;

import java.io.IOException;
import java.nio.file.Path;

import io.aeron.Publication;
import io.aeron.archive.Archive;
import io.aeron.archive.ArchiveThreadingMode;
import io.aeron.archive.ArchivingMediaDriver;
import io.aeron.archive.client.AeronArchive;
import io.aeron.archive.codecs.SourceLocation;
import io.aeron.archive.status.RecordingPos;
import io.aeron.driver.MediaDriver;
import io.aeron.driver.ThreadingMode;
import org.agrona.concurrent.UnsafeBuffer;
import org.agrona.concurrent.status.CountersReader;

/** A record offered to an Aeron Archive in this process, until the archive's position says that it is in its file. */
final class AeronRecording {

    private static final String CHANNEL = "aeron:ipc";
    private static final int STREAM = 1001;

    private AeronRecording() {}

    static Latencies measure(Path scratch, int records) throws IOException {
        Latencies latencies = new Latencies();
        try (Scratch directory = new Scratch(scratch)) {
            MediaDriver.Context driver = new MediaDriver.Context()
                    .aeronDirectoryName(directory.path("aeron").toString()).threadingMode(ThreadingMode.SHARED)
                    .dirDeleteOnStart(true).dirDeleteOnShutdown(true);
            Archive.Context archive = new Archive.Context().aeronDirectoryName(driver.aeronDirectoryName())
                    .archiveDir(directory.path("archive").toFile()).threadingMode(ArchiveThreadingMode.SHARED)
                    .controlChannelEnabled(false)
                    .archiveClientContext(new AeronArchive.Context().controlResponseChannel(CHANNEL))
                    .recordingEventsEnabled(false).replicationChannel("aeron:udp?endpoint=localhost:0");
            try (ArchivingMediaDriver _ = ArchivingMediaDriver.launch(driver, archive);
                    AeronArchive client = AeronArchive.connect(
                            new AeronArchive.Context().aeronDirectoryName(driver.aeronDirectoryName())
                                    .controlRequestChannel(CHANNEL)
                                    .controlRequestStreamId(archive.localControlStreamId())
                                    .controlResponseChannel(CHANNEL))) {
                record(client, records, latencies);
            }
        }
        return latencies;
    }

    private static void record(AeronArchive client, int records, Latencies into) {
        long _ = client.startRecording(CHANNEL, STREAM, SourceLocation.LOCAL);
        try (Publication publication = client.context().aeron().addExclusivePublication(CHANNEL, STREAM)) {
            CountersReader counters = client.context().aeron().countersReader();
            int counter;
            do {
                counter = RecordingPos.findCounterIdBySession(counters, publication.sessionId(), client.archiveId());
            } while (counter < 0);
            UnsafeBuffer record = new UnsafeBuffer(new byte[JournalFigures.PAYLOAD_BYTES]);
            for (int i = 0; i < records; i++) {
                long before = System.nanoTime();
                long position;
                do {
                    position = publication.offer(record);
                } while (position < 0);
                while (counters.getCounterValue(counter) < position) {
                    Thread.onSpinWait();
                }
                into.add(System.nanoTime() - before);
            }
        }
    }
}
