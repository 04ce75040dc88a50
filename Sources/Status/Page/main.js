// The whole page: asks the relay every second, and shows the view that the address names.

/** The latest answers of the relay. */
const state = { status: undefined, failing: [], silentSince: undefined, samples: [] };

const roster = new Roster();
const overview = new Overview();
const receivers = new Receivers();
const workflows = new Workflows();
const workflowView = new WorkflowView();
const streamPanel = new StreamPanel();
new Bubble();

async function refresh() {
  try {
    const [status, readiness] = await Promise.all([ask("status"), ask("readyz"), updateHistory()]);
    startAnew(status);
    status.receivers = roster.update(status.origins);
    state.status = status;
    state.failing = readiness.failing ?? [];
    state.silentSince = undefined;
    receivers.show(status);
    showFailures(status);
  } catch {
    state.silentSince ??= new Date();
  }
  overview.show(state);
}

/** Adds the samples since the last one. */
async function updateHistory() {
  const { samples } = await ask(address(["history"], { after: state.samples.at(-1)?.t }));
  const known = state.samples.at(-1)?.t ?? 0;
  state.samples = [...state.samples, ...samples.filter((sample) => sample.t > known)].slice(-PLOT_SECONDS);
}

/** After a restart the relay has no history; another version has another page. */
function startAnew(status) {
  if (!(status.uptime_seconds < state.status?.uptime_seconds)) return;
  if (state.status.version !== status.version) location.reload();
  state.samples = [];
}

/** Shows the view of the address: `#/workflow/ID`, `#/receiver/ORIGIN`, `#/workflows?search=TEXT`, `#/receivers`. */
function route() {
  const { view, argument, query } = readAddress();
  const isWorkflow = view === "workflow" && argument;
  byId("overview").hidden = isWorkflow;
  byId("workflow").hidden = !isWorkflow;
  if (isWorkflow) {
    const isOther = workflowView.id !== argument;
    workflowView.open(argument, query);
    if (isOther) byId("workflow-title").focus();
    return;
  }
  workflowView.close();
  receivers.open(view === "receiver" ? argument : undefined);
  workflows.open(view === "workflows" ? query : {});
  workflows.repetition.now();
  const title = { workflows: "workflows-title", receivers: "receivers-title" }[view];
  if (title && !byId("overview").contains(document.activeElement)) byId(title).focus();
}

function readAddress() {
  const [path, query = ""] = location.hash.replace(/^#\/?/, "").split("?");
  try {
    const [view, argument = ""] = path.split("/").map(decodeURIComponent);
    return { view, argument, query: Object.fromEntries(new URLSearchParams(query)) };
  } catch {
    return { view: "", argument: "", query: {} };
  }
}

addEventListener("hashchange", route);
new Repetition(1000, refresh).now();
route();
