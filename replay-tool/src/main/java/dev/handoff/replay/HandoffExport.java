package dev.handoff.replay;

import java.io.IOException;
import java.io.Writer;
import java.util.List;

/**
 * Writes handoffs in the format of another tool, for a file that leaves this machine. An implementation is stateless.
 *
 * <p>
 * Invariant: what daemons said may hold anything, and is escaped as the format asks.
 */
public interface HandoffExport {

    /** Whether one file may hold several handoffs. */
    boolean takesSeveral();

    /**
     * Writes one whole file.
     *
     * @param stories at least one, and exactly one unless {@link #takesSeveral}
     * @param out     UTF-8 is what becomes of it; the caller flushes and closes it
     * @throws IOException {@code out} failed
     */
    void write(List<HandoffStory> stories, Writer out) throws IOException;

    /**
     * The same where the journal is at hand, for a format that shows more than the stories.
     *
     * @return what was asked for and is not in the file, a sentence each
     * @throws IOException {@code out} failed
     * @throws dev.handoff.journal.JournalFailure the journal cannot be read on
     */
    default List<String> write(List<HandoffStory> stories, ExportSource source, Writer out) throws IOException {
        write(stories, out);
        return List.of();
    }
}
