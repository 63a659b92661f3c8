package dev.handoff.replay;

import java.util.Collections;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;

import dev.handoff.journal.JournalReader;
import dev.handoff.journal.ReplayEnd;

/** Prints a journal, one line for each record and for each damage in its place. Reads only; one thread. */
public final class JournalDump {

    /** What a line looks like. */
    public enum Format {
        /** For people. */
        TEXT,
        /** One JSON object. */
        JSON
    }

    private final Format format;
    private final EntryFilter filter;
    private final Predicate<String> out;
    private final ServiceNames names = new ServiceNames();
    private long records;
    private long printed;
    private long notUnderstood;
    /** Whether the newest record was in the filter's range: what is damaged behind it shows its place then. */
    private boolean inRange;

    private JournalDump(Format format, EntryFilter filter, Predicate<String> out) {
        this.format = format;
        this.filter = filter;
        this.out = out;
        this.inRange = filter.from().isEmpty();
    }

    /**
     * How the printing went.
     *
     * @param records       how many were read
     * @param printed       how many lines were printed
     * @param notUnderstood records with a right checksum that are none of this release's, among those read
     * @param services      the names of the services, as far as it was read
     */
    public record Printed(long records, long printed, long notUnderstood, Set<String> services, ReplayEnd end) {

        public Printed {
            services = Collections.unmodifiableSet(new TreeSet<>(services));
        }

        public boolean sound() {
            return notUnderstood == 0 && end instanceof ReplayEnd.Intact;
        }
    }

    /** As below, with everything from where the reader stands. */
    public static Printed print(JournalReader reader, Format format, Predicate<String> out) {
        return print(reader, format, EntryFilter.EVERYTHING, out);
    }

    /**
     * Prints what the filter wants, from where the reader stands. Damage in the filter's range is wanted always, unless kinds are
     * named.
     *
     * @param out takes a line without its end; false stops the printing
     * @throws dev.handoff.journal.JournalFailure the journal cannot be read on
     */
    public static Printed print(JournalReader reader, Format format, EntryFilter filter, Predicate<String> out) {
        JournalDump dump = new JournalDump(format, filter, out);
        ReplayEnd end = reader.replay(new EntryDecoder(dump.names, dump::take));
        return new Printed(dump.records, dump.printed, dump.notUnderstood, dump.names.all(), end);
    }

    private boolean take(Entry entry) {
        return switch (entry) {
            case Entry.Recorded recorded -> {
                records++;
                if (recorded instanceof Entry.NotUnderstood) {
                    notUnderstood++;
                }
                inRange = filter.isInRange(recorded.header());
                boolean read = !inRange || !filter.wants(entry, names) || print(entry);
                yield read && !filter.isOver(recorded.header());
            }
            case Entry.Damaged _ ->
                !inRange || (filter.kinds().isPresent() && !filter.wants(entry, names)) || print(entry);
        };
    }

    private boolean print(Entry entry) {
        printed++;
        return out.test(switch (format) {
            case TEXT -> EntryText.line(entry, names);
            case JSON -> EntryJson.toJson(entry, names).toString();
        });
    }
}
