package dev.handoff.replay;

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
    private final Predicate<String> out;
    private final ServiceNames names = new ServiceNames();
    private long records;
    private long notUnderstood;

    private JournalDump(Format format, Predicate<String> out) {
        this.format = format;
        this.out = out;
    }

    /**
     * What was printed.
     *
     * @param notUnderstood records with a right checksum that are none of this release's
     */
    public record Printed(long records, long notUnderstood, ReplayEnd end) {

        public boolean sound() {
            return notUnderstood == 0 && end instanceof ReplayEnd.Intact;
        }
    }

    /**
     * Prints everything from where the reader stands.
     *
     * @param out takes a line without its end; false stops the printing
     * @throws dev.handoff.journal.JournalFailure the journal cannot be read on
     */
    public static Printed print(JournalReader reader, Format format, Predicate<String> out) {
        JournalDump dump = new JournalDump(format, out);
        ReplayEnd end = reader.replay(new EntryDecoder(dump.names, dump::print));
        return new Printed(dump.records, dump.notUnderstood, end);
    }

    private boolean print(Entry entry) {
        switch (entry) {
            case Entry.NotUnderstood _ -> {
                records++;
                notUnderstood++;
            }
            case Entry.Happened _,Entry.Snapshot _,Entry.LossNoted _ -> records++;
            case Entry.Damaged _ -> {
            }
        }
        return out.test(switch (format) {
            case TEXT -> EntryText.line(entry, names);
            case JSON -> EntryJson.toJson(entry, names).toString();
        });
    }
}
