package dev.handoff.replay;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

import dev.handoff.codec.HandoffId;
import dev.handoff.codec.event.Event;
import dev.handoff.journal.JournalDirectory;
import dev.handoff.journal.JournalFailure;
import dev.handoff.journal.JournalReader;
import dev.handoff.journal.ReplayEnd;
import dev.handoff.replay.verify.Verification;

/**
 * A journal as it is at this moment, its writer alive or just killed.
 *
 * @param damage what is wrong with it; empty for one that verifies
 */
public record LiveJournal(List<Entry.Happened> records, List<String> damage) {

    public LiveJournal {
        records = List.copyOf(records);
        damage = List.copyOf(damage);
    }

    /** Reads it all; never throws for what is wrong with it. */
    public static LiveJournal read(Path directory) {
        List<Entry.Happened> records = new ArrayList<>();
        List<String> damage = new ArrayList<>();
        try (JournalReader reader = JournalDirectory.read(directory)) {
            ReplayEnd _ = reader.replay(new EntryDecoder(new ServiceNames(), entry -> {
                if (entry instanceof Entry.Happened happened) {
                    records.add(happened);
                }
                return true;
            }));
            Verification.of(directory).findings()
                    .forEach(finding -> damage.add("the journal does not verify: " + finding));
        } catch (JournalFailure e) {
            damage.add("the journal cannot be read: " + e.getMessage());
        }
        return new LiveJournal(records, damage);
    }

    /** What happened, without the journal's own records. */
    public List<Event> events() {
        return records.stream().map(Entry.Happened::event).toList();
    }

    /** The last record's sequence, 0 for none. */
    public long lastSequence() {
        return records.isEmpty() ? 0 : records.getLast().header().sequence();
    }

    /** What came after record {@code sequence}. */
    public LiveJournal after(long sequence) {
        return new LiveJournal(
                records.stream().filter(record -> record.header().sequence() > sequence).toList(), damage);
    }

    /** Every record of one handoff. */
    public List<Event> of(HandoffId id) {
        return events().stream().filter(event -> event.stamp().handoffId().equals(id)).toList();
    }
}
