package dev.handoff.cli.replay;

import java.util.concurrent.Callable;

import dev.handoff.cli.BuildVersion;
import dev.handoff.cli.ExitCode;
import dev.handoff.replay.EntryJson;
import dev.handoff.replay.Shown;
import dev.handoff.replay.verify.Verdict;
import dev.handoff.replay.verify.VerdictJson;
import dev.handoff.replay.verify.VerdictText;
import dev.handoff.replay.verify.Verification;
import dev.handoff.replay.verify.WriterInterval;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code handoff replay verify}: whether everything in a journal can have happened. */
@Command(name = "verify", mixinStandardHelpOptions = true, versionProvider = BuildVersion.class, description = {
    "Judges a journal: every byte is there; what the coordinator sent, started and decided is what the core orders",
    "on these records, in its turn; nobody spoke on a closed session, no dead process died, no timer fired that was",
    "not armed; and the protocol's own rules held, with one writer at a time. What fails names the records that",
    "contradict each other."}, footer = {
        "", "Examples:", "  handoff replay verify --journal /var/lib/kv/journal",
        "  handoff replay verify --journal DIR --writers",
        "  handoff replay verify --journal DIR --json | jq '.findings[] | {rule, at, against}'", "",
        "Exit codes: 0 sound, 1 damaged, violated or diverged, 2 wrong usage, 3 there is no journal, or it cannot be",
        "read."})
final class VerifyCommand implements Callable<Integer> {

    @Mixin
    private JournalOption journal;

    @Option(names = "--writers", description = "Before the verdict, each time in which a process was the writer.")
    private boolean writers;

    @Option(names = "--json", description = "The verdict as one JSON object; with --writers an object a line before it.")
    private boolean json;

    @Override
    public Integer call() {
        return journal.readDirectory(directory -> {
            LineOutput out = new LineOutput(journal.out());
            Verdict verdict = Verification.of(directory, interval -> {
                if (writers) {
                    out.line(json ? VerdictJson.of(interval).toString() : line(interval));
                }
            });
            if (json) {
                out.line(VerdictJson.of(verdict).toString());
            } else {
                VerdictText.of(verdict).forEach(out::line);
            }
            journal.out().flush();
            return verdict.sound() ? ExitCode.OK : ExitCode.FAILED;
        });
    }

    private static String line(WriterInterval interval) {
        return Shown.printable(interval.service()) + "  pid " + interval.pid() + "  from "
                + EntryJson.time(interval.fromNs()) + ", " + interval.from() + "  "
                + (interval.open()
                        ? "on"
                        : "to " + EntryJson.time(interval.toNs()) + ", " + interval.to())
                + "  " + Shown.duration(interval.toNs() - interval.fromNs());
    }
}
