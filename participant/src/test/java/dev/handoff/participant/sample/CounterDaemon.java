package dev.handoff.participant.sample;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.file.StandardOpenOption.*;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.*;
import java.nio.file.*;
import java.security.MessageDigest;
import java.util.List;

import dev.handoff.codec.*;
import dev.handoff.participant.*;

/** Answers each connection with the next number: none is left out or given twice, whichever generation accepts it. */
public final class CounterDaemon implements Drainable {
    private Path file;
    private InheritedListeners listeners;
    private ServerSocketChannel accepting;
    private Thread server;

    public static void main(String[] args) throws Exception {
        Path dir = Path.of(args[0]);
        var config = ParticipantConfig.of(dir, dir.resolve("sock"), BuildId.parse(args[1]));
        Taken taken = Participant.start(config).take();
        CounterDaemon daemon = new CounterDaemon();
        daemon.file = dir.resolve("count");
        daemon.listeners = taken.listeners();
        IncumbentStage incumbent = taken.ready(List.of("main"), ShardRevisions.of(daemon.count()));
        daemon.accept();
        System.exit(incumbent.serve(daemon).exitCode());
    }

    private long count() throws IOException {
        return Files.exists(file) ? Long.parseLong(Files.readString(file)) : 0;
    }

    private void accept() throws ParticipantEndedException {
        accepting = listeners.serverSocketChannel("main");
        server = Thread.startVirtualThread(this::answer);
    }

    private void answer() {
        while (accepting.isOpen()) {
            try (SocketChannel client = accepting.accept()) {
                byte[] next = Long.toString(count() + 1).getBytes(US_ASCII);
                Files.write(file, next, CREATE, WRITE, DSYNC);
                client.write(ByteBuffer.wrap(next));
            } catch (IOException e) {
                System.err.println("not answered: " + e);
            }
        }
    }

    @Override
    public DrainReport drain(DrainDeadline deadline) throws Exception {
        accepting.close();
        server.join();
        return new DrainReport(0, true);
    }

    @Override
    public SealResult seal(SealProgress progress) throws Exception {
        byte[] sha256 = MessageDigest.getInstance("SHA-256").digest(Long.toString(count()).getBytes(US_ASCII));
        return new SealResult.Sealed(ShardRevisions.of(count()), Fingerprint.of(sha256));
    }

    @Override
    public void resumeAfterAbort(AbortedAt at) throws Exception {
        accept();
    }
}
