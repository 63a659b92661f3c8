package dev.handoff.coordinator.shell;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Optional;

import dev.handoff.codec.Fingerprint;
import dev.handoff.coordinator.config.ServiceConfig;

/** Looks at a binary before it is started. Any thread; reads the file once. */
final class Binaries {

    /** What was found. */
    sealed interface Looked {
        record Found(Path path, long device, long inode, Fingerprint sha256) implements Looked {}

        record Rejected(String reason) implements Looked {}
    }

    private static final int CHUNK_BYTES = 1 << 16;

    private Binaries() {}

    /**
     * Checks that a binary may be started and exists, and hashes it.
     *
     * @param requested
     *            an absolute path, or empty for {@code inUse}
     */
    static Looked look(ServiceConfig config, String requested, String inUse) {
        try {
            Path wanted = Path.of(requested.isEmpty() ? inUse : requested);
            if (!wanted.isAbsolute()) {
                return new Looked.Rejected("the binary " + wanted + " is not an absolute path");
            }
            Optional<Path> permitted = requested.isEmpty()
                    ? Optional.of(wanted.normalize())
                    : config.permittedBinary(wanted);
            if (permitted.isEmpty()) {
                return new Looked.Rejected(
                        "the binary " + wanted + " is not among the allowed_binaries of service " + config.name());
            }
            Path path = permitted.get().toRealPath();
            if (!Files.isRegularFile(path)) {
                return new Looked.Rejected("the binary " + path + " is not a regular file");
            }
            if (!Files.isExecutable(path)) {
                return new Looked.Rejected("the binary " + path + " may not be executed; chmod +x it");
            }
            return new Looked.Found(path, ((Number) Files.getAttribute(path, "unix:dev")).longValue(),
                    ((Number) Files.getAttribute(path, "unix:ino")).longValue(), sha256(path));
        } catch (NoSuchFileException e) {
            return new Looked.Rejected("there is no binary at " + e.getFile());
        } catch (InvalidPathException e) {
            return new Looked.Rejected("'" + requested + "' is not a path: " + e.getReason());
        } catch (IOException e) {
            return new Looked.Rejected("the binary " + (requested.isEmpty() ? inUse : requested) + " cannot be read: "
                    + e.getMessage());
        }
    }

    private static Fingerprint sha256(Path path) throws IOException {
        MessageDigest digest;
        try {
            digest = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
        byte[] chunk = new byte[CHUNK_BYTES];
        try (InputStream in = Files.newInputStream(path)) {
            for (int read = in.read(chunk); read >= 0; read = in.read(chunk)) {
                digest.update(chunk, 0, read);
            }
        }
        return Fingerprint.of(digest.digest());
    }
}
