package dev.handoff.coordinator.keeper;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

import dev.handoff.coordinator.store.FdName;
import dev.handoff.posix.Descriptors;
import dev.handoff.posix.Epoll;
import dev.handoff.posix.Errno;
import dev.handoff.posix.EventFd;
import dev.handoff.posix.ExitStatus;
import dev.handoff.posix.Platform;
import dev.handoff.posix.Processes;
import dev.handoff.posix.Signals;
import dev.handoff.posix.Spawn;

/**
 * {@code Keeper [--spare] COMMAND…}: keeps a coordinator running, and what it parks beyond its death; with a spare, also one more that
 * was started in advance. One thread does everything; a second
 * one only waits for children to end, and the shutdown hook only asks to stop.
 *
 * <p>
 * Invariant: nothing of the coordinator's is obeyed that another process said; only the kernel's word counts for who spoke.
 */
public final class Keeper {

    /** Exit codes of the coordinator after which it would only fail again: stopped as asked, bad configuration, a fault. */
    private static final List<Integer> FINAL = List.of(0, 2, 70);

    /** Final until it was ready once: it cannot start, it cannot be executed, there is no such command (sh(1)). */
    private static final List<Integer> FINAL_AT_FIRST = List.of(1, 126, 127);

    /** The protocol page's hold, until the coordinator tells its own. */
    private static final long DEFAULT_HOLD_MS = 10_000;

    /** Longer than any start: a coordinator that is not ready then is asked to stop nevertheless. */
    private static final long START_MS = 10_000;

    /** How often a coordinator that dies while it stops its daemons is started again for the rest of them. */
    private static final int STOP_ATTEMPTS = 3;

    private static final String WITH_SPARE = "--spare";

    /** From the coordinator's being ready to the start of its spare, which takes a second of a processor for itself. */
    private static final long SPARE_AFTER_MS = 1_000;

    /** A spare that ends by itself is not expected to fare better at once. */
    private static final long SPARE_AGAIN_MS = 30_000;

    private static final int EXIT_FAILED = 1;
    private static final int EXIT_USAGE = 2;
    private static final int EXIT_BROKEN = 70;

    /** What a shell adds to the number of the signal that ended a program. */
    private static final int EXIT_BY_SIGNAL = 128;

    /** More than a datagram socket queues (net.unix.max_dgram_qlen): whoever floods it cannot hold up the rest. */
    private static final int MESSAGES_AT_ONCE = 1024;

    /** Far above the listeners and sessions of a thousand services, and few enough to be handed over in one go. */
    private static final int MOST_DESCRIPTORS = 4096;

    /** For the JVM's own files, and what a start needs for a moment. */
    private static final int OWN_DESCRIPTORS = 64;

    private final CommandLine command;
    private final ParkedDescriptors parked;
    private final NotifySocket socket;
    private final EventFd bell;
    private final Doorbell doorbell;
    private final Epoll epoll;
    private final Backoff backoff = new Backoff();
    private final boolean wantsSpare;
    private final int ownPid = Processes.ownPid();

    private volatile boolean stopAsked;

    /** The coordinator, or 0 while there is none. */
    private int child;
    private long startedNs;
    private boolean ready;
    private long readyNs;
    private boolean everReady;
    /** When to start the coordinator, while there is none. */
    private long startAtNs;
    private boolean holding;
    private long holdEndsNs;
    private long holdMs = DEFAULT_HOLD_MS;
    /** Whether a descriptor was refused since the last barrier. */
    private boolean refused;
    private boolean toldToStop;
    private int deathsInStop;
    /** Null while there is none. */
    private Spare spare;
    /** When to start one, while there is none. */
    private long spareAtNs;
    private int lastStranger;

    private Keeper(CommandLine command, boolean wantsSpare, int limit) throws IOException {
        this.command = command;
        this.wantsSpare = wantsSpare;
        parked = new ParkedDescriptors(limit);
        socket = NotifySocket.bind();
        bell = EventFd.open();
        epoll = Epoll.open(3);
        check(epoll.add(socket.fd(), Epoll.EPOLLIN, 0));
        check(epoll.add(bell.fd(), Epoll.EPOLLIN, 0));
        doorbell = new Doorbell(bell);
    }

