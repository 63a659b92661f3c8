package dev.handoff.cli.replay;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;

import dev.handoff.cli.BuildVersion;
import dev.handoff.replay.EntryJson;
import dev.handoff.replay.HandoffJson;
import dev.handoff.replay.HandoffStories;
import dev.handoff.replay.HandoffSummary;
import dev.handoff.replay.Shown;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code handoff replay list}: the handoffs, one a line. */
@Command(name = "list", mixinStandardHelpOptions = true, versionProvider = BuildVersion.class, description = {
    "Lists the handoffs of a journal in the order of their ends, one a line: who was replaced by whom, when, how it",
    "ended and why, how long it took, and for how long nobody accepted writes."}, footer = {
        "", "Examples:", "  handoff replay list --journal /var/lib/kv/journal",
        "  handoff replay list --journal DIR --service kv",
        "  handoff replay list --journal DIR --json | jq 'select(.outcome != \"committed\") | .cause'", "",
        "Outcomes: committed, rolled_back, indeterminate; refused: it never began; in_flight: the journal ends in it;",
        "untold: the record of its end is lost.", "",
        "Exit codes: 0 sound, 1 damaged, 2 wrong usage, 3 there is no journal, or it cannot be read."})
final class ListCommand implements Callable<Integer> {

    static final int ID_CHARS = 8;
    private static final int SECOND_CHARS = "2026-11-23T08:38:19".length();

    @Mixin
    private JournalOption journal;

    @Option(names = "--service", paramLabel = "NAME", description = "Only the handoffs of this service.")
    private Optional<String> service = Optional.empty();

    @Option(names = "--json", description = "One JSON object a line, with all that is known of each.")
    private boolean json;

    @Override
    public Integer call() {
        return journal.read(reader -> {
            LineOutput out = new LineOutput(journal.out());
            ColumnOutput columns = new ColumnOutput(out,
                    List.of("HANDOFF", "SERVICE", "FROM", "TO", "START (UTC)", "OUTCOME", "TOTAL", "GAP", "CAUSE"));
            long[] listed = {0};
            HandoffStories.Read read = HandoffStories.scan(reader, summary -> {
                if (service.isPresent() && !service.get().equals(summary.serviceName())) {
                    return true;
                }
                listed[0]++;
                return json ? out.line(HandoffJson.toJson(summary).toString()) : columns.row(row(summary));
            });
            if (listed[0] == 0) {
                journal.complain("no handoff" + service.map(name -> " of service " + name).orElse("") + " in the "
                        + read.records() + " records of " + journal.directory());
            } else if (!json) {
                columns.end();
            }
            journal.out().flush();
            return journal.judge(read.end(), read.notUnderstood());
        });
    }

    private static List<String> row(HandoffSummary summary) {
        return List.of(summary.id().toString().substring(0, ID_CHARS), Shown.printable(summary.serviceName()),
                Shown.build(summary.incumbent().build()), Shown.build(summary.successor().build()),
                EntryJson.time(summary.startNs()).substring(0, SECOND_CHARS).replace('T', ' '),
                summary.ending().word(), Shown.duration(summary.totalNs()),
                summary.writerGapNs().isPresent() ? Shown.duration(summary.writerGapNs().getAsLong()) : "-",
                Shown.printable(summary.ending().cause()));
    }
}
