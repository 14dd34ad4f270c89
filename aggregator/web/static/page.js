// What the pages can do beyond showing: copy a link, go through a list by j, k and o, stay current.
"use strict";

for (const button of document.querySelectorAll("button[data-copy], button[data-copy-from]")) {
  if (!navigator.clipboard) break;
  button.hidden = false;
  button.addEventListener("click", async () => {
    const from = document.getElementById(button.dataset.copyFrom);
    await navigator.clipboard.writeText(from ? from.value ?? from.textContent : button.dataset.copy);
    const words = button.textContent;
    button.textContent = "Copied";
    setTimeout(() => { button.textContent = words; }, 1500);
  });
}

for (const button of document.querySelectorAll("button[data-busy]")) {
  const words = button.textContent;
  button.form.addEventListener("submit", (event) => {
    if (event.submitter === button) button.textContent = button.dataset.busy;
  });
  // Back by the browser's own way, the page is as it was left.
  window.addEventListener("pageshow", () => { button.textContent = words; });
}

const links = [...document.querySelectorAll(".river a.open")];
const keys = document.querySelector(".keys");
if (links.length && keys) keys.hidden = false;
document.addEventListener("keydown", (event) => {
  const inField = event.target.closest("input, select, textarea, button");
  if (inField || event.ctrlKey || event.metaKey || event.altKey || !links.length) return;
  const at = links.indexOf(document.activeElement);
  if (event.key === "j") links[Math.min(at + 1, links.length - 1)].focus();
  else if (event.key === "k") links[Math.max(at - 1, 0)].focus();
  else if (event.key === "o" && at >= 0) links[at].click();
  else return;
  document.activeElement.scrollIntoView({ block: "center" });
});

const figures = document.querySelector("[data-events]");
if (figures && window.EventSource) {
  const events = new EventSource(figures.dataset.events);
  events.addEventListener("message", (event) => {
    for (const [key, value] of Object.entries(JSON.parse(event.data))) {
      const place = figures.querySelector(`[data-live="${key}"]`);
      if (place && place.textContent !== value) place.textContent = value;
    }
  });
  window.addEventListener("pagehide", () => events.close());
}
