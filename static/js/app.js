// What script adds to pages that work without it: keys, the switcher's list, the sheet, fresh times.
// Nothing here decides anything; every act is a link or a form that the server answers.
const $ = (selector, root = document) => root.querySelector(selector);
const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];
const on = (event, handle) => document.addEventListener(event, handle);
const make = (tag, className, text) => Object.assign(document.createElement(tag), { className, textContent: text });

// ---- switcher: a dialog of links becomes a combobox while it is open
const switcher = $("#switcher");
const field = $("#switcher input");
const list = $("#switcher-list");
let active = -1;
const rows = () => $$(".opt", switcher).filter((row) => !row.closest("[hidden]"));
const choose = (index) => {
  const shown = rows();
  active = (index + shown.length) % shown.length;
  for (const row of $$(".opt", switcher)) row.ariaSelected = row === shown[active];
  field.setAttribute("aria-activedescendant", shown[active].id);
  shown[active].scrollIntoView({ block: "nearest" });
};
// Where each letter of the query stands in the name, in order; null when one is missing.
const places = (name, query) => {
  const whole = name.indexOf(query);
  if (whole >= 0) return [...query].map((_, index) => whole + index);
  let at = -1;
  const found = [...query].map((letter) => (at = at < -1 || (at = name.indexOf(letter, at + 1)) < 0 ? -2 : at));
  return at < 0 ? null : found;
};
const underline = (text, found) => {
  const letters = [...text.nodeValue].map((letter, index) => (found.includes(index) ? make("mark", "", letter) : letter));
  text.replaceWith(...letters);
};
const filter = () => {
  const typed = field.value.trim();
  const query = typed.toLowerCase();
  const server = field.hasAttribute("hx-get");
  const seen = new Set();
  $$(".opt", switcher).forEach((row, index) => {
    row.id ||= `opt-${index}`;
    row.tabIndex = -1;
    row.role = "option";
    if (!list.contains(row)) return;
    const name = $("b", row);
    for (const mark of $$("mark", name)) mark.replaceWith(mark.textContent);
    name.normalize();
    const slug = name.firstChild.nodeValue;
    const found = places(slug, query);
    // Recent ones are listed again below; a filtered list names each once.
    row.hidden = query && !server && (seen.has(slug) || !(found || row.dataset.find?.includes(query)));
    seen.add(slug);
    if (found?.length) underline(name.firstChild, found);
  });
  for (const group of $$("[role=group]", list)) group.hidden = !$(".opt:not([hidden])", group);
  $("#none")?.remove();
  const none = !$(".opt:not([hidden])", list);
  if (none) list.append(Object.assign(make("p", "switcher-group", `No organization called '${typed}'.`), { id: "none", role: "status" }));
  const create = $(".switcher-foot a");
  create.href = none ? `/orgs/new?project=${encodeURIComponent(typed)}` : "/orgs/new";
  create.lastElementChild.textContent = none ? `Create ${typed}…` : "Create new organization";
  choose(0);
};
switcher?.addEventListener("toggle", ({ newState }) => {
  const open = newState === "open";
  $(".switch-btn").ariaExpanded = field.ariaExpanded = open;
  if (!open) return;
  Object.assign(field, { role: "combobox", ariaAutoComplete: "list", value: "" });
  field.setAttribute("aria-controls", `${list.id} switcher-more`);
  Object.assign(list, { role: "listbox", ariaLabel: "Organizations" });
  Object.assign($("#switcher-more"), { role: "listbox", ariaLabel: "More" });
  filter();
  field.focus();
});
field?.addEventListener("input", filter);
list?.addEventListener("htmx:after:settle", filter);
switcher?.addEventListener("keydown", (event) => {
  const to = { ArrowDown: active + 1, ArrowUp: active - 1, Home: 0, End: -1 }[event.key];
  if (to !== undefined) choose(to);
  else if (event.key === "Enter") {
    const { href } = rows()[active];
    if (event.ctrlKey || event.metaKey) window.open(href, "_blank", "noopener");
    else location.assign(href);
  } else if (event.key === "Escape" && field.value) {
    field.value = "";
    filter();
  } else return;
  event.preventDefault();
});
switcher?.addEventListener("pointermove", ({ target }) => {
  const index = rows().indexOf(target.closest(".opt"));
  if (index >= 0 && index !== active) choose(index);
});

