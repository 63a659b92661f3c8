package dev.handoff.stock;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.List;

import dev.handoff.codec.Fingerprint;

/**
 * The daemon's data: one file, {@value #FILE}, one line a write, {@code REVISION TEXT}, revisions from 1 without a gap. An
 * append returns once its line is on disk. Any thread.
 */
public final class StockLog {

    /** The file's name in the data directory. */
    public static final String FILE = "log";

    private final Path file;
    private final List<String> lines = new ArrayList<>();
    private FileChannel channel;

    /** Over the file in {@code dataDir}; it is closed at first. */
    public StockLog(Path dataDir) {
        this.file = dataDir.resolve(FILE);
    }

    /** Reads what is there, forgetting what it knew, cuts a torn last line off, and opens the writer. */
    public synchronized void open() {
        try {
            close();
            lines.clear();
            String text = Files.exists(file) ? Files.readString(file) : "";
            int end = text.lastIndexOf('\n') + 1;
            for (String line : text.substring(0, end).lines().toList()) {
                lines.add(line.substring(line.indexOf(' ') + 1));
            }
            channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            channel.truncate(text.substring(0, end).getBytes(StandardCharsets.UTF_8).length);
            channel.position(channel.size());
        } catch (IOException e) {
            throw new UncheckedIOException("cannot open " + file, e);
        }
    }

    /** Makes one line durable: its revision, or 0 when the writer is closed. */
    public synchronized long append(String text) {
        if (channel == null) {
            return 0;
        }
        try {
            long revision = lines.size() + 1L;
            ByteBuffer line = StandardCharsets.UTF_8.encode(revision + " " + text + "\n");
            while (line.hasRemaining()) {
                channel.write(line);
            }
            channel.force(false);
            lines.add(text);
            return revision;
        } catch (IOException e) {
            throw new UncheckedIOException("cannot append to " + file, e);
        }
    }

    /** The revision of the last line, 0 for none. */
    public synchronized long revision() {
        return lines.size();
    }

    /** All lines, without their revisions. */
    public synchronized List<String> lines() {
        return List.copyOf(lines);
    }

    /** Makes everything durable and closes the writer. */
    public synchronized void close() {
        if (channel != null) {
            try {
                channel.force(true);
                channel.close();
                channel = null;
            } catch (IOException e) {
                throw new UncheckedIOException("cannot close " + file, e);
            }
        }
    }

    /** The SHA-256 of the file as it is. */
    public Fingerprint fingerprint() {
        try {
            return Fingerprint.of(MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(file)));
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + file, e);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
