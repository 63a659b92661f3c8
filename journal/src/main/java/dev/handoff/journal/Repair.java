package dev.handoff.journal;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;

import dev.handoff.codec.record.RecordView;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Makes a damaged journal one that can be appended to: the damaged files and later ones are moved aside as they are, and
 * their intact records written anew, byte for byte, into files of the same days.
 *
 * <p>
 * It may die anywhere: the new files are made in {@value #DRAFT}, which becomes {@value #READY} in one rename; from then on
 * the next start finishes what is left, in the order of {@link #finish}.
 */
final class Repair {

    private static final String DRAFT = "repair.draft";
    private static final String READY = "repair.ready";
    private static final String PLAN = "plan";
    private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("uuuuMMdd'T'HHmmss.SSS'Z'")
            .withZone(ZoneOffset.UTC);

    private Repair() {}

    /**
     * Replaces the damaged file and what follows it.
     *
     * @param damaged
     *            this file and all later ones are replaced
     * @param intactLast
     *            the last record to keep
     * @return the directory with the damaged files
     */
    static Path run(Path directory, Path damaged, long intactLast, long blockBytes, long nowMs) throws IOException {
        List<RollFile> files = RollFile.list(directory);
        List<RollFile> replaced = files.stream().filter(file -> file.path().compareTo(damaged) >= 0).toList();
        Path draft = directory.resolve(DRAFT);
        delete(draft);
        Files.createDirectory(draft);
        if (!replaced.isEmpty()) {
            copyRecords(directory, files.indexOf(replaced.getFirst()), intactLast, draft, blockBytes);
        }
        Path aside = asideFor(directory, nowMs);
        StringBuilder plan = new StringBuilder(aside.getFileName().toString()).append('\n');
        replaced.forEach(file -> plan.append(file.path().getFileName()).append('\n'));
        if (RollQueue.hasMetadata(directory)) {
            plan.append(RollQueue.METADATA).append('\n');
        }
        Files.deleteIfExists(draft.resolve(RollQueue.METADATA));
        Files.writeString(draft.resolve(PLAN), plan);
        try (DirectoryStream<Path> made = Files.newDirectoryStream(draft)) {
            for (Path file : made) {
                force(file);
            }
        }
        Path ready = directory.resolve(READY);
        Files.move(draft, ready, StandardCopyOption.ATOMIC_MOVE);
        forceDirectory(directory);
        finish(directory, ready);
        return aside;
    }

    /** Completes the repair that a death cut short, if there is one. */
    static void finishInterrupted(Path directory) throws IOException {
        Path ready = directory.resolve(READY);
        if (Files.exists(ready)) {
            finish(directory, ready);
        }
    }

    private static void finish(Path directory, Path ready) throws IOException {
        List<String> plan = Files.readAllLines(ready.resolve(PLAN), StandardCharsets.UTF_8);
        Path aside = Files.createDirectories(directory.resolve(plan.getFirst()));
        for (String name : plan.subList(1, plan.size())) {
            Path file = directory.resolve(name);
            // Once it is aside, the file of that name here is the new one.
            if (Files.exists(file) && !Files.exists(aside.resolve(name))) {
                Files.move(file, aside.resolve(name), StandardCopyOption.ATOMIC_MOVE);
            }
        }
        forceDirectory(aside);
        try (DirectoryStream<Path> made = Files.newDirectoryStream(ready, "*" + RollFile.SUFFIX)) {
            for (Path file : made) {
                Files.move(file, directory.resolve(file.getFileName()), StandardCopyOption.ATOMIC_MOVE);
            }
        }
        forceDirectory(directory);
        delete(ready);
    }

    private static void copyRecords(Path directory, int firstFile, long intactLast, Path draft, long blockBytes)
            throws IOException {
        try (DirectoryReader reader = new DirectoryReader(directory);
                Copier copier = new Copier(reader, intactLast, draft, blockBytes)) {
            reader.goToFile(firstFile);
            reader.replay(copier);
        }
    }

    private static final class Copier implements RecordVisitor, AutoCloseable {

        private final DirectoryReader reader;
        private final long intactLast;
        private final Path draft;
        private final long blockBytes;
        private UnsafeBuffer staging = new UnsafeBuffer(ByteBuffer.allocateDirect(64 << 10));
        private RollQueue queue;
        private int cycle;

        Copier(DirectoryReader reader, long intactLast, Path draft, long blockBytes) {
            this.reader = reader;
            this.intactLast = intactLast;
            this.draft = draft;
            this.blockBytes = blockBytes;
        }

        @Override
        public boolean onRecord(RecordView record) {
            if (record.sequence() > intactLast) {
                return false;
            }
            int of = reader.file().orElseThrow().cycle();
            if (queue == null) {
                queue = new RollQueue(draft, blockBytes, of);
            } else if (of != cycle) {
                queue.moveTo(of);
            }
            cycle = of;
            int length = record.bytes().capacity();
            if (length > staging.capacity()) {
                staging = new UnsafeBuffer(ByteBuffer.allocateDirect(length));
            }
            staging.putBytes(0, record.bytes(), 0, length);
            queue.append(staging.addressOffset(), length);
            return true;
        }

        @Override
        public void close() {
            if (queue != null) {
                queue.close();
            }
        }
    }

    /** A name that is not taken. */
    static Path asideFor(Path directory, long nowMs) {
        Path aside = directory.resolve("damaged-" + TIME.format(Instant.ofEpochMilli(nowMs)));
        for (int n = 2; Files.exists(aside); n++) {
            aside = directory.resolve("damaged-" + TIME.format(Instant.ofEpochMilli(nowMs)) + "-" + n);
        }
        return aside;
    }

    static void force(Path file) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            channel.force(true);
        }
    }

    /** Makes the names in it durable. */
    static void forceDirectory(Path directory) throws IOException {
        try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }

    private static void delete(Path made) throws IOException {
        if (!Files.exists(made)) {
            return;
        }
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(made)) {
            for (Path entry : entries) {
                Files.delete(entry);
            }
        }
        Files.delete(made);
    }
}
