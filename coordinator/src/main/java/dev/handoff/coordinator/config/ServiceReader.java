package dev.handoff.coordinator.config;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.regex.Pattern;

import dev.handoff.coordinator.config.ServiceConfig.AllowedBinary;
import dev.handoff.coordinator.config.TableReader.Element;
import org.tomlj.TomlArray;
import org.tomlj.TomlPosition;
import org.tomlj.TomlTable;

/**
 * Reads one service: from its own table, and what that lacks from the top of the file. For a file with a single service
 * at its top the two tables are the same.
 */
final class ServiceReader {

    /** Keys that a service may have and the top may give as defaults. */
    static final List<String> SHARED_KEYS = List.of("binary", "args", "env", "working_dir", "drain_grace_secs",
            "deadline_secs", "hello_secs", "start_secs", "exit_secs", "listen_pid", "restart_unresponsive",
            "allowed_uids", "allowed_binaries");

    /** Keys that would be duplicates if several services shared them. */
    static final List<String> OWN_KEYS = List.of("name", "control_socket", "listeners", "data_dir");

    private static final List<String> LISTENER_KEYS = List.of("name", "addr");

    /** What the coordinator itself puts into a participant's environment (protocol page). */
    private static final Set<String> RESERVED_ENV = Set.of("HANDOFF_ROLE", "HANDOFF_SOCK_FD", "HANDOFF_HEARTBEAT_MS",
            "HANDOFF_HELLO_MS", "LISTEN_FDS", "LISTEN_FDNAMES", "LISTEN_PID");

    private static final String ENV_EXPECTED = "[[\"NAME\", \"value\"], …], [\"NAME=value\", …] or a table";
    private static final Pattern IDENTIFIER = Pattern.compile("[A-Za-z_][A-Za-z0-9_]*");

    /** As sd_listen_fds(3) has it; parked as {@code listener.SERVICE/NAME}, of which systemd takes 255 characters. */
    private static final Pattern FD_NAME = Pattern.compile("[\\x20-\\x7e&&[^:]]{1,180}");

