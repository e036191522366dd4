"use strict";
(() => {
  document.documentElement.classList.add("js");
  const form = document.querySelector("form.filters");
  const samples = [...document.querySelectorAll("details.sample")];
  if (!samples.length) return;
  const output = form.querySelector("output");
  const unfold = form.querySelector(".unfold");
  const empty = document.querySelector("p.empty");
  const names = [...form.elements].map((field) => field.name).filter(Boolean);
  const texts = new Map();
  const textOf = (sample) => {
    if (!texts.has(sample)) texts.set(sample, sample.textContent.toLowerCase());
    return texts.get(sample);
  };
  const tests = {
    objective: (sample, value) => sample.dataset.objective.split(" ").includes(value),
    result: (sample, value) => value === "missed"
      ? ["not as expected", "partly"].includes(sample.dataset.result) : sample.dataset.result === value,
    text: (sample, value) => textOf(sample).includes(value.toLowerCase()),
  };

  const apply = () => {
    const wanted = names.map((name) => [name, form.elements[name].value.trim()]).filter(([, value]) => value);
    let shown = 0;
    for (const sample of samples) {
      const fits = wanted.every(([name, value]) =>
        name in tests ? tests[name](sample, value) : sample.dataset[name] === value);
      sample.hidden = !fits;
      shown += fits;
    }
    output.textContent = `${shown} of ${samples.length} ${form.dataset.what ?? "samples"}`;
    empty.hidden = shown > 0;
    return wanted;
  };

  /* The filters stand in the address, as #dimension=safety&result=missed, so that a view can be sent on. */
  const remember = () => {
    const state = new URLSearchParams(apply()).toString();
    history.replaceState(null, "", state ? `#${state}` : "#samples");
  };

  const follow = () => {
    const hash = location.hash.slice(1);
    const state = new URLSearchParams(hash);
    if (names.some((name) => state.has(name))) {
      for (const name of names) {
        form.elements[name].value = state.get(name) ?? "";
        if (form.elements[name].selectedIndex === -1) form.elements[name].selectedIndex = 0;
      }
      apply();
      const place = document.getElementById("samples");
      place.scrollIntoView();
      place.focus({ preventScroll: true });
      return;
    }
    const target = document.getElementById(hash);
    if (target instanceof HTMLDetailsElement) {
      target.hidden = false;
      target.open = true;
      target.scrollIntoView();
    }
  };

  form.hidden = false;
  form.addEventListener("input", remember);
  form.addEventListener("reset", () => setTimeout(remember));
  form.addEventListener("submit", (event) => event.preventDefault());
  unfold.addEventListener("click", () => {
    const open = unfold.textContent === "Open all";
    for (const sample of samples) if (!sample.hidden) sample.open = open;
    unfold.textContent = open ? "Close all" : "Open all";
  });
  addEventListener("hashchange", follow);
  addEventListener("keydown", (event) => {
    const typing = event.target.matches?.("input, select, textarea");
    if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
      event.preventDefault();
      form.elements.text.focus();
    }
  });
  apply();
  follow();
})();
