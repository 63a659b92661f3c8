/* Puts the parts together: which handoff is open, which record is chosen; the address has both, to be sent to somebody. */
(() => {
  const { el, put, id } = Dom;
  const { data, handoffs } = Model;
  const SHORT = 8;
  let open = null;

  const choose = (moment, quiet) => {
    chart.select(moment);
    records.select(moment);
    Detail.show(open, moment, reveal);
    for (const line of id("story").querySelectorAll("[data-seq]")) {
      line.classList.toggle("selected", moment !== null && line.dataset.seq === String(moment.seq));
    }
    if (moment && !quiet) Dom.say(`${Model.label(moment)} ${Model.name(moment)}, ${Model.offset(moment.at_ns)}. ${
      Model.words(moment) || Model.route(moment)}`);
    remember(moment);
  };

  /** For links that may be far from the details: these come into view. */
  const reveal = (moment) => {
    choose(moment);
    id("detail").scrollIntoView({ block: "nearest" });
  };

  const chart = new Chart(id("chart"), id("map"), (moment) => choose(moment), () => id("detail").focus());
  const records = new Records(id("records"), reveal);

  function show(index) {
    open = handoffs[index]();
    id("handoff").value = String(index);
    Summary.verdict(open, reveal);
    Summary.story(open, reveal);
    Summary.phases(open, (phase) => {
      chart.frame(phase.from_ns, phase.to_ns);
      id("axis").scrollIntoView({ block: "nearest" });
    });
    records.open(open);
    chart.open(open);
    choose(turning(), true);
    document.title = Dom.shown(`${open.service} ${open.handoff_id.slice(0, SHORT)}: ${Summary.ended(open)[1]}`);
  }

  /** What to look at first: the record that the reasons name, or the end. */
  function turning() {
    const named = open.why.join(" ").match(/What decided it was #(\d+)/);
    return (named && open.bySeq.get(Number(named[1])))
      || open.moments.find((moment) => moment.record.kind === "HandoffEnded") || null;
  }

  function remember(moment) {
    const place = `#${open.handoff_id.slice(0, SHORT)}${moment && moment.seq !== null ? `/${moment.seq}` : ""}`;
    try {
      history.replaceState(null, "", place);
    } catch (e) {
      // An embedded page may not: then there is no address to send.
    }
  }

  /** #1a2b3c4d/41 opens that handoff at that record. */
  function recall() {
    const [wanted, seq] = location.hash.slice(1).split("/");
    const index = wanted.length < SHORT ? -1
      : data.handoffs.findIndex((handoff) => handoff.handoff_id.startsWith(wanted));
    show(Math.max(0, index));
    const moment = index >= 0 && open.bySeq.get(Number(seq));
    if (moment) choose(moment, true);
  }

  function tools() {
    const button = (text, label, click, press) => el("button", { type: "button", "aria-label": label, title: label,
      click, ...press }, text);
    const beats = el("input", { type: "checkbox", change: () => {
      chart.heartbeats = beats.checked;
      chart.draw();
    } });
    put(id("tools"),
      button("Handoff", "The handoff, from its request to its end", () => chart.fit()),
      button("Writer gap", "The time in which nobody wrote", () => chart.fitGap()),
      button("All", "With what came after the end", () => chart.fitAll()),
      button("−", "Zoom out", () => chart.zoom(2)), button("+", "Zoom in", () => chart.zoom(0.5)),
      button("‹", "Previous event", () => chart.step(-1)), button("›", "Next event", () => chart.step(1)),
      el("label", { class: "check" }, beats, "Heartbeats"));
    put(id("legend"), [["incumbent", "to or from the incumbent"], ["successor", "to or from the successor"],
      ["nobody", "nobody writes"], ["away", "no coordinator"], ["timer", "timer"], ["gate", "gate"], ["crash", "death"]]
      .map(([style, text]) => el("li", { class: style }, text)));
  }

  function frame() {
    put(id("source"), `journal ${data.journal} · ${data.records} records · made ${
      data.made.slice(0, 19).replace("T", " ")} UTC by handoff ${data.build}`);
    const notes = [];
    if (data.damage.length) notes.push(el("div", { class: "note bad" }, el("b", null, "The journal is damaged:"),
      el("ul", null, data.damage.map((each) => el("li", null, each)))));
    if (data.not_understood) notes.push(el("div", { class: "note bad" },
      `${data.not_understood} records are intact, and yet none of this release's.`));
    put(id("notes"), notes);
    put(id("foot"), data.left_out.map((each) => el("p", null, each)),
      el("p", null, "Times are the journal's: an arrow stands where the coordinator read the message, or was about to write it."));
    put(id("handoff"), data.handoffs.map((handoff, index) => el("option", { value: index },
      `${handoff.handoff_id.slice(0, SHORT)} · ${handoff.service} · ${Summary.ended(handoff)[1].toLowerCase()} · ${
        handoff.start.slice(0, 19).replace("T", " ")}`)));
    id("handoff").addEventListener("change", (event) => show(Number(event.target.value)));
  }

  frame();
  if (!handoffs.length) {
    put(id("verdict"), el("h1", { id: "headline" }, "There is no handoff in this journal."));
    document.body.classList.add("empty");
    id("main").hidden = false;
    return;
  }
  tools();
  id("main").hidden = false;
  recall();
  window.addEventListener("hashchange", () => { if (/^#[0-9a-f]{8}/.test(location.hash)) recall(); });
})();
