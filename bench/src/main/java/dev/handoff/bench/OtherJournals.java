package dev.handoff.bench;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.LinkedHashMap;
import java.util.Map;

/** The same record kept in other ways, one after the other, as fast as each goes. */
final class OtherJournals {

    private OtherJournals() {}

    static Map<String, Double> p50Ns(Path scratch, int steps) throws IOException, InterruptedException {
        Map<String, Double> p50 = new LinkedHashMap<>();
        p50.put("FileChannel", file(scratch, steps * 20, false).percentileNs(50));
        p50.put("FileChannel + force", file(scratch, steps, true).percentileNs(50));
        p50.put("SQLite WAL, no sync", sqlite(scratch, steps * 5, "OFF").percentileNs(50));
        p50.put("SQLite WAL, full sync", sqlite(scratch, steps, "FULL").percentileNs(50));
        p50.put("Aeron Archive, recorded", AeronRecording.measure(scratch, steps * 5).percentileNs(50));
        return p50;
    }

    static Latencies rustScheme(Path scratch, int steps) throws IOException {
        Latencies latencies = new Latencies();
        byte[] state = new byte[JournalFigures.PAYLOAD_BYTES];
        try (Scratch directory = new Scratch(scratch)) {
            Path target = directory.path("state.json");
            Path temporary = directory.path("state.json.tmp");
            for (int i = 0; i < steps; i++) {
                long before = System.nanoTime();
                try (FileChannel out = FileChannel.open(temporary, StandardOpenOption.CREATE, StandardOpenOption.WRITE,
                        StandardOpenOption.TRUNCATE_EXISTING)) {
                    out.write(ByteBuffer.wrap(state));
                    out.force(true);
                }
                Files.move(temporary, target, StandardCopyOption.ATOMIC_MOVE);
                try (FileChannel parent = FileChannel.open(target.getParent(), StandardOpenOption.READ)) {
                    parent.force(true);
                }
                latencies.add(System.nanoTime() - before);
            }
        }
        return latencies;
    }

    private static Latencies file(Path scratch, int steps, boolean force) throws IOException {
        Latencies latencies = new Latencies();
        ByteBuffer record = ByteBuffer.allocateDirect(JournalFigures.PAYLOAD_BYTES);
        try (Scratch directory = new Scratch(scratch);
                FileChannel out = FileChannel.open(directory.path("log"), StandardOpenOption.CREATE_NEW,
                        StandardOpenOption.APPEND)) {
            for (int i = 0; i < steps; i++) {
                record.clear();
                long before = System.nanoTime();
                out.write(record);
                if (force) {
                    out.force(false);
                }
                latencies.add(System.nanoTime() - before);
            }
        }
        return latencies;
    }

    private static Latencies sqlite(Path scratch, int steps, String synchronous) throws IOException {
        Latencies latencies = new Latencies();
        byte[] record = new byte[JournalFigures.PAYLOAD_BYTES];
        try (Scratch directory = new Scratch(scratch);
                Connection connection = DriverManager.getConnection("jdbc:sqlite:" + directory.path("log.db"));
                Statement setUp = connection.createStatement()) {
            setUp.execute("PRAGMA journal_mode=WAL");
            setUp.execute("PRAGMA synchronous=" + synchronous);
            setUp.execute("CREATE TABLE log (sequence INTEGER PRIMARY KEY, record BLOB)");
            try (PreparedStatement insert = connection.prepareStatement("INSERT INTO log (record) VALUES (?)")) {
                for (int i = 0; i < steps; i++) {
                    long before = System.nanoTime();
                    insert.setBytes(1, record);
                    int _ = insert.executeUpdate();
                    latencies.add(System.nanoTime() - before);
                }
            }
        } catch (SQLException e) {
            throw new IOException("SQLite: " + e.getMessage(), e);
        }
        return latencies;
    }
}
