package dev.handoff.cli.replay;

import java.util.Optional;
import java.util.concurrent.Callable;

import dev.handoff.cli.BuildVersion;
import dev.handoff.cli.ExitCode;
import dev.handoff.replay.EntryFilter;
import dev.handoff.replay.JournalDump;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code handoff replay dump}: the records, one a line. */
@Command(name = "dump", mixinStandardHelpOptions = true, versionProvider = BuildVersion.class, description = {
    "Prints a journal's records, one a line. It only reads: a live coordinator is not disturbed, a copied",
    "directory will do, and of a damaged one everything readable is shown, with what is lost in its place."}, footer = {
        "", "Examples:", "  handoff replay dump --journal /var/lib/kv/journal",
        "  handoff replay dump --journal DIR --from 2026-11-23T08:38 --to 2026-11-23T08:40 --service kv",
        "  handoff replay dump --journal DIR --handoff last --kind MessageReceived,HandoffEnded",
        "  handoff replay dump --journal DIR --from 4700 --to 4720 --kind SealComplete",
        "  handoff replay dump --journal DIR --json | jq 'select(.kind == \"HandoffEnded\")'",
        "  handoff replay dump --journal DIR --json | jq 'select(.message.variant == \"SealComplete\")'", "",
        "Exit codes: 0 sound, 1 damaged, or no such handoff, 2 wrong usage, 3 there is no journal, or it cannot be read."})
final class DumpCommand implements Callable<Integer> {

    @Mixin
    private JournalOption journal;

    @Mixin
    private FilterOptions filter;

    @Option(names = "--json", description = "One JSON object a line.")
    private boolean json;

    @Override
    public Integer call() {
        EntryFilter base = filter.withoutHandoff();
        return journal.read(reader -> {
            Optional<EntryFilter> wanted = filter.complete(base, reader, new StoryFinder(journal));
            if (wanted.isEmpty()) {
                return ExitCode.FAILED;
            }
            LineOutput out = new LineOutput(journal.out());
            JournalDump.Printed printed = JournalDump.print(reader,
                    json ? JournalDump.Format.JSON : JournalDump.Format.TEXT, wanted.get(), out::line);
            journal.out().flush();
            if (printed.printed() == 0) {
                sayWhatThereIs(printed);
            }
            return journal.judge(printed.end(), printed.notUnderstood());
        });
    }

    private void sayWhatThereIs(JournalDump.Printed printed) {
        boolean noSuchService = filter.service().isPresent() && !printed.services().contains(filter.service().get());
        journal.complain("none of the " + printed.records() + " records read fits"
                + (noSuchService
                        ? "; there is no service " + filter.service().get() + ", there are: "
                                + String.join(", ", printed.services())
                        : ""));
    }
}
