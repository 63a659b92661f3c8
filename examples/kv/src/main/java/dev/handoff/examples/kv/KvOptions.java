package dev.handoff.examples.kv;

import java.io.IOException;
import java.io.InputStream;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.HexFormat;
import java.util.concurrent.TimeUnit;

import dev.handoff.codec.BuildId;
import dev.handoff.examples.kv.server.ServerConfig;
import dev.handoff.examples.kv.store.StoreConfig;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** The daemon's command line. Filled once, before anything starts. */
@Command(name = "kvd", mixinStandardHelpOptions = false, sortOptions = false, showDefaultValues = true, description = {
    "A durable key-value daemon that speaks the Redis protocol and can be replaced while it serves.",
    "Started by a coordinator it inherits its listeners; started alone it binds --port.", ""})
final class KvOptions {
    /** Of what the supervisor waits for the first hello, so much is left alone. */
    private static final long HELLO_RESERVE_MS = 500;
    private static final int SHA_256_CHUNK = 1 << 16;

    @Option(names = "--data-dir", required = true, paramLabel = "DIR", description = "Where the data lives; created if absent.")
    Path dataDir;

    @Option(names = "--control-socket", paramLabel = "PATH", description = "Where a coordinator reaches this daemon"
            + " (default: control.sock in the data directory).")
    private Path controlSocket;

    @Option(names = "--port", defaultValue = "6390", paramLabel = "N", description = "TCP port if no listener is inherited; 0 for any.")
    int port;

    @Option(names = "--address", defaultValue = "127.0.0.1", paramLabel = "IP", description = "Address to bind if none is inherited.")
    String address;

    @Option(names = "--shards", defaultValue = ""
            + StoreConfig.DEFAULT_SHARDS, paramLabel = "N", description = "Shards of a new data directory; must be the same ever after.")
    private int shards;

    @Option(names = "--lanes", defaultValue = ""
            + StoreConfig.DEFAULT_LANES, paramLabel = "N", description = "Threads that write and fsync.")
    private int lanes;

    @Option(names = "--segment-mib", defaultValue = "16", paramLabel = "N", description = "A segment of a shard is closed at this size.")
    private int segmentMib;

    @Option(names = "--threads", defaultValue = ""
            + ServerConfig.DEFAULT_THREADS, paramLabel = "N", description = "Network threads.")
    int threads;

    @Option(names = "--max-bulk-bytes", defaultValue = ""
            + ServerConfig.DEFAULT_MAX_BULK_LENGTH, paramLabel = "N", description = "Longest value.")
    int maxBulkBytes;

    @Option(names = "--drain-idle-ms", defaultValue = "1000", paramLabel = "MS", description = "In a handoff, a connection silent for so long is closed.")
    long drainIdleMs;

    @Option(names = "--warm-up-ms", defaultValue = "1500", paramLabel = "MS", description = "A successor that has read the data runs its code hot for so long at most.")
    long warmUpMs;

    @Option(names = "--seal-ms", defaultValue = "0", paramLabel = "MS", description = "For trying things out: a seal takes so much longer.")
    long sealMs;

    @Option(names = "--rehearse", hidden = true, description = "For the launcher: warms up and ends, so that the JVM can record it.")
    boolean rehearse;

    @Option(names = "--build-id", defaultValue = "${env:KV_BUILD}", paramLabel = "TEXT", description = "What this build is called (default: KV_BUILD, or the SHA-256 of its jar).")
    private String build;

    @Option(names = {"-h", "--help"}, usageHelp = true, description = "Show this.")
    boolean help;

    StoreConfig storeConfig() {
        return new StoreConfig(dataDir, shards, lanes, (long) segmentMib << 20);
    }

    Path controlSocket() {
        return controlSocket == null ? dataDir.resolve("control.sock") : controlSocket;
    }

    /**
     * When hello has to be said, on the clock of {@link System#nanoTime}. Where the start was slow, the rest of the way will be so
     * too, and gets that much more of the time.
     *
     * @param remainingMs how much longer the supervisor waits
     */
    static long helloDeadlineNs(long remainingMs) {
        long startedMs = ProcessHandle.current().info().startInstant().orElseGet(Instant::now).toEpochMilli();
        long aliveMs = Math.max(0, System.currentTimeMillis() - startedMs);
        return System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(remainingMs - HELLO_RESERVE_MS - 2 * aliveMs);
    }

    BuildId buildId() {
        return BuildId.of(buildBytes());
    }

    /** For people: the given text, or the start of the jar's digest. */
    String buildText() {
        return named() ? build : HexFormat.of().formatHex(buildBytes(), 0, 6);
    }

    private boolean named() {
        return build != null && !build.isEmpty();
    }

    private byte[] buildBytes() {
        if (named()) {
            return build.getBytes(StandardCharsets.UTF_8);
        }
        try {
            MessageDigest sha = MessageDigest.getInstance("SHA-256");
            Path code = Path.of(KvOptions.class.getProtectionDomain().getCodeSource().getLocation().toURI());
            if (Files.isRegularFile(code)) {
                try (InputStream in = Files.newInputStream(code)) {
                    byte[] chunk = new byte[SHA_256_CHUNK];
                    for (int n = in.read(chunk); n >= 0; n = in.read(chunk)) {
                        sha.update(chunk, 0, n);
                    }
                }
            }
            return sha.digest();
        } catch (NoSuchAlgorithmException | URISyntaxException | IOException e) {
            throw new IllegalStateException("cannot read the jar this runs from: " + e.getMessage(), e);
        }
    }
}
