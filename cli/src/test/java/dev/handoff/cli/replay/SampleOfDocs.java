package dev.handoff.cli.replay;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** The journal that docs/POST-MORTEM.md is about, unpacked as that page says. */
final class SampleOfDocs {

    private SampleOfDocs() {}

    /** The repository's root: where the launcher is. */
    static Path root() {
        Path directory = Path.of("").toAbsolutePath();
        while (!Files.isExecutable(directory.resolve("handoff"))) {
            directory = directory.getParent();
        }
        return directory;
    }

    /** The journal's directory, below this one. */
    static Path unpack(Path directory) throws IOException, InterruptedException {
        Process tar = new ProcessBuilder("tar", "-xzf", root().resolve("docs/sample-journal/journal.tar.gz").toString(),
                "-C", directory.toString()).redirectErrorStream(true).start();
        String said = new String(tar.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (tar.waitFor() != 0) {
            throw new IOException("tar: " + said);
        }
        return directory.resolve("journal");
    }
}
