/* The table of all records, and its filters. */
class Records {
  constructor(host, choose) {
    this.host = host;
    this.choose = choose;
  }

  open(handoff) {
    const { el, put } = Dom;
    this.rows = handoff.moments.map((moment) => this.row(moment));
    const kinds = [...new Set(handoff.moments.map((moment) => moment.record.kind))].sort();
    const option = (value, text) => el("option", { value }, text);
    const refilter = () => this.filter();
    this.text = el("input", { type: "search", id: "filter-text", autocomplete: "off", spellcheck: "false",
      placeholder: "any text of a record", input: refilter });
    this.kind = el("select", { id: "filter-kind", change: refilter }, option("", "every kind"),
      kinds.map((kind) => option(kind, kind)));
    this.peer = el("select", { id: "filter-peer", change: refilter }, option("", "anybody"),
      ["incumbent", "successor"].map((peer) => option(peer, peer)));
    this.beats = el("input", { type: "checkbox", id: "filter-beats", change: refilter });
    this.count = el("p", { class: "count", role: "status" });
    put(this.host, el("h2", { id: "records-title" }, "Every record"),
      el("div", { class: "filters" },
        el("label", { for: "filter-text" }, "Holds", this.text), el("label", { for: "filter-kind" }, "Kind", this.kind),
        el("label", { for: "filter-peer" }, "Peer", this.peer),
        el("label", { class: "check", for: "filter-beats" }, this.beats, "Heartbeats"), this.count),
      el("div", { class: "scroll", tabindex: 0, role: "region", "aria-labelledby": "records-title" },
        el("table", { class: "records" },
          el("thead", null, el("tr", null, ["Record", "Seconds", "Kind", "Peer", "What"].map((name) =>
            el("th", { scope: "col" }, name)))),
          this.body = el("tbody"))));
    this.filter();
  }

  row(moment) {
    const { el } = Dom;
    const record = moment.record;
    const what = record.message ? `${record.message.variant}: ${Model.words(moment)}`
      : Model.words(moment) || Model.name(moment);
    const row = el("tr", { "data-seq": moment.seq, click: () => this.choose(moment) },
      el("td", { class: "number" }, el("button", { type: "button", class: "link" }, Model.label(moment))),
      el("td", { class: "number" }, (moment.at_ns / 1e9).toFixed(6)),
      el("td", null, record.kind), el("td", null, Model.route(moment)), el("td", null, el("bdi", null, what)));
    return { row, moment, text: `${JSON.stringify(record)} ${moment.words.join(" ")}`.toLowerCase() };
  }

  filter() {
    const wanted = this.text.value.trim().toLowerCase();
    const shown = this.rows.filter(({ moment, text }) => (this.beats.checked || !moment.heartbeat)
      && (!this.kind.value || moment.record.kind === this.kind.value)
      && (!this.peer.value || moment.record.peer === this.peer.value) && (!wanted || text.includes(wanted)));
    this.body.replaceChildren(...shown.map(({ row }) => row));
    Dom.put(this.count, `${shown.length} of ${this.rows.length} records`);
  }

  select(chosen) {
    for (const { row, moment } of this.rows) {
      row.classList.toggle("selected", moment === chosen);
      row.querySelector("button").setAttribute("aria-pressed", String(moment === chosen));
    }
  }
}
