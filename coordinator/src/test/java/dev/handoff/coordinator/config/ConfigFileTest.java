package dev.handoff.coordinator.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.Collectors;

import dev.handoff.coordinator.config.ServiceConfig.AllowedBinary;
import dev.handoff.journal.SyncLevel;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConfigFileTest {

    private static final String MINIMAL = """
            control_socket = "run/kv.sock"
            trigger_socket = "run/trigger.sock"
            binary = "bin/kv"
            """;

    private static final Map<String, String> ENVIRONMENT = Map.of("PORT", "7000", "EMPTY", "", "DIR", "/srv");

    @TempDir
    private Path directory;

    @Test
    void minimalFileHasTheDefaults() throws IOException {
        CoordinatorConfig config = load(MINIMAL);
        assertEquals(directory.resolve("run/trigger.sock"), config.triggerSocket());
        assertEquals(directory.resolve("run/trigger.sock.journal"), config.journal());
        assertEquals(SyncLevel.NONE, config.sync());
        assertEquals(LoopWait.BLOCKING, config.loopWait());
        assertEquals(10_000, config.holdMs());
        assertEquals(30, config.retentionDays());
        assertEquals(List.of(new ServiceConfig("store", directory.resolve("run/kv.sock"), directory.resolve("bin/kv"),
                List.of(), Map.of(), List.of(), Optional.empty(), Optional.empty(), 25_000, 60_000, 5_000, 60_000,
                30_000, true, false, Optional.empty(), Optional.empty())), config.services());
    }

    @Test
    void rustSupervisorsFileIsReadAsItIs() throws IOException {
        ServiceConfig service = onlyService("""
                control_socket = "/run/kv/control.sock"
                binary = "/usr/bin/kv"
                args = ["--data", "/var/lib/kv"]
                env = [["RUST_LOG", "info"], ["EMPTY_ONE", ""]]
                trigger_socket = "/run/kv/trigger.sock"
                journal = "/run/kv/journal"
                drain_grace_secs = 5
                deadline_secs = 20
                [[listeners]]
                name = "main"
                addr = "127.0.0.1:6390"
                [[listeners]]
                name = "v6"
                addr = "[::1]:6390"
                """);
        assertEquals(Path.of("/run/kv/control.sock"), service.controlSocket());
        assertEquals(List.of("--data", "/var/lib/kv"), service.args());
        assertEquals(Map.of("RUST_LOG", "info", "EMPTY_ONE", ""), service.env());
        assertEquals(5_000, service.drainGraceMs());
        assertEquals(20_000, service.deadlineMs());
        assertEquals(List.of(new ListenerConfig("main", new ListenAddress.Tcp("127.0.0.1", 6390)),
                new ListenerConfig("v6", new ListenAddress.Tcp("::1", 6390))), service.listeners());
    }

    @Test
    void keysOfOursAreRead() throws IOException {
        CoordinatorConfig config = load("""
                name = "kv-1"
                control_socket = "kv.sock"
                trigger_socket = "t.sock"
                binary = "../bin/kv"
                journal = "j"
                sync = "batch"
                wait = "busy-spin"
                hold_secs = 0.25
                retention_days = 7
                hello_secs = 2
                start_secs = 3
                exit_secs = 4
                listen_pid = false
                restart_unresponsive = true
                data_dir = "data"
                working_dir = "."
                allowed_uids = [0, 4294967294]
                allowed_binaries = ["builds/", "/opt/kv"]
                env = { B = "2", "a.b" = "1" }
                """);
        ServiceConfig service = config.services().getFirst();
        assertEquals("kv-1", service.name());
        assertEquals(directory.getParent().resolve("bin/kv"), service.binary());
        assertEquals(directory.resolve("j"), config.journal());
        assertEquals(SyncLevel.BATCH, config.sync());
        assertEquals(LoopWait.BUSY_SPIN, config.loopWait());
        assertEquals(250, config.holdMs());
        assertEquals(7, config.retentionDays());
        assertEquals(List.of(2_000L, 3_000L, 4_000L), List.of(service.helloMs(), service.startMs(), service.exitMs()));
        assertFalse(service.listenPid());
        assertTrue(service.restartUnresponsive());
        assertEquals(Optional.of(directory.resolve("data")), service.dataDir());
        assertEquals(Optional.of(directory), service.workingDir());
        assertEquals(Optional.of(Set.of(0, -2)), service.allowedUids());
        assertEquals(Optional.of(List.of(new AllowedBinary(directory.resolve("builds"), true),
                new AllowedBinary(Path.of("/opt/kv"), false))), service.allowedBinaries());
        assertEquals(Map.of("B", "2", "a.b", "1"), service.env());
    }

    @Test
    void servicesTakeWhatTheyLackFromTheTop() throws IOException {
        CoordinatorConfig config = load("""
                trigger_socket = "t.sock"
                binary = "kv"
                deadline_secs = 10
                env = ["A=1=2", "B="]
                [[service]]
                name = "one"
                control_socket = "one.sock"
                [[service.listeners]]
                name = "main"
                addr = "localhost:0"
                [[service]]
                name = "two"
                control_socket = "two.sock"
                binary = "kv2"
                deadline_secs = 20
                env = []
                [[service.listeners]]
                name = "main"
                addr = "localhost:0"
                [[service.listeners]]
                name = "admin"
                addr = "unix:run/admin.sock"
                [[service.listeners]]
                name = "gossip"
                addr = "udp:[::]:7946"
                """);
        ServiceConfig one = config.service("one").orElseThrow();
        ServiceConfig two = config.service("two").orElseThrow();
        assertEquals(List.of(one, two), config.services());
        assertEquals(directory.resolve("kv"), one.binary());
        assertEquals(directory.resolve("kv2"), two.binary());
        assertEquals(List.of(10_000L, 20_000L), List.of(one.deadlineMs(), two.deadlineMs()));
        assertEquals(Map.of("A", "1=2", "B", ""), one.env());
        assertEquals(Map.of(), two.env());
        assertEquals(List.of("localhost:0", "unix:" + directory.resolve("run/admin.sock"), "udp:[::]:7946"),
                two.listeners().stream().map(listener -> listener.address().toString()).toList());
    }

    @Test
    void variablesAreReplacedInEveryString() throws IOException {
        ServiceConfig service = onlyService(MINIMAL + """
                data_dir = "${DIR}/data"
                args = ["${PORT}", "${EMPTY}", "${EMPTY:-x}", "${NONE:-}", "$${PORT} $5 $", "${NONE:-a:-b}${PORT}"]
                env = { P = "${PORT}" }
                [[listeners]]
                name = "n${PORT}"
                addr = "127.0.0.1:${PORT}"
                """);
        assertEquals(Optional.of(Path.of("/srv/data")), service.dataDir());
        assertEquals(List.of("7000", "", "x", "", "${PORT} $5 $", "a:-b7000"), service.args());
        assertEquals(Map.of("P", "7000"), service.env());
        assertEquals(new ListenerConfig("n7000", new ListenAddress.Tcp("127.0.0.1", 7000)),
                service.listeners().getFirst());
    }

    @Test
    void allMistakesAreToldAtOnceInTheFilesOrder() throws IOException {
        assertRefused("""
                trigger_socket = 5
                binary = ""
                dedline_secs = 3
                args = ["a", 1]
                sync = "always"
                [[listeners]]
                name = "a:b"
                addr = ":80"
                """, "1:1: trigger_socket: expected the path of the socket where commands reach the coordinator,"
                + " found the integer 5",
                "1:1: control_socket is missing: expected the path where the daemon binds its control socket",
                "2:1: binary: expected the path of the daemon's executable, found an empty string",
                "3:1: unknown key \"dedline_secs\" in the top of the file; did you mean deadline_secs?",
                "4:14: args[1]: expected a string, found the integer 1",
                "5:1: sync: expected one of \"none\", \"batch\", \"record\", found \"always\"",
                "7:1: name: expected printable ASCII without a colon, 1 to 180 characters, as LISTEN_FDNAMES allows,"
                        + " found \"a:b\"",
                "8:1: addr: expected host:port, [v6]:port, udp:host:port or unix:/path, found \":80\"");
    }

    @Test
    void numbersAreBounded() throws IOException {
        assertRefused(MINIMAL + """
                drain_grace_secs = -1
                deadline_secs = 0
                hello_secs = "5"
                start_secs = 86401
                exit_secs = true
                hold_secs = nan
                retention_days = 0
                """, "4:1: drain_grace_secs: expected a number of seconds from 0 to 86400, found the integer -1",
                "5:1: deadline_secs: expected a number of seconds from 1 to 86400, found the integer 0",
                "6:1: hello_secs: expected a number of seconds from 1 to 86400, found \"5\"",
                "7:1: start_secs: expected a number of seconds from 1 to 86400, found the integer 86401",
                "8:1: exit_secs: expected a number of seconds from 0 to 86400, found the boolean true",
                "9:1: hold_secs: expected a number of seconds from 0 to 3600, found the float NaN",
                "10:1: retention_days: expected a number of days from 1 to 36500, found the integer 0");
    }

    @Test
    void wrongTypesAreNamed() throws IOException {
        assertRefused(MINIMAL + """
                args = "x"
                listen_pid = "yes"
                wait = 1979-05-27
                journal = ["x"]
                allowed_uids = ["root", -1]
                allowed_binaries = [3]
                listeners = "127.0.0.1:80"
                working_dir = {}
                """, "4:1: args: expected an array of strings, found \"x\"",
                "5:1: listen_pid: expected true or false, found \"yes\"",
                "6:1: wait: expected one of \"blocking\", \"yielding\", \"busy-spin\", found a date or time",
                "7:1: journal: expected the journal's directory, found an array",
                "8:17: allowed_uids[0]: expected a user id from 0 to 4294967294, found \"root\"",
                "8:25: allowed_uids[1]: expected a user id from 0 to 4294967294, found the integer -1",
                "9:21: allowed_binaries[0]: expected a file's path, or a directory's with a slash at its end,"
                        + " found the integer 3",
                "10:1: listeners: expected [[listeners]] tables with name and addr, found \"127.0.0.1:80\"",
                "11:1: working_dir: expected a directory's path, found a table");
    }

    @Test
    void environmentsMistakesAreNamed() throws IOException {
        assertRefused(MINIMAL + """
                env = [["A", "1"], ["A", "2"], "noequals", ["B"], ["LISTEN_PID", "7"], ["a.b", "c"], "=x", ["C", 5]]
                """, "4:20: env: A is given twice",
                "4:32: env[2]: expected [\"NAME\", \"value\"] or \"NAME=value\", found \"noequals\"",
                "4:44: env[3]: expected [\"NAME\", \"value\"] or \"NAME=value\", found an array",
                "4:51: env: LISTEN_PID is set by the coordinator itself",
                "4:72: env: \"a.b\" would be lost: the daemon is started through /bin/sh, which drops variables whose"
                        + " names are no identifiers; rename it, or set listen_pid = false",
                "4:86: env: expected a variable's name, found an empty string",
                "4:92: env[7]: expected [\"NAME\", \"value\"] or \"NAME=value\", found an array");
        assertRefused(MINIMAL + "env = 5\n",
                "4:1: env: expected [[\"NAME\", \"value\"], …], [\"NAME=value\", …] or a table, found the integer 5");
        assertRefused(MINIMAL + "[env]\nA = 5\n", "5:1: A: expected a string, found the integer 5");
    }

    @Test
    void listenersMistakesAreNamed() throws IOException {
        assertRefused(MINIMAL + """
                [[listeners]]
                name = "a"
                addr = "127.0.0.1:80"
                [[listeners]]
                name = "a"
                addr = "127.0.0.1:80"
                [[listeners]]
                addres = "127.0.0.1:81"
                [[listeners]]
                name = "ä"
                addr = "::1:80"
                [[listeners]]
                name = ""
                addr = "h:65536"
                [[listeners]]
                name = "tab\\t"
                addr = "unix:"
                """, "8:1: name: another listener of this service is named \"a\" too",
                "9:1: addr: another listener of service store has the address 127.0.0.1:80 too",
                "10:1: name is missing: expected printable ASCII without a colon, 1 to 180 characters, as LISTEN_FDNAMES"
                        + " allows",
                "10:1: addr is missing: expected host:port, [v6]:port, udp:host:port or unix:/path",
                "11:1: unknown key \"addres\" in a listener; did you mean addr?",
                "13:1: name: expected printable ASCII without a colon, 1 to 180 characters, as LISTEN_FDNAMES allows,"
                        + " found \"ä\"",
                "14:1: addr: expected host:port, [v6]:port, udp:host:port or unix:/path, found \"::1:80\"",
                "16:1: name: expected printable ASCII without a colon, 1 to 180 characters, as LISTEN_FDNAMES allows,"
                        + " found an empty string",
                "17:1: addr: expected host:port, [v6]:port, udp:host:port or unix:/path, found \"h:65536\"",
                "19:1: name: expected printable ASCII without a colon, 1 to 180 characters, as LISTEN_FDNAMES allows,"
                        + " found \"tab\\u0009\"",
                "20:1: addr: expected a path after unix:, found an empty string");
    }

    @Test
    void variablesMistakesAreNamed() throws IOException {
        assertRefused(MINIMAL + """
                args = ["${NONE}", "${A B}", "${", "${NONE:-${PORT}}"]
                """, "4:9: args[0]: the environment has no NONE; set it, or write ${NONE:-default}",
                "4:20: args[1]: expected ${NAME} or ${NAME:-default}, found ${A B}",
                "4:30: args[2]: the ${ has no closing brace; $${ stands for a literal ${",
                "4:36: args[3]: expected ${NAME} or ${NAME:-default}, found ${NONE:-${PORT}");
    }

    @Test
    void whatServicesMayNotShareIsRefused() throws IOException {
        assertRefused("""
                trigger_socket = "t.sock"
                binary = "kv"
                control_socket = "x"
                name = "x"
                [[service]]
                name = "one"
                control_socket = "one.sock"
                data_dir = "d"
                listeners = [{name = "a", addr = "127.0.0.1:80"}]
                [[service]]
                name = "one"
                control_socket = "./one.sock"
                data_dir = "d"
                listeners = [{name = "a", addr = "127.0.0.1:80"}]
                [[service]]
                control_socket = "t.sock"
                journal = "j"
                """, "3:1: control_socket: belongs into each [[service]]", "4:1: name: belongs into each [[service]]",
                "11:1: name: another service is named \"one\" too",
                "12:1: control_socket: service one has the same; each service needs one of its own",
                "13:1: data_dir: service one has the same; each service needs one of its own",
                "14:27: addr: another listener of service one has the address 127.0.0.1:80 too",
                "15:1: name is missing: expected the service's name",
                "16:1: control_socket: service (the coordinator's trigger_socket) has the same; each service needs one"
                        + " of its own",
                "17:1: journal: is the coordinator's: it belongs at the top of the file");
    }

    @Test
    void serviceNameMustBeOne() throws IOException {
        String expected = "expected 1 to 63 of A-Z a-z 0-9 . _ -, beginning with a letter or digit, found ";
        assertRefused("name = \"-a\"\n" + MINIMAL, "1:1: name: " + expected + "\"-a\"");
        assertRefused("service = \"a/b\"\n" + MINIMAL, "1:1: service: " + expected + "\"a/b\"");
        assertRefused("service = \"a\"\nname = \"a\"\n" + MINIMAL,
                "1:1: service: name is given too, and means the same: keep one");
        assertRefused(MINIMAL + "[service]\nname = \"a\"\n",
                "4:1: service: expected [[service]], with two brackets: there may be several");
        assertRefused("service = []\ntrigger_socket = \"t\"\n",
                "1:1: service: expected at least one [[service]] table, found none");
    }

    @Test
    void sharedMistakeIsToldOnce() throws IOException {
        assertRefused("""
                trigger_socket = "t.sock"
                binary = "kv"
                deadline_secs = -1
                [[service]]
                name = "one"
                control_socket = "1"
                [[service]]
                name = "two"
                control_socket = "2"
                """, "3:1: deadline_secs: expected a number of seconds from 1 to 86400, found the integer -1");
    }

    @Test
    void whatIsNoTomlIsRefusedWithItsPlace() throws IOException {
        List<String> problems = refused("binary = \"kv\nargs = [\n");
        assertTrue(problems.getFirst().startsWith("1:13: not TOML: "), problems.toString());
        assertRefused(MINIMAL + "binary = \"kv\"\n", "4:1: not TOML: binary previously defined at line 3, column 1");
    }

    @Test
    void unreadableFilesAreRefused() throws IOException {
        Path missing = directory.resolve("missing.toml");
        assertEquals(List.of(missing + ": no such file"), problems(ConfigFile.load(missing, Map.of())));
        assertEquals(List.of(directory + ": a directory, expected a TOML file"),
                problems(ConfigFile.load(directory, Map.of())));
        Path latin = directory.resolve("latin.toml");
        Files.write(latin, "name = \"ü\"".getBytes(StandardCharsets.ISO_8859_1));
        assertEquals(List.of(latin + ": not UTF-8 text"), problems(ConfigFile.load(latin, Map.of())));
    }

    @Test
    void triggerSocketIsFoundInAFileWithOtherMistakes() throws IOException {
        Path file = write("trigger_socket = \"t.sock\"\nbinary = \"${NONE}\"\nunknown = 1\n");
        assertEquals(new ConfigOutcome.Loaded<>(directory.resolve("t.sock")),
                ConfigFile.loadTriggerSocket(file, Map.of()));
        assertEquals(
                List.of(file + ":1:1: trigger_socket is missing: expected the path of the socket where commands reach"
                        + " the coordinator"),
                problems(ConfigFile.loadTriggerSocket(write("binary = \"x\"\n"), Map.of())));
    }

    @Test
    void onlyPermittedBinariesMayBeStarted() throws IOException {
        ServiceConfig service = onlyService(MINIMAL + "allowed_binaries = [\"builds/\", \"/opt/kv\"]\n");
        assertEquals(Optional.of(directory.resolve("bin/kv")), service.permittedBinary(directory.resolve("bin/kv")));
        assertEquals(Optional.of(Path.of("/opt/kv")), service.permittedBinary(Path.of("/opt/x/../kv")));
        assertEquals(Optional.of(directory.resolve("builds/7/kv")),
                service.permittedBinary(directory.resolve("builds/7/kv")));
        assertEquals(Optional.empty(), service.permittedBinary(directory.resolve("builds/../secret")));
        assertEquals(Optional.empty(), service.permittedBinary(directory.resolve("builds")));
        assertEquals(Optional.empty(), service.permittedBinary(Path.of("/opt/kv/2")));
        ServiceConfig open = onlyService(MINIMAL);
        assertEquals(Optional.of(Path.of("/bin/true")), open.permittedBinary(Path.of("/bin/true")));
        ServiceConfig closed = onlyService(MINIMAL + "allowed_binaries = []\n");
        assertEquals(Optional.empty(), closed.permittedBinary(Path.of("/bin/true")));
    }

    @Test
    void withoutAListOnlyTheOwnerAndRootMayAsk() throws IOException {
        ServiceConfig open = onlyService(MINIMAL);
        assertTrue(open.allowsUid(1000, 1000));
        assertTrue(open.allowsUid(0, 1000));
        assertFalse(open.allowsUid(1001, 1000));
        ServiceConfig listed = onlyService(MINIMAL + "allowed_uids = [7]\n");
        assertTrue(listed.allowsUid(7, 1000));
        assertFalse(listed.allowsUid(1000, 1000));
    }

    /** Whatever bytes a file has, it is loaded or refused with a place, and nothing else happens. */
    @Test
    void damageIsRefusedOrHarmless() throws IOException {
        SplittableRandom random = new SplittableRandom(42);
        String good = MINIMAL
                + "env = [[\"A\", \"b\"]]\nargs = [\"${PORT}\"]\n[[listeners]]\nname = \"m\"\naddr = \"h:1\"\n";
        for (int i = 0; i < 2_000; i++) {
            StringBuilder damaged = new StringBuilder(good);
            for (int edits = random.nextInt(3); edits >= 0; edits--) {
                int at = random.nextInt(damaged.length());
                switch (random.nextInt(3)) {
                    case 0 -> damaged.setCharAt(at, (char) random.nextInt(1, 128));
                    case 1 -> damaged.deleteCharAt(at);
                    default -> damaged.insert(at, good.charAt(random.nextInt(good.length())));
                }
            }
            if (ConfigFile.load(write(damaged.toString()), ENVIRONMENT) instanceof ConfigOutcome.Refused<?> refused) {
                assertFalse(refused.problems().isEmpty(), damaged::toString);
                for (ConfigProblem problem : refused.problems()) {
                    assertTrue(problem.line() >= 1 && problem.column() >= 1, problem::toString);
                    assertEquals(1, problem.toString().lines().count(), problem::toString);
                }
            }
        }
    }

    private Path write(String text) throws IOException {
        return Files.writeString(directory.resolve("store.toml"), text);
    }

    private CoordinatorConfig load(String text) throws IOException {
        return switch (ConfigFile.load(write(text), ENVIRONMENT)) {
            case ConfigOutcome.Loaded<CoordinatorConfig>(CoordinatorConfig config) -> config;
            case ConfigOutcome.Refused<CoordinatorConfig> refused -> fail(refused.toString());
        };
    }

    private ServiceConfig onlyService(String text) throws IOException {
        List<ServiceConfig> services = load(text).services();
        assertEquals(1, services.size());
        return services.getFirst();
    }

    private void assertRefused(String text, String... expected) throws IOException {
        assertEquals(String.join("\n", expected), String.join("\n", refused(text)));
    }

    private List<String> refused(String text) throws IOException {
        Path file = write(text);
        return problems(ConfigFile.load(file, ENVIRONMENT)).stream()
                .map(problem -> problem.substring(file.toString().length() + 1)).collect(Collectors.toList());
    }

    private static List<String> problems(ConfigOutcome<?> outcome) {
        return switch (outcome) {
            case ConfigOutcome.Loaded<?> loaded -> fail("accepted: " + loaded);
            case ConfigOutcome.Refused<?> refused -> refused.problems().stream().map(ConfigProblem::toString).toList();
        };
    }
}
