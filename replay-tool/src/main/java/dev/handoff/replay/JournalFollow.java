package dev.handoff.replay;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.function.Predicate;

import dev.handoff.journal.JournalDirectory;
import dev.handoff.journal.JournalFailure;
import dev.handoff.journal.JournalReader;

/**
 * Prints a journal's records as they come, one line each, as {@link JournalDump} does. It goes on over rolls, over the coordinator's
 * restarts, over a repair that puts other files in the place of damaged ones, and over a directory that makes way for another journal.
 * Its caller decides when to look again; nothing here waits. Reads only; one thread.
 */
public final class JournalFollow implements AutoCloseable {

    /** Records between two looks at whether somebody wants to stop. */
    private static final int RECORDS_A_POLL = 4096;
    private static final String FILES = "*.cq4";

    /** How a look went. */
    public enum Look {
        /** Records were read; there may be more. */
        READ,
        /** There is nothing new. */
        NOTHING_NEW,
        /** There is no journal yet, or none any more. */
        NO_JOURNAL,
        /** Nobody reads any more, or the filter's end is reached. */
        OVER
    }

    private final Path directory;
    private final EntryFilter filter;
    private final JournalDump.Format format;
    private final Predicate<String> out;
    private final Consumer<String> notes;
    private ServiceNames names = new ServiceNames();
    private EntryDecoder decoder = new EntryDecoder(names, this::take);
    private JournalReader reader;
    private Map<Path, Object> files = Map.of();
    private Optional<UUID> journalId = Optional.empty();
    private int epoch;
    private long sequence;
    /** Records that were there at the beginning are passed over. */
    private boolean catchingUp;
    /** What was read from the files before is passed over. */
    private boolean readingAgain;
    private boolean over;

    /**
     * @param fromEnd whether only what comes from now on is wanted; else everything, too, that is there
     * @param filter  applies to both
     * @param out     takes a line without its end; false ends it
     * @param notes   takes what a person should know besides, in a sentence
     */
    public JournalFollow(Path directory, boolean fromEnd, EntryFilter filter, JournalDump.Format format,
            Predicate<String> out, Consumer<String> notes) {
        this.directory = directory;
        this.catchingUp = fromEnd;
        this.filter = filter;
        this.format = format;
        this.out = out;
        this.notes = notes;
    }

    /**
     * Prints what is new.
     *
     * @throws JournalFailure there is something that cannot be read
     */
    public Look poll() {
        try {
            if (reader == null) {
                open();
            }
            int read = reader.poll(decoder, RECORDS_A_POLL);
            if (over) {
                return Look.OVER;
            }
            if (read > 0) {
                return Look.READ;
            }
            catchingUp = false;
            if (!isReplaced()) {
                return Look.NOTHING_NEW;
            }
            close();
            readingAgain = true;
            return Look.READ;
        } catch (JournalFailure e) {
            if (e.reason() != JournalFailure.Reason.MISSING) {
                throw e;
            }
            // What comes is new from its first record on.
            catchingUp = false;
            return Look.NO_JOURNAL;
        }
    }

    private void open() {
        files = files();
        reader = JournalDirectory.read(directory);
        names = new ServiceNames();
        decoder = new EntryDecoder(names, this::take);
        if (catchingUp) {
            // Its snapshot holds the services' names.
            long _ = reader.seekLastSnapshot();
        }
    }

    /** Whether other files stand where those were that are being read. */
    private boolean isReplaced() {
        Map<Path, Object> now = files();
        boolean gone = !files.isEmpty() && files.keySet().stream().noneMatch(now::containsKey);
        boolean other = files.entrySet().stream()
                .anyMatch(file -> now.containsKey(file.getKey())
                        && !Objects.equals(file.getValue(), now.get(file.getKey())));
        if (!gone && !other) {
            files = now;
        }
        return gone || other;
    }

    private Map<Path, Object> files() {
        Map<Path, Object> found = new HashMap<>();
        try (DirectoryStream<Path> listed = Files.newDirectoryStream(directory, FILES)) {
            for (Path file : listed) {
                found.put(file, Files.readAttributes(file, BasicFileAttributes.class).fileKey());
            }
        } catch (IOException vanished) {
            // Opening it again will say what is wrong.
            return Map.of();
        }
        return found;
    }

    private boolean take(Entry entry) {
        switch (entry) {
            case Entry.Recorded recorded -> {
                boolean isNew = note(recorded);
                boolean wanted = isNew && !catchingUp && filter.isInRange(recorded.header())
                        && filter.wants(entry, names);
                over = (wanted && !print(entry)) || filter.isOver(recorded.header());
            }
            case Entry.Damaged _ -> {
                boolean wanted = !readingAgain && !catchingUp && filter.kinds().isEmpty();
                over = wanted && !print(entry);
            }
        }
        return !over;
    }

    /** Whether this record was not read before. */
    private boolean note(Entry.Recorded recorded) {
        Entry.Header header = recorded.header();
        if (recorded instanceof Entry.Snapshot snapshot) {
            if (journalId.isPresent() && !journalId.get().equals(snapshot.journalId())) {
                notes.accept("another journal stands in its place; it is followed from its beginning");
                epoch = 0;
                sequence = 0;
            }
            journalId = Optional.of(snapshot.journalId());
        }
        boolean isNew = header.epoch() > epoch || (header.epoch() == epoch && header.sequence() > sequence);
        if (isNew) {
            readingAgain = false;
            epoch = header.epoch();
            sequence = header.sequence();
        }
        return isNew;
    }

    private boolean print(Entry entry) {
        return out.test(switch (format) {
            case TEXT -> EntryText.line(entry, names);
            case JSON -> EntryJson.toJson(entry, names).toString();
        });
    }

    @Override
    public void close() {
        if (reader != null) {
            reader.close();
            reader = null;
        }
    }
}
