/* What stands on the time axis for each record. */
const Marks = (() => {
  const CRASHED = new Set(["coordinator", "incumbent", "successor"]);

  function lane(handoff, record) {
    const pid = record.pid;
    if (record.kind === "ProcessExited" && handoff.incumbent && pid === handoff.incumbent.pid) return "incumbent";
    if (record.kind === "ProcessExited" && handoff.successor && pid === handoff.successor.pid) return "successor";
    if (["Spawned", "SpawnFailed", "SessionConnected", "SessionClosed", "ConnectFailed"].includes(record.kind)) {
      return record.peer;
    }
    return "coordinator";
  }

  function shape(handoff, moment) {
    const record = moment.record;
    switch (record.kind) {
      case "TimerFired":
        return { shape: "timer", tone: moment.words.length ? "warn" : "quiet" };
      case "GateJudged":
        return { shape: "gate", tone: { passed: "good", failed: "bad" }[record.verdict] || "quiet" };
      case "HandoffEnded":
        return { shape: "end", tone: record.outcome === "committed" ? "good" : "bad" };
      case "CoordinatorRestarted":
        return { shape: "restart", tone: "bad" };
      case "ProcessExited":
        return handoff.crashes.some((crash) => crash.seq === moment.seq && CRASHED.has(crash.who))
          ? { shape: "crash", tone: "bad" } : { shape: "exit", tone: "plain" };
      case "Spawned":
        return { shape: "spawn", tone: "plain" };
      case "SpawnFailed": case "BinaryRejected": case "ConnectFailed":
        return { shape: "crash", tone: "bad" };
      case "Damaged": case "NotUnderstood": case "LossNoted":
        return { shape: "damage", tone: "bad" };
      case "SwapRequested": case "AbortRequested": case "StopRequested":
        return { shape: "request", tone: "plain" };
      default:
        return { shape: "dot", tone: "quiet" };
    }
  }

  /** A record's mark: an arrow between two lanes, or a shape on one. */
  function of(handoff, moment) {
    const record = moment.record;
    if (record.direction && record.peer) {
      const inbound = record.direction === "inbound";
      return {
        moment, shape: "arrow", peer: record.peer,
        from: inbound ? record.peer : "coordinator", to: inbound ? "coordinator" : record.peer,
        tone: record.kind === "FrameRejected" ? "bad" : moment.words.length ? "plain" : "quiet",
      };
    }
    return { moment, lane: lane(handoff, record), ...shape(handoff, moment) };
  }

  /** From when to when each role had a living process. */
  function lives(handoff) {
    const exit = (pid) => handoff.moments.find((moment) => moment.record.kind === "ProcessExited"
      && moment.record.pid === pid);
    const end = (participant) => {
      const gone = participant && exit(participant.pid);
      return gone ? gone.at_ns : handoff.last_word_ns;
    };
    const lives = [];
    if (handoff.incumbent) lives.push({ lane: "incumbent", from: handoff.begin, to: end(handoff.incumbent) });
    const spawned = handoff.moments.find((moment) => moment.record.kind === "Spawned"
      && moment.record.peer === "successor");
    if (handoff.successor) {
      lives.push({ lane: "successor", from: spawned ? spawned.at_ns : 0, to: end(handoff.successor) });
    }
    let from = handoff.begin;
    for (const crash of handoff.crashes.filter((each) => each.who === "coordinator")) {
      lives.push({ lane: "coordinator", from, to: crash.last_word_ns });
      lives.push({ lane: "coordinator", from: crash.last_word_ns, to: crash.at_ns, away: true });
      from = crash.at_ns;
    }
    lives.push({ lane: "coordinator", from, to: handoff.last_word_ns });
    return lives;
  }

  /** Groups what would lie on one spot: each mark closer than so many pixels to the one before. */
  function clusters(marks, axis, pixels) {
    const groups = [];
    for (const mark of marks) {
      const x = axis.x(mark.moment.at_ns);
      const last = groups[groups.length - 1];
      if (last && x - last.right < pixels) {
        last.right = x;
        last.marks.push(mark);
      } else {
        groups.push({ left: x, right: x, marks: [mark] });
      }
    }
    return groups;
  }

  return { of, lives, clusters };
})();