    /** Ends with the coordinator's exit code, or with 2 for a missing command, or 1 where it cannot work. */
    public static void main(String[] arguments) throws IOException {
        boolean wantsSpare = arguments.length > 0 && arguments[0].equals(WITH_SPARE);
        List<String> command = List.of(arguments).subList(wantsSpare ? 1 : 0, arguments.length);
        if (command.isEmpty()) {
            say("usage: Keeper [" + WITH_SPARE + "] COMMAND [ARGUMENT]...");
            System.exit(EXIT_USAGE);
        }
        if (Platform.check() instanceof Platform.Outcome.Unsupported unsupported) {
            say(unsupported.reason());
            System.exit(EXIT_FAILED);
        }
        check(Processes.setChildSubreaper());
        Keeper keeper = new Keeper(new CommandLine(command, System.getenv()), wantsSpare, limit());
        // SIGTERM, SIGINT and SIGHUP all make the JVM run this, once. It never returns: the loop ends the process.
        Runtime.getRuntime().addShutdownHook(new Thread(keeper::stop, "keeper-stop"));
        try {
            keeper.run();
        } catch (RuntimeException e) {
            say("a fault, and nothing is kept any more; the coordinator runs on: " + e);
            keeper.end(EXIT_BROKEN);
        }
    }

    /** How many descriptors can be held and, for the moment of a start, duplicated (proc(5), <i>limits</i>). */
    private static int limit() throws IOException {
        for (String line : Files.readAllLines(Path.of("/proc/self/limits"))) {
            String soft = line.startsWith("Max open files") ? line.substring(26, 47).strip() : "";
            if (!soft.isEmpty() && !soft.equals("unlimited")) {
                long half = (Long.parseLong(soft) - OWN_DESCRIPTORS) / 2;
                return Math.clamp(half, 1, MOST_DESCRIPTORS);
            }
        }
        return MOST_DESCRIPTORS;
    }

    private void stop() {
        stopAsked = true;
        bell.signal();
        // The loop ends the process; a hook that returned would.
        new Semaphore(0).acquireUninterruptibly();
    }

    private void run() {
        start();
        while (true) {
            int count = epoll.await(timeoutMs());
            if (count < 0 && count != -Errno.EINTR) {
                check(count);
            }
            bell.drain();
            readMessages();
            reap();
            if (stopAsked) {
                forwardStop();
            }
            if (child == 0 && startAtNs - System.nanoTime() <= 0) {
                start();
            }
            lookAfterSpare();
            if (holding && holdEndsNs - System.nanoTime() <= 0) {
                endHold();
            }
        }
    }

    /** Until the next thing that time alone brings about, or -1. */
    private int timeoutMs() {
        long nowNs = System.nanoTime();
        long leastNs = Long.MAX_VALUE;
        if (child == 0) {
            leastNs = startAtNs - nowNs;
        }
        if (holding) {
            leastNs = Math.min(leastNs, holdEndsNs - nowNs);
        }
        if (needsSpare()) {
            leastNs = Math.min(leastNs, spareAtNs - nowNs);
        }
        if (stopAsked && child != 0 && !toldToStop) {
            leastNs = Math.min(leastNs, startedNs + ns(START_MS) - nowNs);
        }
        // Rounded up: rounded down, the last fraction of a millisecond would be spent spinning.
        return leastNs == Long.MAX_VALUE
                ? -1
                : (int) Math.max(0, TimeUnit.NANOSECONDS.toMillis(leastNs + ns(1) - 1));
    }

    // ---- The coordinator ----------------------------------------------------------------------------------------------------

    private void start() {
        ready = false;
        toldToStop = false;
        refused = false;
        startedNs = System.nanoTime();
        if (spare != null && goOnWithSpare()) {
            return;
        }
        switch (Spawn.spawn(command.plan(socket.name(), parked, ownPid))) {
            case Spawn.Spawned spawned -> {
                child = spawned.pid();
                doorbell.lookAgain();
            }
            case Spawn.SpawnFailed failed -> {
                startAtNs = startedNs + ns(backoff.afterDeathMs(0));
                say(failed.what());
            }
        }
    }

