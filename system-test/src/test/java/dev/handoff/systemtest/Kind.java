package dev.handoff.systemtest;

import java.io.IOException;
import java.nio.file.Path;

/** Which implementation a daemon takes part through. */
enum Kind {
    OURS {
        @Override
        Path binary(Path directory, String name, String... arguments) throws IOException {
            return Rig.ourBinary(directory, name, arguments);
        }
    },
    STOCK {
        @Override
        Path binary(Path directory, String name, String... arguments) throws IOException {
            return Rig.stockBinary(directory, name, arguments);
        }
    };

    /** An executable daemon with these arguments, for the rig in {@code directory}. */
    abstract Path binary(Path directory, String name, String... arguments) throws IOException;
}
