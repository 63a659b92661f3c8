package dev.handoff.examples.kv.store;

import java.io.IOException;
import java.io.Serial;
import java.nio.file.Path;

/** The directory holds something that no crash explains. Nothing has been changed; an operator must decide. */
public final class DamagedSegmentException extends IOException {
    @Serial
    private static final long serialVersionUID = 1;

    DamagedSegmentException(Path file, long offset, String what) {
        super(file + " is damaged at byte " + offset + ": " + what);
    }
}