    /** False where it is not warm yet, or of no use: then it is ended, and another coordinator started as if there were none. */
    private boolean goOnWithSpare() {
        Spare next = spare;
        spare = null;
        if (!next.goOn(parked)) {
            say("the spare (pid " + next.pid() + ") "
                    + (next.isWarm() ? "did not take what is parked" : "is not warm yet"));
            next.dismiss();
            return false;
        }
        child = next.pid();
        say("the spare (pid " + child + ") goes on");
        return true;
    }

    private boolean needsSpare() {
        return wantsSpare && spare == null && child != 0 && ready && !stopAsked;
    }

    private void lookAfterSpare() {
        if (spare != null && stopAsked) {
            spare.dismiss();
            spare = null;
        } else if (spare != null && spare.becomesWarm()) {
            say("a spare (pid " + spare.pid() + ") stands by");
        } else if (needsSpare() && spareAtNs - System.nanoTime() <= 0) {
            startSpare();
        }
    }

    private void startSpare() {
        switch (Spare.start(command, socket.name(), parked.limit(), ownPid)) {
            case Spare.Started started -> {
                spare = started.spare();
                check(epoll.add(spare.channel(), Epoll.EPOLLIN | Epoll.EPOLLET, 0));
                doorbell.lookAgain();
            }
            case Spare.NotStarted not -> {
                spareAtNs = System.nanoTime() + ns(SPARE_AGAIN_MS);
                say("no spare could be started: " + not.why());
            }
        }
    }

    private void spareEnded(ExitStatus status) {
        say("the spare (pid " + spare.pid() + ") " + how(status) + "; another is started in " + SPARE_AGAIN_MS / 1_000
                + " s");
        spare.forget();
        spare = null;
        spareAtNs = System.nanoTime() + ns(SPARE_AGAIN_MS);
    }

    /** Takes every child's exit status, so that none stays a zombie: the coordinator's, and those of its orphans. */
    private void reap() {
        boolean reapedAny = false;
        for (Optional<Processes.Reaped> ended = Processes.reapAny(); ended.isPresent(); ended = Processes.reapAny()) {
            reapedAny = true;
            if (ended.get().pid() == child) {
                // What it said before it died, and nothing later reads for it.
                readMessages();
                died(ended.get().status());
            } else if (spare != null && ended.get().pid() == spare.pid()) {
                spareEnded(ended.get().status());
            }
        }
        if (reapedAny) {
            doorbell.lookAgain();
        }
    }

    private void died(ExitStatus status) {
        int pid = child;
        child = 0;
        String how = how(status);
        if (status instanceof ExitStatus.Exited(int code) && isFinal(code)) {
            if (code != 0 && everReady) {
                say("the coordinator (pid " + pid + ") " + how + " and is not started again; its daemons serve on");
            }
            end(code);
        }
        if (stopAsked && (!everReady || ++deathsInStop >= STOP_ATTEMPTS)) {
            say("the coordinator (pid " + pid + ") " + how + " while it was stopping and is not started again");
            end(status instanceof ExitStatus.Signaled(int signal) ? EXIT_BY_SIGNAL + signal : EXIT_FAILED);
        }
        long nowNs = System.nanoTime();
        if (!holding) {
            holding = true;
            holdEndsNs = nowNs + ns(holdMs);
        }
        long waitMs = backoff.afterDeathMs(ready ? TimeUnit.NANOSECONDS.toMillis(nowNs - readyNs) : 0);
        ready = false;
        startAtNs = nowNs + ns(waitMs);
        say("the coordinator (pid " + pid + ") " + how + "; starting it again "
                + (waitMs == 0 ? "now" : "in " + waitMs + " ms") + " with " + parked.size() + " descriptors");
    }

