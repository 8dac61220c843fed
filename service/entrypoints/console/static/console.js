// What makes pages a little quicker to use. Each of them works without it.
"use strict";

for (const button of document.querySelectorAll("[data-copy]")) {
  if (!navigator.clipboard) continue;
  button.hidden = false;
  button.addEventListener("click", async () => {
    const before = button.textContent;
    await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent);
    button.textContent = "Copied";
    setTimeout(() => { button.textContent = before; }, 2000);
  });
}

for (const field of document.querySelectorAll("[data-submits]")) {
  field.addEventListener("change", () => field.form.requestSubmit());
}

document.addEventListener("keydown", (event) => {
  const search = document.getElementById("search");
  const writing = event.target.closest("input, textarea, select, [contenteditable]");
  if (event.key === "/" && search && !writing && !event.ctrlKey && !event.metaKey && !event.altKey) {
    event.preventDefault();
    search.focus();
    search.select();
  }
});

// A case is decided again as one types: the same page is fetched, and its result takes the place of the one shown.
for (const form of document.querySelectorAll("[data-tries]")) {
  const shown = document.getElementById(form.dataset.tries);
  let asking = null;
  let waiting = 0;
  const decide = async () => {
    const stated = [...new FormData(form)].filter(([, value]) => value.trim());
    const address = `${form.action}?${new URLSearchParams(stated)}`;
    asking?.abort();
    asking = new AbortController();
    try {
      const answer = await fetch(address, { signal: asking.signal });
      if (answer.redirected) { location.assign(address); return; }
      const found = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById(shown.id);
      if (!found) return;
      shown.replaceChildren(...found.childNodes);
      history.replaceState(null, "", address);
    } catch (error) {
      if (error.name !== "AbortError") throw error;
    }
  };
  form.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(decide, 250);
  });
}

// A file may be dropped onto its form, and is sent at once.
for (const form of document.querySelectorAll("[data-drops]")) {
  const field = form.querySelector("input[type=file]");
  form.addEventListener("dragover", (event) => {
    event.preventDefault();
    form.classList.add("over");
  });
  form.addEventListener("dragleave", () => form.classList.remove("over"));
  form.addEventListener("drop", (event) => {
    event.preventDefault();
    form.classList.remove("over");
    if (!event.dataTransfer.files.length) return;
    field.files = event.dataTransfer.files;
    form.requestSubmit();
  });
}

// What is under way is looked at again, until it is done.
for (const each of document.querySelectorAll("[data-refreshes]")) {
  setTimeout(() => location.reload(), each.dataset.refreshes * 1000);
}
