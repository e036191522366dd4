"use strict";
// Sends what is dropped, shows how far it is, and waits for answers. The page works without it.
(() => {
  const form = document.getElementById("drop"), field = document.getElementById("file");
  const sending = document.getElementById("sending"), bar = document.getElementById("sent");
  const headers = { "Octarine-Parts": "1" };
  let file = null, film = null, request = null;
  document.querySelectorAll(".by-script").forEach((part) => { part.hidden = false; });

  // A result takes the place of the one before.
  const take = (text) => {
    const box = document.createElement("template");
    box.innerHTML = text;
    const next = box.content.getElementById("result");
    if (!next) return;
    document.getElementById("result").replaceWith(next);
    const address = next.dataset.poll ?? next.dataset.done;
    if (address && location.pathname !== address) history.pushState(null, "", address);
    if (next.dataset.done) next.focus({ preventScroll: true });
    play();
    wait();
  };
  const say = (words) => {
    const result = document.getElementById("result");
    result.replaceChildren();
    const wrong = document.createElement("div"), title = document.createElement("h2"), text = document.createElement("p");
    wrong.className = "verdict-box wrong"; wrong.role = "alert";
    title.textContent = "That could not be looked at"; text.textContent = words;
    wrong.append(title, text); result.append(wrong);
    delete result.dataset.poll;
  };

  const send = () => {
    if (!file) return;
    const most = Number(form.dataset.most);
    if (file.size > most) { say(`The file is larger than ${most.toLocaleString("en")} bytes.`); return; }
    if (!file.size) { say("The file is empty."); return; }
    request?.abort();
    const sent = new FormData(form);
    sent.set("file", file, file.name);
    request = new XMLHttpRequest();
    request.open("POST", form.action);
    request.setRequestHeader("Octarine-Parts", "1");
    request.upload.addEventListener("progress", (event) => { bar.value = event.lengthComputable ? (100 * event.loaded) / event.total : 0; });
    const over = () => { sending.hidden = true; };
    request.addEventListener("load", () => {
      over();
      if (request.responseText.includes('id="result"')) take(request.responseText);
      else say(request.statusText || "The server gave no answer that this page understands.");
    });
    request.addEventListener("error", () => { over(); say("The server does not answer, or broke off: was its command ended?"); });
    request.addEventListener("abort", over);
    bar.value = 0;
    document.getElementById("sent-name").textContent = file.name;
    document.getElementById("result").replaceChildren();
    sending.hidden = false;
    request.send(sent);
  };

  form.addEventListener("submit", (event) => { event.preventDefault(); file = field.files[0] ?? file; send(); });
  field.addEventListener("change", () => { file = field.files[0]; send(); });
  document.getElementById("stop").addEventListener("click", () => request?.abort());
  const over = (event) => { event.preventDefault(); form.classList.add("over"); };
  const out = (event) => { if (!event.relatedTarget) form.classList.remove("over"); };
  document.addEventListener("dragover", over);
  document.addEventListener("dragleave", out);
  document.addEventListener("drop", (event) => {
    event.preventDefault();
    form.classList.remove("over");
    if (event.dataTransfer.files.length > 1) { say("Drop one file at a time."); return; }
    if (!event.dataTransfer.files.length) return;
    file = event.dataTransfer.files[0];
    field.value = "";
    send();
  });

  let waiting = false;
  const wait = async () => {
    if (waiting) return;
    waiting = true;
    let due;
    while ((due = document.querySelector("#result[data-poll]"))) {
      await new Promise((done) => setTimeout(done, 500));
      if (!due.isConnected) continue;
      let text;
      try { text = await (await fetch(due.dataset.poll, { headers })).text(); } catch { say("The server does not answer: was its command ended?"); break; }
      if (due.isConnected) take(text);
    }
    waiting = false;
  };

  // The video itself, from this computer, beside its timeline.
  const play = () => {
    const shown = document.getElementById("film"), line = document.getElementById("timeline");
    if (film) { URL.revokeObjectURL(film); film = null; }
    if (!shown || !file) return;
    film = URL.createObjectURL(file);
    shown.addEventListener("loadedmetadata", () => {
      shown.hidden = false;
      line.classList.add("seeks");
      document.querySelectorAll(".seek").forEach((button) => { button.disabled = false; });
    });
    shown.src = film;
    const seconds = Number(line.dataset.seconds);
    line.addEventListener("click", (event) => {
      const box = line.getBoundingClientRect();
      if (!shown.hidden) shown.currentTime = ((event.clientX - box.left) / box.width) * seconds;
    });
  };
  document.addEventListener("click", (event) => {
    const button = event.target.closest?.(".seek");
    const shown = document.getElementById("film");
    if (button && shown && !shown.hidden) { shown.currentTime = Number(button.dataset.at); shown.focus(); }
  });
  addEventListener("popstate", () => location.reload());
  wait();
})();