    /** Names go into journals, metrics and file names. */
    private static final Pattern SERVICE_NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,62}");
    private static final String SERVICE_NAME_EXPECTED = "1 to 63 of A-Z a-z 0-9 . _ -, beginning with a letter or digit";

    private static final long DAY_SECS = 86_400;
    private static final long MAX_UID = 0xFFFF_FFFEL;

    private static final long DEFAULT_DRAIN_GRACE_MS = 25_000;
    private static final long DEFAULT_DEADLINE_MS = 60_000;
    private static final long DEFAULT_HELLO_MS = 5_000;
    private static final long DEFAULT_START_MS = 60_000;
    private static final long DEFAULT_EXIT_MS = 30_000;

    private final TableReader own;
    private final TableReader top;
    private final Duplicates duplicates;

    ServiceReader(TableReader own, TableReader top, Duplicates duplicates) {
        this.own = own;
        this.top = top;
        this.duplicates = duplicates;
    }

    /** What no two services of a file may share, and what the first to have it is. */
    static final class Duplicates {
        private final Map<String, String> firstUse = new LinkedHashMap<>();

        /** The earlier user of {@code what}, if there is one; else {@code user} is noted. */
        Optional<String> note(String what, String user) {
            return Optional.ofNullable(firstUse.putIfAbsent(what, user));
        }
    }

    /** The name, valid or not: for complaints, and for telling services apart. */
    static Optional<String> name(TableReader table, String key) {
        return table.string(key, SERVICE_NAME_EXPECTED).filter(name -> {
            boolean fits = SERVICE_NAME.matcher(name).matches();
            if (!fits) {
                table.problem(key, "expected " + SERVICE_NAME_EXPECTED + ", found " + TableReader.found(name));
            }
            return fits;
        });
    }

    static boolean isServiceName(String text) {
        return SERVICE_NAME.matcher(text).matches();
    }

    /** Empty if something is wrong; the problems then say what. */
    Optional<ServiceConfig> read(String name) {
        boolean listenPid = holder("listen_pid").bool("listen_pid").orElse(true);
        boolean restartUnresponsive = holder("restart_unresponsive").bool("restart_unresponsive").orElse(false);
        Optional<Path> controlSocket = ownPath("control_socket", "the path where the daemon binds its control socket",
                name);
        Optional<Path> dataDir = own.has("data_dir")
                ? ownPath("data_dir", "the directory with the daemon's .handoff.lock", name)
                : Optional.empty();
        Optional<Path> binary = required("binary", "the path of the daemon's executable");
        Optional<Path> workingDir = holder("working_dir").path("working_dir", "a directory's path");
        List<String> args = holder("args").list("args", "an array of strings",
                element -> holder("args").string(element, "a string")).orElse(List.of());
        Map<String, String> env = env(listenPid);
        List<ListenerConfig> listeners = listeners(name);
        ServiceConfig config = new ServiceConfig(name, controlSocket.orElse(Path.of("/")), binary.orElse(Path.of("/")),
                args, env, listeners, dataDir, workingDir, ms("drain_grace_secs", 0, DEFAULT_DRAIN_GRACE_MS),
                ms("deadline_secs", 1, DEFAULT_DEADLINE_MS), ms("hello_secs", 1, DEFAULT_HELLO_MS),
                ms("start_secs", 1, DEFAULT_START_MS), ms("exit_secs", 0, DEFAULT_EXIT_MS), listenPid,
                restartUnresponsive, allowedUids(),
                allowedBinaries());
        return controlSocket.isPresent() && binary.isPresent() ? Optional.of(config) : Optional.empty();
    }

    /** The table that has the key: the service's own before the top. */
    private TableReader holder(String key) {
        return own.has(key) ? own : top;
    }

    private Optional<Path> required(String key, String expected) {
        TableReader holder = holder(key);
        if (!holder.has(key)) {
            own.missing(key, expected);
        }
        return holder.path(key, expected);
    }

    private Optional<Path> ownPath(String key, String expected, String service) {
        if (!own.has(key)) {
            own.missing(key, expected);
        }
        Optional<Path> path = own.path(key, expected);
        path.flatMap(value -> duplicates.note(key + " " + value, service)).ifPresent(
                other -> own.problem(key, "service " + other + " has the same; each service needs one of its own"));
        return path;
    }

    private long ms(String key, long minSecs, long defaultMs) {
        OptionalLong value = holder(key).secondsAsMs(key, minSecs, DAY_SECS);
        return value.orElse(defaultMs);
    }

    private List<ListenerConfig> listeners(String service) {
        List<ListenerConfig> listeners = new ArrayList<>();
        Set<String> names = new LinkedHashSet<>();
        own.list("listeners", "[[listeners]] tables with name and addr", element -> {
            if (!(element.value() instanceof TomlTable table)) {
                own.complain(element, "a table with name and addr");
                return Optional.empty();
            }
            return listener(own.nested(table, element.position()), names, service);
        }).ifPresent(listeners::addAll);
        return listeners;
    }

    private Optional<ListenerConfig> listener(TableReader table, Set<String> names, String service) {
        String nameExpected = "printable ASCII without a colon, 1 to 180 characters, as LISTEN_FDNAMES allows";
        ConfigFile.refuseUnknown(table, LISTENER_KEYS, "a listener", Map.of());
        Optional<String> name = requiredString(table, "name", nameExpected);
        if (name.isPresent() && !FD_NAME.matcher(name.get()).matches()) {
            table.problem("name", "expected " + nameExpected + ", found " + TableReader.found(name.get()));
        } else if (name.isPresent() && !names.add(name.get())) {
            table.problem("name", "another listener of this service is named \"" + name.get() + "\" too");
        }
        Optional<ListenAddress> address = requiredString(table, "addr", ListenAddressText.EXPECTED)
                .flatMap(text -> address(table, text));
        address.filter(ServiceReader::isFixed).flatMap(value -> duplicates.note("addr " + value, service))
                .ifPresent(other -> table.problem("addr",
                        "another listener of service " + other + " has the address " + address.get() + " too"));
        return name.flatMap(n -> address.map(a -> new ListenerConfig(n, a)));
    }

    private static Optional<String> requiredString(TableReader table, String key, String expected) {
        if (!table.has(key)) {
            table.missing(key, expected);
        }
        return table.string(key, expected);
    }

    private static Optional<ListenAddress> address(TableReader table, String text) {
        if (text.startsWith("unix:")) {
            return table.asPath(text.substring("unix:".length()), table.positionOf("addr"), "addr",
                    "a path after unix:").map(ListenAddress.Unix::new);
        }
        boolean udp = text.startsWith("udp:");
        Optional<ListenAddress> address = ListenAddressText.parse(udp ? text.substring("udp:".length()) : text)
                .map(at -> udp
                        ? new ListenAddress.Udp(at.host(), at.port())
                        : new ListenAddress.Tcp(at.host(), at.port()));
        if (address.isEmpty()) {
            table.problem("addr", "expected " + ListenAddressText.EXPECTED + ", found " + TableReader.found(text));
        }
        return address;
    }

    /** Not a port of the kernel's choice, which is another one each time. */
    private static boolean isFixed(ListenAddress address) {
        return switch (address) {
            case ListenAddress.Tcp(String _, int port) -> port != 0;
            case ListenAddress.Udp(String _, int port) -> port != 0;
            case ListenAddress.Unix _ -> true;
        };
    }

    private Map<String, String> env(boolean listenPid) {
        TableReader holder = holder("env");
        Map<String, String> env = new LinkedHashMap<>();
        if (holder.value("env") instanceof TomlTable table) {
            TableReader reader = holder.nested(table, holder.positionOf("env"));
            for (String name : reader.keys()) {
                reader.string(name, "a string")
                        .ifPresent(value -> addEnv(env, holder, reader.positionOf(name), name, value, listenPid));
            }
            return env;
        }
        holder.list("env", ENV_EXPECTED, element -> {
            envEntry(holder, element)
                    .ifPresent(pair -> addEnv(env, holder, element.position(), pair.name(), pair.value(), listenPid));
            return Optional.empty();
        });
        return env;
    }

    private record EnvPair(String name, String value) {}

    private static Optional<EnvPair> envEntry(TableReader holder, Element element) {
        if (element.value() instanceof TomlArray pair && pair.size() == 2 && pair.get(0) instanceof String name
                && pair.get(1) instanceof String) {
            TomlPosition place = pair.inputPositionOf(1);
            return holder.string(new Element(pair.get(1), place == null ? element.position() : place, element.label()),
                    "a string").map(value -> new EnvPair(name, value));
        }
        if (element.value() instanceof String text && text.indexOf('=') >= 0) {
            int equals = text.indexOf('=');
            return holder
                    .string(new Element(text.substring(equals + 1), element.position(), element.label()), "a string")
                    .map(value -> new EnvPair(text.substring(0, equals), value));
        }
        holder.complain(element, "[\"NAME\", \"value\"] or \"NAME=value\"");
        return Optional.empty();
    }

    private static void addEnv(Map<String, String> env, TableReader holder, TomlPosition place, String name,
            String value, boolean listenPid) {
        if (name.isEmpty() || name.indexOf('=') >= 0 || name.chars().anyMatch(Character::isISOControl)) {
            holder.problemAt(place, "env: expected a variable's name, found " + TableReader.found(name));
        } else if (RESERVED_ENV.contains(name)) {
            holder.problemAt(place, "env: " + name + " is set by the coordinator itself");
        } else if (listenPid && !IDENTIFIER.matcher(name).matches()) {
            holder.problemAt(place,
                    "env: \"" + name + "\" would be lost: the daemon is started through /bin/sh, which drops"
                            + " variables whose names are no identifiers; rename it, or set listen_pid = false");
        } else if (env.putIfAbsent(name, value) != null) {
            holder.problemAt(place, "env: " + name + " is given twice");
        }
    }

    private Optional<Set<Integer>> allowedUids() {
        TableReader holder = holder("allowed_uids");
        String expected = "a user id from 0 to " + MAX_UID;
        Optional<List<Integer>> uids = holder.list("allowed_uids", "an array of user ids", element -> {
            if (element.value() instanceof Long uid && uid >= 0 && uid <= MAX_UID) {
                return Optional.of((int) (long) uid);
            }
            holder.complain(element, expected);
            return Optional.empty();
        });
        return uids.map(LinkedHashSet::new);
    }

    private Optional<List<AllowedBinary>> allowedBinaries() {
        TableReader holder = holder("allowed_binaries");
        String expected = "a file's path, or a directory's with a slash at its end";
        return holder.list("allowed_binaries", "an array of paths", element -> holder.string(element, expected)
                .flatMap(text -> holder.asPath(text, element.position(), element.label(), expected)
                        .map(path -> new AllowedBinary(path, text.endsWith("/")))));
    }
}
