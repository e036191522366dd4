"use strict";
// Draws anew what changed, waits for answers, searches the techniques. The page works without it.
(() => {
  const turns = document.getElementById("turns");
  if (!turns) return;
  const narrow = matchMedia("(max-width: 60rem)");
  const draft = () => document.getElementById("draft");

  // Each part that came takes the place of the one with its id; a turn that is not there yet goes to the end.
  const take = (text) => {
    const box = document.createElement("template");
    box.innerHTML = text;
    const focused = document.activeElement?.id;
    for (const part of [...box.content.children]) {
      const old = document.getElementById(part.id);
      if (part.dataset.gone !== undefined) old?.remove();
      else if (old?.tagName === "DETAILS") { part.open = old.open; old.replaceWith(part); }
      else if (old) old.replaceWith(part);
      else turns.append(part);
    }
    if (document.activeElement === document.body) (document.getElementById(focused) ?? draft())?.focus();
    wait();
  };

  const say = (words) => { document.getElementById("notice").textContent = words; };
  const ask = async (address, body, signal) => {
    let answer;
    try {
      answer = await fetch(address, { method: body ? "POST" : "GET", body, signal, headers: { "Octarine-Parts": "1" } });
    } catch { if (!signal?.aborted) say("The page's server does not answer: was its command ended?"); return null; }
    const text = await answer.text();
    if (signal?.aborted) return null;
    if (!answer.ok) { say(text); return null; }
    if (answer.status === 200) take(text);
    return answer.status;
  };

  // What is typed on makes what was asked before worth nothing.
  let typed, looking = new AbortController();
  const forget = () => { clearTimeout(typed); looking.abort(); looking = new AbortController(); };

  document.addEventListener("submit", async (event) => {
    const form = event.target;
    if (!form.matches("form[data-swap]")) return;
    event.preventDefault();
    forget();
    const button = event.submitter;
    const sent = new URLSearchParams(new FormData(form, button));
    const sending = form.id === "composer" && !button?.hasAttribute("formaction");
    form.setAttribute("aria-busy", "true");
    await ask(button?.hasAttribute("formaction") ? button.formAction : form.action, sent);
    form.removeAttribute("aria-busy");
    if (button?.form !== button?.closest("form") && narrow.matches) draft().scrollIntoView();
    if (sending && turns.lastElementChild) turns.lastElementChild.scrollIntoView({ block: "nearest" });
  });

  // What will be sent follows what is typed.
  document.addEventListener("input", (event) => {
    const form = event.target.form;
    if (form?.id !== "composer" || !document.querySelector("#chain li")) return;
    forget();
    document.getElementById("preview").setAttribute("aria-busy", "true");
    typed = setTimeout(() => {
      const sent = new URLSearchParams(new FormData(form));
      sent.set("typing", "1");
      ask(document.querySelector("#composer [formaction]").formAction, sent, looking.signal);
    }, 350);
  });

  let waiting = false;
  const wait = async () => {
    if (waiting) return;
    waiting = true;
    let due;
    while ((due = document.querySelector("[data-poll]"))) {
      await new Promise((done) => setTimeout(done, 500));
      if (due.isConnected && await ask(due.dataset.poll) === null) break;
    }
    waiting = false;
  };

  const search = document.getElementById("search");
  const groups = [...document.querySelectorAll("aside .group")].map((group) => ({
    group, items: [...group.querySelectorAll("li")].map((item) => [item, item.textContent.toLowerCase() + item.firstElementChild.value]),
  }));
  search.hidden = false;
  search.addEventListener("input", () => {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    let found = 0;
    for (const { group, items } of groups) {
      let here = 0;
      const name = group.querySelector("summary strong").textContent;
      for (const [item, text] of items) {
        item.hidden = !words.every((word) => text.includes(word) || name.includes(word));
        here += !item.hidden;
      }
      group.hidden = !here;
      group.open = words.length > 0 && here > 0;
      found += here;
    }
    document.getElementById("found").textContent = words.length ? `${found} found` : "";
  });

  document.addEventListener("keydown", (event) => {
    const field = event.target.closest?.("input, textarea, select");
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && event.target === draft()) {
      event.preventDefault();
      document.getElementById("composer").requestSubmit(document.getElementById("send"));
    } else if (event.key === "Escape" && field) field.blur();
    else if (event.key === "/" && !field && !event.ctrlKey && !event.metaKey && !event.altKey) {
      event.preventDefault();
      document.getElementById("techniques").open = true;
      search.focus();
    }
  });

  if (narrow.matches) document.getElementById("techniques").open = false;
  if (turns.children.length && !location.hash) document.getElementById("write").scrollIntoView({ block: "end" });
  wait();
})();