// ---- sheet: filled by htmx, opened here; the browser gives the focus back
const sheet = $("#sheet");
on("sheet:close", () => sheet?.close());
sheet?.addEventListener("close", () => sheet.replaceChildren());
on("click", (event) => {
  const link = event.target.closest("a[data-sheet]");
  if (!link || !window.htmx || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  htmx.ajax("GET", link.getAttribute("href"), { source: link, target: "#sheet" });
});
sheet?.addEventListener("click", (event) => {
  if (!event.target.closest("[data-close]") || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  sheet.close();
});

// ---- typed confirmation
const confirmTyped = () => {
  for (const input of $$("[data-confirm]")) $("[type=submit]", input.form).disabled = input.value !== input.dataset.confirm;
};
on("input", confirmTyped);

// ---- toasts: ten seconds, counted only while nobody looks at them
const toasts = $("#toasts");
const arrived = () => {
  // An open sheet makes the corner unreachable: say it inside.
  if (sheet?.open) $(".sheet-body", sheet)?.prepend(...$$("#toasts .toast-stays"));
};
setInterval(() => {
  for (const toast of $$("#toasts .toast:not(.toast-stays, :hover, :focus-within)")) {
    toast.dataset.age = Number(toast.dataset.age ?? 0) + 1;
    if (toast.dataset.age >= 10) toast.remove();
  }
}, 1000);
if (toasts) new MutationObserver(arrived).observe(toasts, { childList: true });

// ---- times that the server marked grow older by the minute
setInterval(() => {
  for (const time of $$("time[data-relative]")) {
    const minutes = Math.floor((Date.now() - Date.parse(time.dateTime)) / 60000);
    if (minutes < 1440) time.textContent = minutes < 1 ? "Now" : minutes < 60 ? `${minutes} min ago` : `${Math.floor(minutes / 60)} h ago`;
  }
}, 30000);

// ---- requests: busy targets, quiet buttons, and a word when one is lost
const targetOf = ({ target }) => (typeof target === "string" ? $(target) : target);
const lost = (ctx) => {
  const source = ctx.sourceElement;
  const place = targetOf(ctx);
  const note = make("div", "lost");
  note.role = "alert";
  const again = Object.assign(make("button", "btn btn-s", "Try again"), { type: "button" });
  again.onclick = () => {
    note.remove();
    const form = source.closest("form");
    form ? form.requestSubmit() : source.click();
  };
  note.append(make("span", "", "That did not reach Cordon. Nothing was changed."), again);
  const inside = $(".sheet-body", source.closest("#sheet") ?? make("p"));
  if (inside) inside.prepend(note);
  else if (place?.closest("main")) place.before(note);
  else $("#main").prepend(note);
};
on("htmx:before:request", ({ detail: { ctx } }) => {
  $(".lost")?.remove();
  ctx.busy = targetOf(ctx);
  if (ctx.busy) ctx.busy.ariaBusy = true;
  ctx.held = $$("[type=submit]:enabled", ctx.sourceElement);
  for (const button of ctx.held) button.disabled = true;
});
on("htmx:finally:request", ({ detail: { ctx } }) => {
  ctx.busy?.removeAttribute("aria-busy");
  for (const button of ctx.held ?? []) button.disabled = false;
  confirmTyped();
});
on("htmx:error", ({ detail: { ctx } }) => ctx && lost(ctx));
on("htmx:response:error", ({ detail: { ctx } }) => {
  // Cordon's own errors bring a toast; this is for what stands in between.
  if (ctx.response.status >= 500 && !ctx.text.includes('id="toasts"')) lost(ctx);
});
on("htmx:after:swap", ({ detail: { ctx } }) => {
  const place = targetOf(ctx);
  if (ctx.swap === "none") return;
  confirmTyped();
  if (place === sheet && sheet.firstElementChild) {
    if (!sheet.open) sheet.showModal();
    ($("[aria-invalid=true]", sheet) ?? $("input:not([type=hidden]), textarea, h2", sheet))?.focus();
  } else if (document.activeElement === document.body && place?.id) {
    // The focus was swapped away: the new part's heading takes it.
    $(`#${CSS.escape(place.id)} [tabindex="-1"]`)?.focus();
  }
});

// ---- copy what is shown once
on("click", async ({ target }) => {
  const button = target.closest("[data-copy]");
  if (!button) return;
  await navigator.clipboard.writeText($(`#${button.dataset.copy}`).textContent);
  $("span", button).textContent = "Copied";
});

// ---- drop-downs close when one looks away
on("click", ({ target }) => {
  for (const pick of $$("details.pick[open]")) if (!pick.contains(target)) pick.open = false;
  target.closest("[data-dismiss]")?.closest(".toast").remove();
});

// ---- keys
const sections = { o: "overview", t: "team", i: "invites", a: "apps", k: "tokens", l: "audit", s: "settings" };
let going = 0;
const press = (key) => {
  const went = Date.now() - going < 1500;
  going = key === "g" ? Date.now() : 0;
  if (went) return $(`[data-section="${sections[key]}"]`)?.click();
  if (key === "o") switcher?.showPopover();
  if (key === "?") $("#keys")?.togglePopover();
  if (key === "p") $("#partner")?.click();
  if (key === "i") $("[data-key=i]")?.click();
  if (key === "/") $("[data-find-field]")?.focus();
};
on("keydown", (event) => {
  if (event.key === "Escape") for (const pick of $$("details.pick[open]")) pick.open = false;
  if (event.ctrlKey || event.metaKey || event.altKey || document.body.dataset.keys === "off" || sheet?.open) return;
  if (event.target.closest("input, textarea, select, [popover]") || !"gotiaklsp?/".includes(event.key.toLowerCase())) return;
  event.preventDefault();
  press(event.key.toLowerCase());
});

confirmTyped();