    private static String how(ExitStatus status) {
        return switch (status) {
            case ExitStatus.Exited(int code) -> "ended with exit code " + code;
            case ExitStatus.Signaled(int signal) -> "was killed by " + Signals.name(signal);
            case ExitStatus.StillRunning _,ExitStatus.Unknown _ -> throw new IllegalStateException("not reaped");
        };
    }

    private boolean isFinal(int code) {
        return FINAL.contains(code) || (!everReady && FINAL_AT_FIRST.contains(code));
    }

    private void endHold() {
        holding = false;
        List<String> sessions = parked.letSessionsGo();
        say("no coordinator was ready within the hold of " + holdMs + " ms: "
                + (sessions.isEmpty() ? "there was no session to let go" : "let go " + String.join(", ", sessions)));
    }

    /** A coordinator that takes over is asked only when it knows its daemons; one without a past at once. */
    private void forwardStop() {
        if (child == 0) {
            startAtNs = System.nanoTime();
        } else if (!toldToStop
                && (ready || !everReady || startedNs + ns(START_MS) - System.nanoTime() <= 0)) {
            toldToStop = true;
            // -ESRCH cannot be: it is ours to reap. A zombie takes the signal without effect.
            check(Processes.kill(child, Signals.SIGTERM));
        }
    }

    // ---- The store ----------------------------------------------------------------------------------------------------------

    private void readMessages() {
        for (int i = 0; i < MESSAGES_AT_ONCE; i++) {
            Optional<Notification> next = socket.receive();
            if (next.isEmpty()) {
                return;
            }
            Notification message = next.get();
            if (message.sender() == child && child != 0) {
                obey(message);
            } else {
                message.descriptors().forEach(Descriptors::close);
                if (message.sender() != lastStranger) {
                    lastStranger = message.sender();
                    say("ignored a message of pid " + message.sender() + ", which is not the coordinator");
                }
            }
        }
    }

    private void obey(Notification message) {
        if (message.says("FDSTORE")) {
            store(message);
        } else if (message.says("BARRIER")) {
            message.descriptors().forEach(pipe -> socket.answer(pipe, refused));
            refused = false;
        } else {
            message.descriptors().forEach(Descriptors::close);
        }
        if (message.says("FDSTOREREMOVE")) {
            parked.remove(message.value("FDNAME"));
        }
        if (message.says("READY") && !ready) {
            ready = true;
            everReady = true;
            readyNs = System.nanoTime();
            spareAtNs = readyNs + ns(SPARE_AFTER_MS);
            holding = false;
        }
        String hold = message.value("X_HANDOFF_HOLD_MS");
        if (!hold.isEmpty()) {
            setHold(hold);
        }
    }

    private void store(Notification message) {
        String name = message.value("FDNAME");
        if (message.descriptors().size() == 1 && FdName.isValid(name)) {
            int fd = message.descriptors().getFirst();
            if (parked.store(name, fd)) {
                return;
            }
            say("no room for " + name + ": " + parked.size() + " descriptors are parked, the limit is "
                    + parked.limit());
        } else {
            say("cannot park " + message.descriptors().size() + " descriptors as '" + name + "'");
        }
        refused = true;
        message.descriptors().forEach(Descriptors::close);
    }

    private void setHold(String text) {
        try {
            holdMs = Math.clamp(Long.parseLong(text), 0, TimeUnit.DAYS.toMillis(1));
        } catch (NumberFormatException e) {
            say("X_HANDOFF_HOLD_MS is no number: " + text);
        }
    }

    // ---- The end ------------------------------------------------------------------------------------------------------------

    /** Not exit: the hook may be running already, and waits for this. */
    private void end(int code) {
        if (spare != null) {
            spare.dismiss();
        }
        Runtime.getRuntime().halt(code);
        throw new IllegalStateException("halt returned");
    }

    private static long ns(long ms) {
        return TimeUnit.MILLISECONDS.toNanos(ms);
    }

    private static void check(int result) {
        if (result < 0) {
            throw new IllegalStateException("a call failed that cannot: " + Errno.message(result));
        }
    }

    private static void say(String line) {
        System.err.println("handoff keeper: " + line);
    }
}
