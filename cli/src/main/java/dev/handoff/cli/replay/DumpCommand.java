package dev.handoff.cli.replay;

import java.util.concurrent.Callable;

import dev.handoff.cli.BuildVersion;
import dev.handoff.replay.JournalDump;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code handoff replay dump}: the records, one a line. */
@Command(name = "dump", mixinStandardHelpOptions = true, versionProvider = BuildVersion.class, description = {
    "Prints a journal's records, one a line. It only reads: a live coordinator is not disturbed, a copied",
    "directory will do, and of a damaged one everything readable is shown, with what is lost in its place."}, footer = {
        "", "Examples:", "  handoff replay dump --journal /var/lib/kv/journal",
        "  handoff replay dump --journal DIR --json | jq 'select(.kind == \"HandoffEnded\")'",
        "  handoff replay dump --journal DIR --json | jq 'select(.message.variant == \"SealComplete\")'", "",
        "Exit codes: 0 sound, 1 damaged, 2 wrong usage, 3 there is no journal, or it cannot be read."})
final class DumpCommand implements Callable<Integer> {

    @Mixin
    private JournalOption journal;

    @Option(names = "--json", description = "One JSON object a line.")
    private boolean json;

    @Override
    public Integer call() {
        return journal.read(reader -> {
            LineOutput out = new LineOutput(journal.out());
            JournalDump.Printed printed = JournalDump.print(reader,
                    json ? JournalDump.Format.JSON : JournalDump.Format.TEXT, out::line);
            journal.out().flush();
            return journal.judge(printed.end(), printed.notUnderstood());
        });
    }
}
