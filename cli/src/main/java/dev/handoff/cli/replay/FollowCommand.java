package dev.handoff.cli.replay;

import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

import dev.handoff.cli.BuildVersion;
import dev.handoff.cli.ExitCode;
import dev.handoff.journal.JournalFailure;
import dev.handoff.posix.Sockets;
import dev.handoff.replay.EntryFilter;
import dev.handoff.replay.JournalDump;
import dev.handoff.replay.JournalFollow;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code handoff replay follow}: the records of a live journal as they come. */
@Command(name = "follow", mixinStandardHelpOptions = true, versionProvider = BuildVersion.class, description = {
    "Prints a journal's records as they come, one a line as 'dump' prints them, until Ctrl-C. It begins with what comes",
    "next, or with --all or --from earlier. It goes on when the coordinator is started again, and waits for a journal",
    "that does not exist yet. It only reads: a live coordinator is not disturbed."}, footer = {
        "", "Examples:", "  handoff replay follow --journal /var/lib/kv/journal",
        "  handoff replay follow --journal DIR --kind HandoffEnded --json | jq -r '.outcome'",
        "  handoff replay follow --journal DIR --from 2026-11-23T08:38 --service kv", "",
        "Exit codes: 0 stopped by SIGINT or SIGTERM, nobody read on, or the record of --to was reached,",
        "1 no such handoff, 2 wrong usage, 3 it cannot be read."})
final class FollowCommand implements Callable<Integer> {

    /** A person does not notice it, and a look costs a directory's listing. */
    private static final long PAUSE_MS = 100;
    private static final int STDOUT = 1;

    @Mixin
    private JournalOption journal;

    @Mixin
    private FilterOptions filter;

    @Option(names = "--all", description = "Everything that is there first.")
    private boolean all;

    @Option(names = "--json", description = "One JSON object a line.")
    private boolean json;

    @Override
    public Integer call() throws InterruptedException {
        EntryFilter base = filter.withoutHandoff();
        if (!filter.namesHandoff()) {
            return follow(base);
        }
        EntryFilter[] whole = {null};
        int looked = journal.read(reader -> {
            Optional<EntryFilter> completed = filter.complete(base, reader, new StoryFinder(journal));
            completed.ifPresent(complete -> whole[0] = complete);
            return completed.isPresent() ? ExitCode.OK : ExitCode.FAILED;
        });
        return looked == ExitCode.OK ? follow(whole[0]) : looked;
    }

    /** Whoever read the other end of a pipe may be gone long before there is another line to write. */
    private boolean isReadNoMore() {
        int events = Sockets.poll(STDOUT, 0, 0);
        return journal.out().checkError() || (events > 0 && (events & Sockets.POLLERR) != 0);
    }

    private int follow(EntryFilter wanted) throws InterruptedException {
        LineOutput out = new LineOutput(journal.out());
        CountDownLatch stop = new CountDownLatch(1);
        CountDownLatch stopped = new CountDownLatch(1);
        Thread onSignal = Thread.ofPlatform().name("follow-stop").unstarted(() -> {
            // A signal would end the process with 128 + n, and perhaps within a line.
            stop.countDown();
            awaitQuietly(stopped);
            Runtime.getRuntime().halt(ExitCode.OK);
        });
        Runtime.getRuntime().addShutdownHook(onSignal);
        try (JournalFollow follow = new JournalFollow(journal.directory(), !all && wanted.from().isEmpty(), wanted,
                json ? JournalDump.Format.JSON : JournalDump.Format.TEXT, out::line, journal::complain)) {
            boolean missing = false;
            while (stop.getCount() > 0) {
                JournalFollow.Look look = follow.poll();
                if (look == JournalFollow.Look.OVER) {
                    break;
                }
                if (look == JournalFollow.Look.READ) {
                    continue;
                }
                if (look == JournalFollow.Look.NO_JOURNAL && !missing) {
                    journal.complain("there is no journal in " + journal.directory() + " yet: waiting for one");
                }
                missing = look == JournalFollow.Look.NO_JOURNAL;
                if (isReadNoMore() || stop.await(PAUSE_MS, TimeUnit.MILLISECONDS)) {
                    break;
                }
            }
            journal.out().flush();
            return ExitCode.OK;
        } catch (JournalFailure e) {
            journal.out().flush();
            journal.complain(e.getMessage());
            return ExitCode.UNREADABLE;
        } finally {
            stopped.countDown();
            forget(onSignal);
        }
    }

    private static void awaitQuietly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static void forget(Thread hook) {
        try {
            boolean _ = Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException shuttingDown) {
            // The hook runs, and ends the process.
        }
    }
}
